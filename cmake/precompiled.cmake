# Headers from outside that nearly every file includes, parsed once a build instead of once a file: a third of the time of a
# build from nothing (docs/adr/0027-headers-parsed-once.md). None of ours is in it, so that a change of ours rebuilds what
# uses it and nothing else. A file includes what it uses all the same: the preset `debug` is without, and finds out.
set(STUDIO_STANDARD_HEADERS <algorithm> <array> <chrono> <cmath> <compare> <coroutine> <cstdint> <cstring> <deque>
    <exception> <filesystem> <fstream> <functional> <iostream> <iterator> <limits> <list> <map> <memory> <mutex> <numeric>
    <optional> <random> <ranges> <set> <span> <sstream> <stdexcept> <string> <string_view> <thread> <tuple> <unordered_map>
    <utility> <variant> <vector> <boost/json.hpp> <tl/expected.hpp>)

# The flags of whoever uses it have to be these, or the compiler says so.
function(studio_precompile name)
    file(WRITE "${CMAKE_BINARY_DIR}/precompiled/${name}.cpp" "")
    add_library(${name} STATIC "${CMAKE_BINARY_DIR}/precompiled/${name}.cpp")
    target_link_libraries(${name} PRIVATE studio_flags Boost::json ${ARGN})
    target_precompile_headers(${name} PRIVATE ${STUDIO_STANDARD_HEADERS})
endfunction()

if(STUDIO_PRECOMPILED)
    studio_precompile(studio_precompiled)
    if(STUDIO_TESTS)
        studio_precompile(studio_precompiled_tests GTest::gmock GTest::gtest_main)
        target_precompile_headers(studio_precompiled_tests PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
    endif()
endif()

# studio_use_precompiled: of a target of this project, `studio_precompiled` or `studio_precompiled_tests`.
function(studio_use_precompiled target name)
    if(STUDIO_PRECOMPILED)
        target_precompile_headers(${target} REUSE_FROM ${name})
    endif()
endfunction()
