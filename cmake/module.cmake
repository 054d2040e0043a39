# studio_module: declares one module and enforces the direction of dependence (ARCHITECTURE.md).
#
#   studio_module(core/turn
#       SOURCES turn.cpp                 # optional: a module may be headers only
#       DEPENDS base audio               # modules, as folder names below src/
#       LIBRARIES PkgConfig::opus        # libraries from outside, private to the module
#       TESTS turn_test.cpp              # unit tests beside the code: target core_turn_test
#       TEST_DEPENDS core/dialog         # modules that only the tests use
#       FUZZ parse_fuzz.cpp)             # libFuzzer targets, one per file
#
# The library of `core/turn` is the target `studio_core_turn`.

set(STUDIO_LAYER_base "")
set(STUDIO_LAYER_audio base audio)
set(STUDIO_LAYER_core base audio core)
set(STUDIO_LAYER_protocol base audio protocol)
set(STUDIO_LAYER_ports base core audio)
set(STUDIO_LAYER_runtime base)
set(STUDIO_LAYER_services base core audio ports runtime services)
set(STUDIO_LAYER_adapters base audio core protocol ports runtime)
set(STUDIO_LAYER_apps base audio core protocol ports runtime services adapters apps)

# The HTTP adapter is inbound: it calls the use cases.
set(STUDIO_EXCEPTION_adapters/http services)
# The stores are written once in SQL; these two drive it (docs/adr/0009-sql-once.md).
set(STUDIO_EXCEPTION_adapters/sqlite adapters/sql)
set(STUDIO_EXCEPTION_adapters/postgres adapters/sql)
# A room is reached by the same peer connection as a direct call (docs/adr/0011), and a phone in it tells the same
# attributes as to the API.
set(STUDIO_EXCEPTION_adapters/livekit adapters/webrtc adapters/livekit_api)
# A neural voice is given phonemes, which the program eSpeak NG makes (docs/adr/0023).
set(STUDIO_EXCEPTION_adapters/sherpa adapters/espeak)

function(studio_check_layer module dependencies)
    string(REGEX REPLACE "/.*" "" layer "${module}")
    if(NOT DEFINED STUDIO_LAYER_${layer})
        message(FATAL_ERROR "${module}: '${layer}' is not a layer; see cmake/module.cmake")
    endif()
    set(allowed ${STUDIO_LAYER_${layer}} ${STUDIO_EXCEPTION_${module}})
    foreach(dependency IN LISTS dependencies)
        string(REGEX REPLACE "/.*" "" dependency_layer "${dependency}")
        if(NOT dependency_layer IN_LIST allowed AND NOT dependency IN_LIST allowed)
            message(FATAL_ERROR "${module} must not depend on ${dependency}: "
                "${layer} may use only: ${allowed}")
        endif()
    endforeach()
endfunction()

# studio_test: a test program. SERVERS names the real servers that run beside it (tests/e2e/servers.py).
function(studio_test name)
    cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;DEPENDS;LIBRARIES;SERVERS" ${ARGN})
    if(NOT STUDIO_TESTS)
        return()
    endif()
    add_executable(${name} ${arg_SOURCES})
    list(TRANSFORM arg_DEPENDS REPLACE "/" "_")
    list(TRANSFORM arg_DEPENDS PREPEND studio_)
    target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}/src" "${CMAKE_SOURCE_DIR}/tests")
    # Boost's flags are those of the precompiled header, also where nothing that is tested has them.
    target_link_libraries(${name} PRIVATE studio_flags ${arg_DEPENDS} ${arg_LIBRARIES} Boost::json
        GTest::gmock GTest::gtest_main)
    studio_use_precompiled(${name} studio_precompiled_tests)
    if(arg_SERVERS)
        find_package(Python3 REQUIRED COMPONENTS Interpreter)
        target_link_libraries(${name} PRIVATE studio_test_servers)
        add_test(NAME ${name} COMMAND Python3::Interpreter
            "${CMAKE_SOURCE_DIR}/tests/support/with_servers.py" ${arg_SERVERS} -- $<TARGET_FILE:${name}>)
    else()
        add_test(NAME ${name} COMMAND ${name})
    endif()
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 120)
    endif()
    set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT})
endfunction()

function(studio_module module)
    cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;LIBRARIES;TESTS;TEST_DEPENDS;FUZZ" ${ARGN})
    studio_check_layer("${module}" "${arg_DEPENDS}")
    string(REPLACE "/" "_" name "${module}")
    set(depends ${arg_DEPENDS})
    list(TRANSFORM depends REPLACE "/" "_")
    list(TRANSFORM depends PREPEND studio_)

    if(arg_SOURCES)
        add_library(studio_${name} STATIC ${arg_SOURCES})
        target_include_directories(studio_${name} PUBLIC "${CMAKE_SOURCE_DIR}/src")
        target_link_libraries(studio_${name} PUBLIC ${depends} PRIVATE studio_flags ${arg_LIBRARIES})
        if(arg_DEPENDS)  # What uses nothing of ours, not even base, is compiled without Boost's flags.
            studio_use_precompiled(studio_${name} studio_precompiled)
        endif()
        if(module MATCHES "^(base|audio|core|protocol)(/|$)")
            set_target_properties(studio_${name} PROPERTIES STUDIO_PURE ON)
        endif()
        if(module MATCHES "^(base|audio|core|protocol)(/|$)" OR arg_FUZZ)
            set_target_properties(studio_${name} PROPERTIES STUDIO_COVERED ON)
        endif()
    else()
        add_library(studio_${name} INTERFACE)
        target_include_directories(studio_${name} INTERFACE "${CMAKE_SOURCE_DIR}/src")
        target_link_libraries(studio_${name} INTERFACE ${depends})
    endif()

    if(arg_TESTS)
        studio_test(${name}_test SOURCES ${arg_TESTS}
            DEPENDS ${module} ${arg_TEST_DEPENDS} LIBRARIES ${arg_LIBRARIES})
    endif()
    if(STUDIO_FUZZ)
        foreach(source IN LISTS arg_FUZZ)
            get_filename_component(fuzz_name "${source}" NAME_WE)
            add_executable(${fuzz_name} ${source})
            target_link_libraries(${fuzz_name} PRIVATE studio_flags studio_${name} ${arg_LIBRARIES})
            target_link_options(${fuzz_name} PRIVATE -fsanitize=fuzzer)
            set_target_properties(${fuzz_name} PROPERTIES STUDIO_COVERED ON)
            studio_use_precompiled(${fuzz_name} studio_precompiled)
            set_property(GLOBAL APPEND PROPERTY STUDIO_FUZZ_TARGETS ${fuzz_name})
        endforeach()
    endif()
endfunction()
