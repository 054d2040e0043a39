// Our features and ONNX Runtime's library together against turn_model_reference.py, which has the
// features from numpy and the network from onnxruntime's own package; and files that are no model.

#include "adapters/smart_turn/turn_model.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "adapters/smart_turn/turn_model_on_demand.hpp"
#include "audio/log_mel/log_mel_fixture.hpp"
#include "audio/wav.hpp"
#include "base/bytes.hpp"

namespace studio::adapters {
namespace {

namespace fs = std::filesystem;
using audio::buzz;

// The network's numbers are rounded to 8 bits in each layer: noise of a millionth in the features
// moves an answer between a plain yes and a plain no by up to 0.4. So each plain answer must be the
// same, and all of them on average.
constexpr float plain_yes = 0.9F;
constexpr float plain_no = 0.1F;
constexpr float mean_tolerance = 0.05F;

const std::string installed = STUDIO_SPEECH_FOLDER;

bool is_installed() {
    return fs::exists(installed + "/smart-turn-v3.2/model.onnx") &&
           fs::exists(installed + "/lib/libonnxruntime.so");
}

Bytes read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// At 16 kHz; from 48 kHz by the mean of three samples, as turn_model_reference.py does it.
std::vector<std::int16_t> recording(const std::string& name) {
    const auto wav = audio::parse_wav(read(installed + "/recordings/" + name + ".wav"));
    if (!wav || wav->rate_hz == 16'000) {
        return wav ? wav->samples : std::vector<std::int16_t>();
    }
    std::vector<std::int16_t> samples;
    for (std::size_t at = 0; at + 2 < wav->samples.size(); at += 3) {
        samples.push_back(static_cast<std::int16_t>(
            (wav->samples[at] + wav->samples[at + 1] + wav->samples[at + 2]) / 3));
    }
    return samples;
}

TEST(TurnModel, IsWhatItsOwnRuntimeMakesOfIt) {
    if (!is_installed()) {
        GTEST_SKIP() << "the model is not installed: tools/speech/install.sh";
    }
    const auto model = TurnModel::load(installed);
    ASSERT_TRUE(model) << model.error();
    std::map<std::string, std::vector<std::int16_t>> recordings{
        {"buzz", buzz(150'000)},
        {"beckett", recording("beckett")},
        {"two_cities", recording("two_cities")}};
    std::ifstream file(STUDIO_REFERENCE_FILE);
    std::string name;
    std::size_t count = 0;
    float expected = 0.0F;
    int pieces = 0;
    int plain = 0;
    float difference = 0.0F;
    for (; file >> name >> count >> expected; ++pieces) {
        const std::vector<std::int16_t>& whole = recordings[name];
        ASSERT_GE(whole.size(), count) << name;
        const auto found = (*model)->is_over(std::span(whole).first(count));
        ASSERT_TRUE(found) << found.error();
        difference += std::abs(*found - expected);
        if (expected > plain_yes || expected < plain_no) {
            EXPECT_EQ(*found > 0.5F, expected > 0.5F) << name << ' ' << count << ": " << *found;
            ++plain;
        }
    }
    EXPECT_EQ(pieces, 25);
    EXPECT_GE(plain, 15);
    EXPECT_LT(difference / static_cast<float>(pieces), mean_tolerance);
}

TEST(TurnModel, IsAskedByThreadsAtOnce) {
    if (!is_installed()) {
        GTEST_SKIP() << "the model is not installed: tools/speech/install.sh";
    }
    const auto model = TurnModel::load(installed);
    ASSERT_TRUE(model) << model.error();
    const std::vector<std::int16_t> sound = buzz(30'000);
    const auto alone = (*model)->is_over(sound);
    ASSERT_TRUE(alone);
    std::vector<std::thread> threads;
    std::array<float, 4> found{};
    for (float& each : found) {
        threads.emplace_back([&each, &model, &sound] {
            const auto probability = (*model)->is_over(sound);
            each = probability ? *probability : -1.0F;
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    for (const float each : found) {
        EXPECT_EQ(each, *alone);
    }
}

TEST(TurnModelOnDemand, PlacesAreCounted) {
    TurnModelOnDemand model(installed);
    EXPECT_TRUE(model.try_enter(2));
    EXPECT_TRUE(model.try_enter(2));
    EXPECT_FALSE(model.try_enter(2));
    model.leave();
    EXPECT_TRUE(model.try_enter(2));
}

TEST(TurnModelOnDemand, IsReadWithTheFirstQuestion) {
    if (!is_installed()) {
        GTEST_SKIP() << "the model is not installed: tools/speech/install.sh";
    }
    const auto alone = TurnModel::load(installed);
    ASSERT_TRUE(alone) << alone.error();
    const std::vector<std::int16_t> sound = buzz(30'000);
    TurnModelOnDemand model(installed);
    const auto found = model.is_over(sound);
    ASSERT_TRUE(found) << found.error();
    EXPECT_EQ(*found, *(*alone)->is_over(sound));
}

TEST(TurnModelOnDemand, AModelThatCannotBeReadIsAskedNoMore) {
    TurnModelOnDemand model(testing::TempDir() + "nothing_here");
    EXPECT_TRUE(model.try_enter(2)) << "nobody knows yet";
    const auto first = model.is_over({});
    ASSERT_FALSE(first);
    EXPECT_FALSE(model.try_enter(2));
    const auto second = model.is_over({});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error(), first.error());
}

/// A folder of speech models whose library and model are put there by the test.
class TurnModelFiles : public testing::Test {
protected:
    void SetUp() override {
        folder_ = testing::TempDir() + "turn_model_test";
        fs::remove_all(folder_);
        fs::create_directories(folder_ + "/lib");
        fs::create_directories(folder_ + "/smart-turn-v3.2");
    }
    void TearDown() override { fs::remove_all(folder_); }

    void write_model(const Bytes& bytes) const {
        std::ofstream(folder_ + "/smart-turn-v3.2/model.onnx", std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
    }
    [[nodiscard]] std::string trouble() const {
        const auto model = TurnModel::load(folder_);
        return model ? "" : model.error();
    }

    std::string folder_;
};

TEST_F(TurnModelFiles, NoFolderNoModelAndNoLibraryAreErrors) {
    EXPECT_FALSE(TurnModel::load(""));
    EXPECT_NE(trouble().find("there is no " + folder_), std::string::npos) << trouble();
    write_model({});
    EXPECT_NE(trouble().find("is no model: it has 0 bytes"), std::string::npos) << trouble();
    write_model({'x'});
    EXPECT_NE(trouble().find("libonnxruntime.so"), std::string::npos) << trouble();
    std::ofstream(folder_ + "/lib/libonnxruntime.so") << "not a library";
    EXPECT_NE(trouble().find("libonnxruntime.so"), std::string::npos) << trouble();
}

TEST_F(TurnModelFiles, DamagedModelsAreErrorsThatNameTheFile) {
    if (!is_installed()) {
        GTEST_SKIP() << "the library is not installed: tools/speech/install.sh";
    }
    fs::create_symlink(fs::absolute(installed) / "lib/libonnxruntime.so",
                       folder_ + "/lib/libonnxruntime.so");
    const Bytes whole = read(installed + "/smart-turn-v3.2/model.onnx");
    const std::string name = folder_ + "/smart-turn-v3.2/model.onnx: ";
    for (const std::size_t size :
         {std::size_t{1}, std::size_t{1'000}, whole.size() / 2, whole.size() - 1}) {
        write_model({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
        EXPECT_EQ(trouble().find(name), 0U) << size << ": " << trouble();
    }
    // Another model: its input has another name.
    write_model(read(installed + "/silero-vad/silero_vad_16k_op15.onnx"));
    EXPECT_EQ(trouble().find(name), 0U) << trouble();
    write_model(whole);
    EXPECT_EQ(trouble(), "");
}

}  // namespace
}  // namespace studio::adapters
