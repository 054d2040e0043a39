#include "adapters/sherpa/library.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace studio::adapters::sherpa {
namespace {

class SherpaLibrary : public ::testing::Test {
protected:
    void SetUp() override {
        folder_ = ::testing::TempDir() + "sherpa_library_test";
        std::filesystem::create_directories(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string folder_;
};

TEST_F(SherpaLibrary, IsAnErrorWhereThereIsNone) {
    const auto loaded = Library::load(folder_);
    ASSERT_FALSE(loaded.has_value());
    EXPECT_FALSE(loaded.error().empty());
}

TEST_F(SherpaLibrary, IsAnErrorWhereTheFileIsNoLibrary) {
    std::ofstream(folder_ + "/libsherpa-onnx-c-api.so") << "not a library";
    EXPECT_FALSE(Library::load(folder_).has_value());
}

#if STUDIO_HAS_SHERPA
TEST_F(SherpaLibrary, IsLoadedWhereItIsInstalled) {
    if (!std::filesystem::exists(STUDIO_SPEECH_FOLDER "/lib")) {
        GTEST_SKIP() << "neural speech is not installed: tools/speech/install.sh";
    }
    const auto loaded = Library::load(STUDIO_SPEECH_FOLDER "/lib");
    ASSERT_TRUE(loaded.has_value()) << loaded.error();
    EXPECT_EQ(loaded->GetVersionStr(), library_version);
    EXPECT_NE(loaded->OfflineTtsGenerateWithConfig, nullptr);
    EXPECT_TRUE(Library::load(STUDIO_SPEECH_FOLDER "/lib").has_value()) << "a second time";
}
#endif

}  // namespace
}  // namespace studio::adapters::sherpa
