# studio_embed: builds files into a target, so that the program needs nothing beside itself.
#
#   studio_embed(studio_adapters_sqlite studio::adapters::sqlite_migrations a.sql b.sql)
#
# makes the function `std::span<const studio::EmbeddedFile> studio::adapters::sqlite_migrations()`,
# which lists the files in the given order. The caller declares it in a header of its own.

function(studio_embed target function)
    string(REPLACE "::" "_" stem "${function}")
    set(source "${CMAKE_CURRENT_BINARY_DIR}/${stem}.cpp")
    add_custom_command(OUTPUT "${source}"
        COMMAND "${CMAKE_COMMAND}" "-DOUTPUT=${source}" "-DFUNCTION=${function}"
            "-DFILES=${ARGN}" -P "${CMAKE_SOURCE_DIR}/cmake/embed_script.cmake"
        DEPENDS ${ARGN} "${CMAKE_SOURCE_DIR}/cmake/embed_script.cmake"
        COMMENT "Embedding ${stem}" VERBATIM)
    target_sources(${target} PRIVATE "${source}")
endfunction()
