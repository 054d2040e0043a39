#include "audio/silero/weights.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <string_view>

namespace studio::audio::silero {
namespace {

constexpr std::string_view magic = "SVADW16K";
constexpr std::uint32_t version = 1;
constexpr std::size_t header_bytes = 24;
constexpr std::size_t float_count =
    fft_size + channels_1 * bins * taps + channels_1 + channels_2 * channels_1 * taps + channels_2 +
    channels_3 * channels_2 * taps + channels_3 + cell_size * channels_3 * taps + cell_size +
    2 * gates_size * cell_size + 2 * gates_size + cell_size + 1;
static_assert(header_bytes + 4 * float_count == weights_file_bytes);
/// The model's own are below 20; more than this could overflow on the way through the layers.
constexpr float magnitude_max = 1e6F;

std::uint32_t read_u32(ByteView bytes, std::size_t at) {
    return static_cast<std::uint32_t>(bytes[at]) | static_cast<std::uint32_t>(bytes[at + 1]) << 8U |
           static_cast<std::uint32_t>(bytes[at + 2]) << 16U |
           static_cast<std::uint32_t>(bytes[at + 3]) << 24U;
}

/// ISO 3309, reflected, polynomial 0x04C11DB7: zlib's.
std::uint32_t crc32(ByteView bytes) {
    static constexpr auto table = [] {
        std::array<std::uint32_t, 256> values{};
        for (std::uint32_t index = 0; index < values.size(); ++index) {
            std::uint32_t value = index;
            for (int bit = 0; bit < 8; ++bit) {
                value = (value >> 1U) ^ ((value & 1U) != 0 ? 0xEDB88320U : 0U);
            }
            values[index] = value;
        }
        return values;
    }();
    std::uint32_t sum = 0xFFFFFFFFU;
    for (const std::uint8_t byte : bytes) {
        sum = table[(sum ^ byte) & 0xFFU] ^ (sum >> 8U);
    }
    return ~sum;
}

/// Takes one tensor after the other off the front.
class FloatReader {
public:
    explicit FloatReader(ByteView bytes) : bytes_(bytes) {}

    std::vector<float> take(std::size_t count) {
        std::vector<float> values(count);
        for (float& value : values) {
            value = std::bit_cast<float>(read_u32(bytes_, at_));
            at_ += 4;
            is_sound_ = is_sound_ && std::isfinite(value) && std::abs(value) <= magnitude_max;
        }
        return values;
    }
    Convolution take_convolution(std::size_t in, std::size_t out) {
        Convolution convolution;
        convolution.weight = take(out * in * taps);
        convolution.bias = take(out);
        return convolution;
    }
    [[nodiscard]] bool is_sound() const { return is_sound_; }

private:
    ByteView bytes_;
    std::size_t at_ = 0;
    bool is_sound_ = true;
};

}  // namespace

Result<Weights, std::string> parse_weights(ByteView bytes) {
    if (bytes.size() < header_bytes ||
        !std::equal(magic.begin(), magic.end(), bytes.begin(), [](char left, std::uint8_t right) {
            return static_cast<std::uint8_t>(left) == right;
        })) {
        return fail(std::string("it is no file of weights"));
    }
    if (const std::uint32_t found = read_u32(bytes, 8); found != version) {
        return fail("it is of version " + std::to_string(found) + ", not " +
                    std::to_string(version));
    }
    if (bytes.size() != weights_file_bytes || read_u32(bytes, 12) != float_count) {
        return fail("it has " + std::to_string(bytes.size()) + " bytes, not " +
                    std::to_string(weights_file_bytes) + ", or says so");
    }
    if (crc32(bytes.subspan(header_bytes)) != read_u32(bytes, 16)) {
        return fail(std::string("its checksum is wrong"));
    }
    FloatReader reader(bytes.subspan(header_bytes));
    Weights weights;
    weights.window = reader.take(fft_size);
    weights.convolutions[0] = reader.take_convolution(bins, channels_1);
    weights.convolutions[1] = reader.take_convolution(channels_1, channels_2);
    weights.convolutions[2] = reader.take_convolution(channels_2, channels_3);
    weights.convolutions[3] = reader.take_convolution(channels_3, cell_size);
    weights.input_weight = reader.take(gates_size * cell_size);
    weights.hidden_weight = reader.take(gates_size * cell_size);
    weights.input_bias = reader.take(gates_size);
    weights.hidden_bias = reader.take(gates_size);
    weights.decision_weight = reader.take(cell_size);
    weights.decision_bias = reader.take(1)[0];
    if (!reader.is_sound()) {
        return fail(std::string("it holds numbers that are none, or are too large"));
    }
    return weights;
}

}  // namespace studio::audio::silero
