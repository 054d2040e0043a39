#include "adapters/sherpa/internal/onnx_file.hpp"

#include <array>
#include <cstdint>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

namespace studio::adapters::sherpa {

namespace {

constexpr std::size_t entries_max = 64;
constexpr std::uint64_t entry_bytes_max = 16'384;
/// An honest ONNX file has a handful of fields at its outermost level, and the metadata.
constexpr int fields_max = 10'000;

/// The wire format of protocol buffers, from a file or from a text.
class Wire {
public:
    Wire(std::istream& in, std::uint64_t size) : in_(in), size_(size) {}

    [[nodiscard]] bool at_end() const { return at_ == size_; }

    std::optional<std::uint64_t> number() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const int byte = at_ < size_ ? in_.get() : -1;
            if (byte < 0) {
                return std::nullopt;
            }
            ++at_;
            value |= (static_cast<std::uint64_t>(byte) & 127U) << shift;
            if (byte < 128) {
                return value;
            }
        }
        return std::nullopt;
    }

    bool skip(std::uint64_t bytes) {
        if (bytes > size_ - at_) {
            return false;
        }
        at_ += bytes;
        in_.seekg(static_cast<std::streamoff>(bytes), std::ios::cur);
        return in_.good();
    }

    std::optional<std::string> text(std::uint64_t bytes) {
        if (bytes > entry_bytes_max || bytes > size_ - at_) {
            return std::nullopt;
        }
        std::string text(bytes, '\0');
        in_.read(text.data(), static_cast<std::streamsize>(bytes));
        at_ += bytes;
        return in_.good() ? std::optional(std::move(text)) : std::nullopt;
    }

private:
    std::istream& in_;
    std::uint64_t size_;
    std::uint64_t at_ = 0;
};

constexpr std::uint64_t length_delimited = 2;

/// A field's tag: its number and how its content is written. Field 0 does not exist.
struct Tag {
    std::uint64_t field = 0;
    std::uint64_t kind = 0;
};

std::optional<Tag> read_tag(Wire& wire) {
    const auto tag = wire.number();
    if (!tag || *tag >> 3U == 0) {
        return std::nullopt;
    }
    return Tag{*tag >> 3U, *tag & 7U};
}

bool skip_field(Wire& wire, std::uint64_t kind) {
    switch (kind) {
        case 0:
            return wire.number().has_value();
        case 1:
            return wire.skip(8);
        case length_delimited: {
            const auto bytes = wire.number();
            return bytes && wire.skip(*bytes);
        }
        case 5:
            return wire.skip(4);
        default:
            return false;
    }
}

/// An entry {1: key, 2: value} of `bytes` bytes. False where it is damaged.
bool read_entry(Wire& wire, std::uint64_t bytes, OnnxMetadata& metadata) {
    if (bytes > entry_bytes_max) {
        return wire.skip(bytes);
    }
    auto content = wire.text(bytes);
    if (!content) {
        return false;
    }
    std::istringstream in(*content);
    Wire entry(in, bytes);
    std::array<std::string, 2> parts;
    while (!entry.at_end()) {
        const auto tag = read_tag(entry);
        const auto length = tag && tag->kind == length_delimited ? entry.number() : std::nullopt;
        auto text = length ? entry.text(*length) : std::nullopt;
        if (!text) {
            return false;
        }
        if (tag->field <= parts.size()) {
            parts[tag->field - 1] = *std::move(text);
        }
    }
    if (metadata.size() < entries_max) {
        metadata.insert_or_assign(parts[0], parts[1]);
    }
    return true;
}

}  // namespace

Result<OnnxMetadata, std::string> read_onnx_metadata(const std::string& path) {
    std::ifstream in(path, std::ios::binary | std::ios::ate);
    if (!in) {
        return fail(std::string("cannot be read"));
    }
    const auto size = static_cast<std::uint64_t>(in.tellg());
    in.seekg(0);
    return parse_onnx_metadata(in, size);
}

Result<OnnxMetadata, std::string> parse_onnx_metadata(std::istream& in, std::uint64_t size) {
    constexpr std::uint64_t metadata_props = 14;
    constexpr std::uint64_t graph = 7;
    Wire wire(in, size);
    OnnxMetadata metadata;
    bool has_graph = false;
    for (int count = 0; !wire.at_end(); ++count) {
        const auto tag = read_tag(wire);
        bool is_good = tag && count < fields_max;
        if (is_good && tag->field == metadata_props && tag->kind == length_delimited) {
            const auto bytes = wire.number();
            is_good = bytes && read_entry(wire, *bytes, metadata);
        } else if (is_good) {
            has_graph = has_graph || (tag->field == graph && tag->kind == length_delimited);
            is_good = skip_field(wire, tag->kind);
        }
        if (!is_good) {
            return fail(std::string("is no ONNX file, or cut off"));
        }
    }
    if (!has_graph) {
        return fail(std::string("is no ONNX file"));
    }
    return metadata;
}

bool is_ort_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::array<char, 8> head{};
    in.read(head.data(), head.size());
    return in.good() && std::string_view(head.data() + 4, 4) == "ORTM";
}

}  // namespace studio::adapters::sherpa
