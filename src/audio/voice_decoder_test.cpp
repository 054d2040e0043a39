#include "audio/voice_decoder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <string_view>

#include "audio/wav.hpp"

namespace studio::audio {
namespace {

/// 220 Hz, so many seconds.
Recording tone(int rate_hz, int channels, double seconds = 0.5) {
    Recording recording{.rate_hz = rate_hz, .channels = channels, .samples = {}};
    for (int index = 0; index < static_cast<int>(seconds * rate_hz); ++index) {
        const auto sample = static_cast<std::int16_t>(
            8'000 * std::sin(2.0 * std::numbers::pi * 220.0 * index / rate_hz));
        for (int channel = 0; channel < channels; ++channel) {
            recording.samples.push_back(sample);
        }
    }
    return recording;
}

struct Decoded {
    std::vector<std::int16_t> samples;
    std::string error;
};

Decoded decode(ByteView bytes, std::size_t piece, VoiceDecoderOptions options = {}) {
    VoiceDecoder decoder(options);
    Decoded decoded;
    const auto add = [&] {
        const auto more = decoder.take();
        decoded.samples.insert(decoded.samples.end(), more.begin(), more.end());
    };
    for (std::size_t offset = 0; offset < bytes.size(); offset += piece) {
        decoder.handle(bytes.subspan(offset, std::min(piece, bytes.size() - offset)));
        add();
    }
    decoder.handle_end();
    add();
    decoded.error = decoder.error();
    return decoded;
}

/// Half a second of the tone at its level, without a click.
void expect_tone(const Decoded& decoded, const std::string& what) {
    EXPECT_EQ(decoded.error, "") << what;
    EXPECT_NEAR(static_cast<double>(decoded.samples.size()), 8'000.0, 100.0) << what;
    ASSERT_FALSE(decoded.samples.empty()) << what;
    EXPECT_NEAR(*std::max_element(decoded.samples.begin(), decoded.samples.end()), 8'000, 400)
        << what;
    int crossings = 0;
    int step_max = 0;
    for (std::size_t index = 1; index < decoded.samples.size(); ++index) {
        crossings += decoded.samples[index - 1] < 0 && decoded.samples[index] >= 0 ? 1 : 0;
        step_max =
            std::max(step_max, std::abs(decoded.samples[index] - decoded.samples[index - 1]));
    }
    EXPECT_NEAR(crossings, 110, 10) << what;
    EXPECT_LT(step_max, 1'000) << what;
}

Bytes raw_of(const Recording& recording) {
    const Bytes wav = serialize_wav(recording);
    return {wav.begin() + 44, wav.end()};
}

TEST(VoiceDecoder, ReadsWavOfAnyUsualKindInAnyPieces) {
    for (const int rate : {8'000, 11'025, 16'000, 22'050, 24'000, 44'100, 48'000}) {
        for (const int channels : {1, 2}) {
            const Bytes wav = serialize_wav(tone(rate, channels));
            for (const std::size_t piece :
                 {std::size_t{1}, std::size_t{7}, std::size_t{1'000}, wav.size()}) {
                expect_tone(decode(wav, piece), std::to_string(rate) + " Hz, " +
                                                    std::to_string(channels) + " channels by " +
                                                    std::to_string(piece));
            }
        }
    }
}

TEST(VoiceDecoder, ReadsWavOfServersThatDoNotKnowItsSize) {
    for (const std::uint8_t byte : {std::uint8_t{0}, std::uint8_t{0xFF}}) {
        Bytes wav = serialize_wav(tone(22'050, 1));
        std::fill_n(wav.begin() + 4, 4, byte);
        std::fill_n(wav.begin() + 40, 4, byte);
        expect_tone(decode(wav, 100), std::to_string(byte));
    }
}

TEST(VoiceDecoder, SkipsWhatIsNoSoundInAWav) {
    const Bytes plain = serialize_wav(tone(24'000, 1));
    Bytes wav(plain.begin(), plain.begin() + 36);
    constexpr std::string_view list = "LIST\x05\0\0\0INFOx\0";
    const std::string_view chunk(list.data(), 14);
    wav.insert(wav.end(), chunk.begin(), chunk.end());
    wav.insert(wav.end(), plain.begin() + 36, plain.end());
    const std::string tail = "LIST\xFF\x7F\0\0" + std::string(2'000, '\x7F');
    wav.insert(wav.end(), tail.begin(), tail.end());
    expect_tone(decode(wav, 33), "chunks before and after");
}

TEST(VoiceDecoder, ReadsSamplesWithoutAHeader) {
    expect_tone(decode(raw_of(tone(24'000, 1)), 11), "24 kHz");
    expect_tone(decode(raw_of(tone(16'000, 1)), 11, {.rate_hz = 16'000}), "16 kHz");
    expect_tone(decode(raw_of(tone(22'050, 2)), 11, {.rate_hz = 22'050, .channels = 2}), "stereo");
    // Samples that begin like another format are samples.
    for (const std::string_view begin :
         {std::string_view("\xFF\xFB\x90\x64", 4), std::string_view("\xFF\xF1\x50\x80", 4),
          std::string_view("\xFF\xFF\xFF\xFF", 4), std::string_view("RI\x01\x02", 4),
          std::string_view("{\x01[\x02", 4), std::string_view("\0\0\0\0", 4)}) {
        Bytes bytes(begin.begin(), begin.end());
        const Bytes rest = raw_of(tone(16'000, 1));
        bytes.insert(bytes.end(), rest.begin(), rest.end());
        const Decoded decoded = decode(bytes, 5, {.rate_hz = 16'000});
        EXPECT_EQ(decoded.error, "");
        EXPECT_EQ(decoded.samples.size(), 8'002U);
    }
    EXPECT_EQ(decode({}, 1).error, "");
    const Bytes one_sample{0xFF, 0xFB};
    EXPECT_EQ(decode(one_sample, 1, {.rate_hz = 16'000}).samples.size(), 1U);
}

/// So many frames of MP3 (MPEG-1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes) or AAC in ADTS.
std::string frames(std::string_view head, std::size_t size) {
    std::string bytes;
    for (int frame = 0; frame < 20; ++frame) {
        bytes += std::string(head) + std::string(size - head.size(), '\x5A');
    }
    return bytes;
}

TEST(VoiceDecoder, RefusesEverythingElseByName) {
    const struct {
        std::string bytes;
        const char* name;
    } cases[] = {
        {frames(std::string_view("\xFF\xFB\x90\x64", 4), 417), "MP3"},
        {frames(std::string_view("\xFF\xF3\x48\xC4", 4), 144), "MP3"},
        {"ID3" + std::string("\4\0\0\0\0\0\0", 7) + std::string(900, 'x'), "MP3"},
        {frames(std::string_view("\xFF\xF1\x50\x80\x0C\x80\xFC", 7), 100), "AAC"},
        {"OggS" + std::string(900, '\1'), "Ogg"},
        {"fLaC" + std::string(900, '\1'), "FLAC"},
        {"FORM\0\0\0\0AIFF" + std::string(900, '\1'), "AIFF"},
        {std::string("\0\0\0\x20"
                     "ftypM4A ",
                     12) +
             std::string(900, '\1'),
         "MP4"},
        {"\x1A\x45\xDF\xA3" + std::string(900, '\1'), "WebM"},
        {R"({"error":{"message":"no such voice"}})", "text"},
        {"{}", "text"},
        {"<!doctype html><html><body>Welcome</body></html>", "text"},
        {"\n  <html></html>", "text"},
    };
    for (const auto& entry : cases) {
        for (const std::size_t piece : {std::size_t{1}, std::size_t{64}, entry.bytes.size()}) {
            const Decoded decoded = decode(bytes_of(entry.bytes), piece);
            EXPECT_NE(decoded.error.find(entry.name), std::string::npos)
                << entry.name << " by " << piece << ": " << decoded.error;
            EXPECT_TRUE(decoded.samples.empty()) << entry.name << ": nothing of it is played";
        }
    }
}

TEST(VoiceDecoder, RefusesWavThatItCannotPlay) {
    const auto error_of = [](std::size_t offset, std::uint8_t value) {
        Bytes wav = serialize_wav(tone(24'000, 1));
        wav[offset] = value;
        const Decoded decoded = decode(wav, 10);
        EXPECT_TRUE(decoded.samples.empty());
        return decoded.error;
    };
    EXPECT_NE(error_of(20, 3).find("16-bit PCM"), std::string::npos) << "floating point";
    EXPECT_NE(error_of(20, 7).find("16-bit PCM"), std::string::npos) << "u-law";
    EXPECT_NE(error_of(34, 8).find("16-bit PCM"), std::string::npos) << "8 bit";
    EXPECT_NE(error_of(22, 3).find("3 channels"), std::string::npos);
    EXPECT_NE(error_of(26, 2).find("Hz"), std::string::npos) << "155 kHz";
    EXPECT_NE(error_of(8, 'X').find("WAV"), std::string::npos) << "RIFF, but no WAVE";
    const Bytes wav = serialize_wav(tone(24'000, 1));
    EXPECT_NE(decode(ByteView(wav).first(30), 7).error.find("header"), std::string::npos);
}

TEST(VoiceDecoder, AnOddByteIsNoSample) {
    Bytes bytes = raw_of(tone(24'000, 1));
    bytes.push_back(1);
    EXPECT_NE(decode(bytes, 100).error.find("within a sample"), std::string::npos);
}

}  // namespace
}  // namespace studio::audio
