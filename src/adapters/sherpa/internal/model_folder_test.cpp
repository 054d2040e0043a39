#include "adapters/sherpa/internal/model_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "adapters/sherpa/internal/onnx_file.hpp"

namespace studio::adapters::sherpa {
namespace {

using Entries = std::map<std::string, std::string>;

std::string length_delimited(int field, const std::string& content) {
    std::string out(1, static_cast<char>(field * 8 + 2));
    std::size_t size = content.size();
    for (; size >= 128; size >>= 7U) {
        out += static_cast<char>(size % 128 + 128);
    }
    out += static_cast<char>(size);
    return out + content;
}

/// The smallest thing that is an ONNX file at its outermost level.
std::string onnx(const Entries& metadata) {
    std::string file = length_delimited(7, std::string(300, 'g'));
    for (const auto& [key, value] : metadata) {
        file += length_delimited(14, length_delimited(1, key) + length_delimited(2, value));
    }
    return file;
}

class ModelFolderTest : public ::testing::Test {
protected:
    void SetUp() override {
        folder_ = ::testing::TempDir() + "model_folder_test";
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
        write("tokens.txt", "<blk> 0\nhello 1\n");
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    void write(const std::string& name, const std::string& content) {
        std::ofstream(folder_ + '/' + name, std::ios::binary) << content;
    }
    std::string kind() {
        const auto found = inspect_model(folder_);
        return found ? std::string(name_of(found->kind)) : "error: " + found.error();
    }

    std::string folder_;
};

TEST_F(ModelFolderTest, KnowsTheKindsByTheirFiles) {
    write("encoder_model.ort", std::string("\x14\0\0\0ORTM....", 12));
    write("decoder_model_merged.ort", std::string("\x14\0\0\0ORTM....", 12));
    EXPECT_EQ(kind(), "moonshine");
    EXPECT_EQ(inspect_model(folder_)->kind, ModelKind::moonshine_merged);
}

TEST_F(ModelFolderTest, TellsStreamingFromWholeByTheMetadata) {
    write("decoder-epoch-99.onnx", onnx({}));
    write("joiner-epoch-99.int8.onnx", onnx({}));
    write("encoder-epoch-99.onnx", onnx({{"model_type", "zipformer2"}, {"vocab_size", "500"}}));
    EXPECT_EQ(kind(), "transducer");
    write("encoder-epoch-99.int8.onnx",
          onnx({{"model_type", "zipformer2"}, {"decode_chunk_len", "32"}}));
    EXPECT_EQ(kind(), "streaming transducer");
    EXPECT_NE(inspect_model(folder_)->file("encoder").find("int8"), std::string::npos);
    EXPECT_EQ(inspect_model(folder_)->file("preprocessor"), "");
}

TEST_F(ModelFolderTest, KnowsTheOthers) {
    write("model.int8.onnx", onnx({{"vocab_size", "9"}, {"lfr_window_size", "7"}}));
    EXPECT_EQ(kind(), "paraformer");
    write("model.int8.onnx",
          onnx({{"vocab_size", "9"}, {"lfr_window_size", "7"}, {"lang_auto", "0"}}));
    EXPECT_EQ(kind(), "sense-voice");
    std::filesystem::remove(folder_ + "/model.int8.onnx");
    write("tiny-encoder.onnx", onnx({{"n_text_layer", "4"}, {"sot", "1"}, {"eot", "2"}}));
    write("tiny-decoder.onnx", onnx({}));
    EXPECT_EQ(kind(), "whisper");
    for (const char* name :
         {"preprocess.onnx", "encode.onnx", "uncached_decode.onnx", "cached_decode.onnx"}) {
        write(name, onnx({}));
    }
    EXPECT_EQ(kind(), "moonshine");
}

TEST_F(ModelFolderTest, SaysWhatIsWrong) {
    EXPECT_NE(kind().find("no model of a kind"), std::string::npos) << kind();
    write("model.onnx", onnx({}));
    EXPECT_NE(kind().find("no model of a kind"), std::string::npos) << "without its metadata";
    write("model.onnx", onnx({{"vocab_size", "9"}}).substr(0, 200));
    EXPECT_NE(kind().find("model.onnx is no ONNX file, or cut off"), std::string::npos) << kind();
    write("model.onnx", "");
    EXPECT_NE(kind().find("model.onnx is no ONNX file"), std::string::npos) << kind();
    write("tokens.txt", "hello world\n");
    EXPECT_NE(kind().find("line 1 of its tokens.txt"), std::string::npos) << kind();
    write("tokens.txt", "");
    EXPECT_NE(kind().find("tokens.txt is empty"), std::string::npos);
    std::filesystem::remove(folder_ + "/tokens.txt");
    EXPECT_NE(kind().find("has no tokens.txt"), std::string::npos);
    std::filesystem::remove_all(folder_);
    EXPECT_NE(kind().find("is not there"), std::string::npos);
}

TEST_F(ModelFolderTest, TokensAreReadAsTheLibraryReadsThem) {
    write("encoder_model.ort", std::string("\x14\0\0\0ORTM....", 12));
    write("decoder_model_merged.ort", std::string("\x14\0\0\0ORTM....", 12));
    write("tokens.txt", "PHVuaz4=\t0\r\n 1\n2\n\xE2\x96\x81the 3 \n");
    EXPECT_EQ(kind(), "moonshine");
    for (const char* bad : {"a -1\n", "a 99999999999\n", "a 1x\n", "\n", "a\n"}) {
        write("tokens.txt", bad);
        EXPECT_NE(kind().find("line 1"), std::string::npos) << bad;
    }
}

TEST(FolderName, IsNoPath) {
    for (const char* good : {"moonshine-tiny-en", "sherpa-onnx-whisper-tiny.en", "a", "A_1"}) {
        EXPECT_TRUE(is_folder_name(good)) << good;
    }
    for (const char* bad :
         {"", ".", "..", ".hidden", "a/b", "/etc", "../lib", "a\\b", "a b", "a\n", "\xC3\xA9"}) {
        EXPECT_FALSE(is_folder_name(bad)) << bad;
    }
    EXPECT_FALSE(is_folder_name(std::string_view("a\0b", 3)));
    EXPECT_FALSE(is_folder_name(std::string(101, 'a')));
}

}  // namespace
}  // namespace studio::adapters::sherpa
