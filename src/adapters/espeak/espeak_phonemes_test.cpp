#include "adapters/espeak/espeak_phonemes.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace studio::adapters {
namespace {

/// A program that answers `p` and the line; what it does else stands in `then`, shell that sees the
/// line as $line. With --stdin, which asks for one text only, it answers `once` and the text.
class StandIn {
public:
    explicit StandIn(const std::string& then = "") {
        folder_ = std::filesystem::temp_directory_path() /
                  ("phonemes-" + std::to_string(SystemEntropy().u64()));
        std::filesystem::create_directory(folder_);
        std::ofstream file(path());
        file << "#!/bin/sh\n"
                "echo start >>"
             << folder_.string()
             << "/starts\n"
                "case \"$*\" in *--stdin*) echo \"once $(cat)\"; exit 0;; esac\n"
                "while read -r line; do\n"
             << then << "\necho \"p$line\"\ndone\n";
        file.close();
        chmod(path().c_str(), 0700);
    }
    StandIn(const StandIn&) = delete;
    StandIn& operator=(const StandIn&) = delete;
    ~StandIn() { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::string path() const { return (folder_ / "espeak").string(); }
    [[nodiscard]] int starts() const {
        std::ifstream file(folder_ / "starts");
        int count = 0;
        for (std::string line; std::getline(file, line);) {
            ++count;
        }
        return count;
    }

private:
    std::filesystem::path folder_;
};

EspeakPhonemesOptions options_of(const StandIn& program) {
    EspeakPhonemesOptions options;
    options.program = program.path();
    // However busy the machine is.
    options.timeout = milliseconds(20'000);
    return options;
}

SystemEntropy entropy;

TEST(EspeakPhonemes, OneProcessAnswersTextAfterText) {
    const StandIn program;
    EspeakPhonemes source(entropy, options_of(program));
    EXPECT_EQ(source.phonemes("hello", "en-us").value(), "phello\n");
    EXPECT_EQ(source.phonemes("", "en-us").value(), "p\n");
    EXPECT_EQ(source.phonemes("1 2", "en-us").value(), "p1 2\n");
    EXPECT_EQ(program.starts(), 1);
    EXPECT_EQ(source.phonemes("hallo", "de").value(), "phallo\n");
    EXPECT_EQ(program.starts(), 2) << "one a voice";
    EXPECT_EQ(source.single_count(), 0U);
}

TEST(EspeakPhonemes, AProgramThatIsAskedOftenIsStartedAnew) {
    const StandIn program;
    EspeakPhonemesOptions options = options_of(program);
    options.texts_max = 2;
    EspeakPhonemes source(entropy, options);
    for (int text = 0; text < 5; ++text) {
        EXPECT_EQ(source.phonemes("a", "en").value(), "pa\n");
    }
    EXPECT_EQ(program.starts(), 3);
}

TEST(EspeakPhonemes, OneThatDiesIsReplacedAndNothingIsLost) {
    const StandIn program("[ \"$line\" = die ] && exit 1");
    EspeakPhonemes source(entropy, options_of(program));
    EXPECT_EQ(source.phonemes("first", "en").value(), "pfirst\n");
    EXPECT_EQ(source.phonemes("die", "en").value(), "once die\n");
    EXPECT_EQ(source.single_count(), 1U);
    EXPECT_EQ(source.phonemes("second", "en").value(), "psecond\n");
    EXPECT_EQ(program.starts(), 3);
}

TEST(EspeakPhonemes, OneThatFallsSilentIsGivenUpInTime) {
    const StandIn program("[ \"$line\" = hang ] && exec sleep 60");
    EspeakPhonemesOptions options = options_of(program);
    options.timeout = milliseconds(300);
    EspeakPhonemes source(entropy, options);
    EXPECT_EQ(source.phonemes("hang", "en").value_or("gone").substr(0, 4), "once");
    EXPECT_EQ(source.single_count(), 1U);
}

TEST(EspeakPhonemes, WhatNobodyAskedForPutsNobodyOutOfStep) {
    // Says more than it should, some time after the last line of an answer (the eighth digit) has
    // gone out: between two texts, or when the next one was sent already.
    for (const char* pause : {"0", "0.05"}) {
        const StandIn program(std::string("[ \"$line\" = more ] && left=9\n") +
                              "left=$((left - 1))\n"
                              "[ $left = 0 ] && { echo \"p$line\"; sleep " +
                              pause + "; echo late; continue; }");
        EspeakPhonemes source(entropy, options_of(program));
        EXPECT_EQ(source.phonemes("more", "en").value(), "pmore\n");
        const std::string answer = source.phonemes("next", "en").value();
        EXPECT_TRUE(answer == "pnext\n" || answer == "once next\n") << answer;
        EXPECT_EQ(source.phonemes("next", "en").value(), "pnext\n");
        EXPECT_EQ(program.starts(), answer == "pnext\n" ? 2 : 3) << "the first was ended";
    }
}

TEST(EspeakPhonemes, ATextOfDigitsEndsNoAnswer) {
    const StandIn program("line=$(echo \"$line\" | sed 's/[.] */\\np/g')");
    EspeakPhonemes source(entropy, options_of(program));
    EXPECT_EQ(source.phonemes("1. 2. 3. 4. 5. 6. 7. 8. 9", "en").value(),
              "p1\np2\np3\np4\np5\np6\np7\np8\np9\n");
    EXPECT_EQ(source.phonemes("next", "en").value(), "pnext\n");
}

TEST(EspeakPhonemes, AProgramThatTellsNoDigitsApartIsAskedForEachTextAlone) {
    const StandIn program("line=same");
    EspeakPhonemes source(entropy, options_of(program));
    for (int text = 0; text < 5; ++text) {
        EXPECT_EQ(source.phonemes("a", "en").value(), "once a\n");
    }
    EXPECT_EQ(source.single_count(), 5U);
    EXPECT_EQ(program.starts(), 5 + 3) << "after three starts it is not tried again";
}

TEST(EspeakPhonemes, AnAnswerHasALimit) {
    const StandIn program("[ \"$line\" = much ] && { head -c 300000 /dev/zero | tr '\\0' x; }");
    EspeakPhonemes source(entropy, options_of(program));
    EXPECT_EQ(source.phonemes("much", "en").value(), "once much\n");
}

TEST(EspeakPhonemes, HostileTextIsOneLineWithoutPhonemesOfItsOwn) {
    EXPECT_EQ(make_phoneme_line("a\nb\r\nc\x01"
                                "0s\x7F"),
              "a b  c 0s ");
    EXPECT_EQ(make_phoneme_line("[[h@l'oU]]"), "  h@l'oU  ");
    EXPECT_EQ(make_phoneme_line("a\xC2\x85"
                                "b\xE2\x80\xA8"
                                "c\xE2\x80\xA9"),
              "a  b   c   ");
    EXPECT_EQ(make_phoneme_line(std::string_view("a\0b\xFF", 4)), "a\uFFFDb\uFFFD");
    EXPECT_EQ(make_phoneme_line("ü \xE2\x80\x93 é"), "ü \xE2\x80\x93 é");

    const StandIn program;
    EspeakPhonemes source(entropy, options_of(program));
    for (const char* text : {"--voices", "-f /etc/passwd", "$(reboot); `ls` | cat", "<speak>"}) {
        EXPECT_EQ(source.phonemes(text, "en").value(), std::string("p") + text + "\n");
    }
    EXPECT_FALSE(source.phonemes(std::string(901, 'a'), "en"));
    for (const char* voice : {"", "-f", "en --stdin", "../x", "a/b"}) {
        EXPECT_FALSE(source.phonemes("a", voice)) << voice;
    }
    EXPECT_EQ(program.starts(), 1);
}

TEST(EspeakPhonemes, AMissingProgramIsSaid) {
    EspeakPhonemes source(entropy, {.program = "/nowhere/espeak"});
    EXPECT_FALSE(source.phonemes("a", "en"));
}

TEST(EspeakPhonemes, ThreadsShareOneProcess) {
    const StandIn program;
    EspeakPhonemes source(entropy, options_of(program));
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&source, thread] {
            for (int text = 0; text < 20; ++text) {
                const std::string line = std::to_string(thread) + " " + std::to_string(text);
                EXPECT_EQ(source.phonemes(line, "en").value_or(""), "p" + line + "\n");
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(program.starts(), 1);
}

TEST(EspeakPhonemes, TheRealProgramStaysInStep) {
    EspeakPhonemes source(entropy, {.timeout = seconds(60)});
    for (int round = 0; round < 3; ++round) {
        EXPECT_EQ(source.phonemes("Hello there", "en-us").value_or(""), "həlˈoʊ ðˈɛɹ\n");
        EXPECT_EQ(source.phonemes("7", "en-us").value_or(""), "sˈɛvən\n");
        EXPECT_EQ(source.phonemes("7. 7. 1. 2.", "en-us").value_or(""),
                  "sˈɛvən\nsˈɛvən\nwˈʌn\ntˈuː\n");
        // Not "hello", as the brackets alone would make it.
        EXPECT_EQ(source.phonemes("[[h@l'oU]]", "en-us").value_or("").find("həlˈoʊ"),
                  std::string::npos);
        EXPECT_TRUE(source.phonemes("-v de --stdin ...", "en-us"));
        EXPECT_TRUE(source.phonemes("", "en-us"));
        EXPECT_TRUE(source.phonemes("नमस्ते ☃ 日本 <b>x</b> &lt; \\ %s", "en-us"));
        EXPECT_TRUE(source.phonemes("Guten Tag, Mr. Smith", "de"));
        EXPECT_TRUE(source.phonemes("नमस्ते, आप कैसे हैं?", "hi"));
    }
    EXPECT_EQ(source.single_count(), 0U);
}

}  // namespace
}  // namespace studio::adapters
