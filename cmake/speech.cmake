# The neural recogniser and voice (docs/adr/0020): tools/speech/install.sh lays them out in
# STUDIO_SPEECH. The header of their library is needed to compile against; where it is absent, the
# adapters of src/adapters/sherpa compile to "not installed" and everything else is as it is.
set(STUDIO_SPEECH "${CMAKE_SOURCE_DIR}/build/speech" CACHE PATH "Where tools/speech/install.sh put the models")
# A glob, so that the build notices when they are installed later.
file(GLOB sherpa_header CONFIGURE_DEPENDS "${STUDIO_SPEECH}/include/sherpa-onnx/c-api/c-api.h")
if(sherpa_header)
    set(STUDIO_HAS_SHERPA 1)
else()
    set(STUDIO_HAS_SHERPA 0)
    message(STATUS "No neural speech: tools/speech/install.sh was not run")
endif()
