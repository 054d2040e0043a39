# What holds for every target: language level, warnings as errors, sanitizers, mold, ccache.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
# -g1 keeps function names and lines for stack traces without paying for full debug information.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g")
if(STUDIO_SANITIZE)
    # -O1 keeps the instrumented tests fast enough to run on every change.
    set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1 -fno-omit-frame-pointer")
endif()

add_library(studio_flags INTERFACE)
target_compile_options(studio_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
    -Wold-style-cast -Woverloaded-virtual -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 reports false positives of these two inside the standard library when it inlines
    # std::string and std::variant (GCC bugs 105329, 105562).
    target_compile_options(studio_flags INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
    if(STUDIO_PRECOMPILED)
        # And these where it does not know any more whose code it is (GCC bug 105651).
        target_compile_options(studio_flags INTERFACE
            -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
    endif()
endif()
if(STUDIO_SANITIZE)
    set(sanitize_flags "-fsanitize=${STUDIO_SANITIZE}")
    if(STUDIO_SANITIZE MATCHES "undefined")
        list(APPEND sanitize_flags -fno-sanitize-recover=undefined)
    endif()
    if(STUDIO_SANITIZE MATCHES "thread")
        # ThreadSanitizer does not understand fences; Asio's are not needed beside its mutexes.
        add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
    endif()
    add_compile_options(${sanitize_flags})
    add_link_options(${sanitize_flags})
    # The checks of every single memory access double the time that GCC takes for code full of
    # templates and coroutines (27 s against 12 s for one file), and AddressSanitizer sees most of
    # what they see. So they stay where outside bytes are taken apart, in base, audio, core and
    # protocol (studio_module), and are off in the layers that Boost is part of.
    if(STUDIO_SANITIZE MATCHES "undefined")
        target_compile_options(studio_flags INTERFACE
            $<$<NOT:$<BOOL:$<TARGET_PROPERTY:STUDIO_PURE>>>:-fno-sanitize=null,alignment,object-size>)
    endif()
endif()
if(STUDIO_FUZZ)
    # What a fuzz target needs to see of the code that it feeds, and not of what lies above it, for it costs time
    # (studio_module sets the property). It is -fsanitize=fuzzer-no-link in its parts, which unlike that go together
    # with a precompiled header that was made without.
    set(coverage_flags -fsanitize-coverage=inline-8bit-counters,indirect-calls,trace-cmp,pc-table
        -fno-builtin-memcmp -fno-builtin-strcmp -fno-builtin-strncmp -fno-builtin-memmem -fno-builtin-strstr)
    target_compile_options(studio_flags INTERFACE
        "$<$<BOOL:$<TARGET_PROPERTY:STUDIO_COVERED>>:${coverage_flags}>")
endif()

find_program(CCACHE ccache)
if(CCACHE)
    # Paths below the source folder count as relative, so that clones and worktrees share the cache. What is said of
    # precompiled headers is what ccache's manual asks for.
    set(launcher "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1
        CCACHE_SLOPPINESS=pch_defines,time_macros "${CCACHE}")
    if(STUDIO_PRECOMPILED)
        add_compile_options($<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-fpch-preprocess>
            "$<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:Clang>>:SHELL:-Xclang -fno-pch-timestamp>")
    endif()
    set(CMAKE_C_COMPILER_LAUNCHER "${launcher}")
    set(CMAKE_CXX_COMPILER_LAUNCHER "${launcher}")
endif()
find_program(MOLD mold)
if(MOLD)
    add_link_options(-fuse-ld=mold)
endif()
