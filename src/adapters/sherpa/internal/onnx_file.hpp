#pragma once

#include <cstdint>
#include <istream>
#include <map>
#include <string>

#include "base/result.hpp"

namespace studio::adapters::sherpa {

using OnnxMetadata = std::map<std::string, std::string, std::less<>>;

/// The `metadata_props` of an ONNX file (field 14 of ModelProto, onnx.proto3). Only the outermost
/// level is read, by seeking: the weights are not. Fails where it is no ONNX file, or cut off.
/// At most 64 entries of 16 kB each are kept. Reads files.
[[nodiscard]] Result<OnnxMetadata, std::string> read_onnx_metadata(const std::string& path);

/// The same of `size` bytes of `in`, which can seek.
[[nodiscard]] Result<OnnxMetadata, std::string> parse_onnx_metadata(std::istream& in,
                                                                    std::uint64_t size);

/// Whether the file is a model of onnxruntime's own format (its FlatBuffers identifier).
[[nodiscard]] bool is_ort_file(const std::string& path);

}  // namespace studio::adapters::sherpa
