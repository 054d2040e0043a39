#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>

#include "adapters/sherpa/internal/onnx_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::istringstream in(std::string(data, data + size));
    static_cast<void>(studio::adapters::sherpa::parse_onnx_metadata(in, size));
    return 0;
}
