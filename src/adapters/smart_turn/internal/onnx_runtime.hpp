#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.hpp"

namespace studio::adapters::smart_turn {

/// A network of ONNX with one tensor of floats as its input and one number as its output, run by
/// ONNX Runtime (MIT), whose library is found at run time.
///
/// Of its C interface these are the functions of version 1, of which its source promises that their
/// places in the table never change (onnxruntime_c_api.cc: "Size of version 1 API cannot change").
/// Its header is 500 functions long and in no package of ours, so that what is used of it, 17
/// functions by their places, stands in onnx_runtime.cpp.
class OnnxNetwork {
public:
    struct Shape {
        const char* input = "";
        const char* output = "";
        /// Of the input, the outermost dimension first.
        std::span<const std::int64_t> dimensions;
    };

    /// `library` is the file libonnxruntime.so, `model` the file of the network. The error says why
    /// not, for a log. Reads files, computes for a tenth of a second; the library stays loaded.
    [[nodiscard]] static Result<std::unique_ptr<const OnnxNetwork>, std::string> load(
        const std::string& library, const std::string& model);
    ~OnnxNetwork();
    OnnxNetwork(const OnnxNetwork&) = delete;
    OnnxNetwork& operator=(const OnnxNetwork&) = delete;

    /// What the network makes of `input`, on this thread alone. Several threads may. `input` has as
    /// many numbers as `shape` says, and stays as it is.
    [[nodiscard]] Result<float, std::string> run(const Shape& shape, std::span<float> input) const;

private:
    struct Parts;
    explicit OnnxNetwork(std::unique_ptr<Parts> parts);

    std::unique_ptr<Parts> parts_;
};

}  // namespace studio::adapters::smart_turn
