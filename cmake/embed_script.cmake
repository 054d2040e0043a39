# Run by studio_embed at build time: turns FILES into OUTPUT, a source that defines FUNCTION.
string(REGEX MATCH "^(.*)::([^:]+)$" unused "${FUNCTION}")
set(namespace "${CMAKE_MATCH_1}")
set(name "${CMAKE_MATCH_2}")

set(arrays "")
set(entries "")
set(index 0)
foreach(file IN LISTS FILES)
    get_filename_component(file_name "${file}" NAME)
    file(READ "${file}" hex HEX)
    string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
    string(APPEND arrays "constexpr char file_${index}[] = {${bytes}'\\0'};\n")
    string(APPEND entries
        "    {\"${file_name}\", {file_${index}, sizeof(file_${index}) - 1}},\n")
    math(EXPR index "${index} + 1")
endforeach()

file(WRITE "${OUTPUT}" "#include <span>\n\n#include \"base/embedded_file.hpp\"\n\n"
    "namespace ${namespace} {\n\n"
    "std::span<const studio::EmbeddedFile> ${name}();\n\n"
    "namespace {\n${arrays}"
    "constexpr studio::EmbeddedFile files[] = {\n${entries}};\n}\n\n"
    "std::span<const studio::EmbeddedFile> ${name}() { return files; }\n\n}\n")
