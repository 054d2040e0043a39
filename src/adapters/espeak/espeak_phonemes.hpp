#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/entropy.hpp"
#include "base/interface.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace studio::adapters {

/// Where a voice that speaks phonemes gets them from. Any thread, which may be blocked for a while.
class PhonemeSource : public Interface {
public:
    /// The International Phonetic Alphabet of `text`, in UTF-8: a line for each clause. `voice` is
    /// a name that the source knows (`en-us`). The error is one line for operators, without a word
    /// of the text.
    [[nodiscard]] virtual Result<std::string, std::string> phonemes(std::string_view text,
                                                                    std::string_view voice) = 0;
};

struct EspeakPhonemesOptions {
    /// Looked up in PATH where it has no slash.
    std::string program = "espeak-ng";
    /// Longer texts are refused. The program reads lines of at most 999 bytes and would cut longer
    /// ones anywhere.
    std::size_t line_bytes_max = 900;
    /// Of one answer; some 20 times what the longest line gives.
    std::size_t answer_bytes_max = 65'536;
    /// For one text, with a first start of the program; it takes some milliseconds.
    milliseconds timeout{1'500};
    /// Texts after which the program is started anew, so that no leak of it grows.
    unsigned texts_max = 20'000;
    /// Programs that run at once, one a voice; voices beyond them get a program for each text.
    std::size_t voices_max = 8;
};

/// What may go to the program as one line: control characters, line ends of every kind and the
/// square brackets in which it takes phonemes (`[[...]]`) become spaces, what is no UTF-8 U+FFFD.
[[nodiscard]] std::string make_phoneme_line(std::string_view text);

/// Phonemes by the program eSpeak NG, which is under GPLv3 and therefore a process of its own. One
/// stays for each voice and is sent line after line, which costs 1 to 3 ms instead of the 20 ms of
/// a start.
///
/// It cannot get out of step. Behind each text go eight digits, drawn anew each time, a line each;
/// the answer is over where their phonemes, learnt at the start, stand at its very end. Nobody who
/// writes a text knows them. Whatever else happens (a wrong answer, silence, bytes that nobody
/// asked for) ends the process, and a process for this one text answers instead.
class EspeakPhonemes final : public PhonemeSource {
public:
    /// Starts nothing yet. `entropy` outlives it.
    explicit EspeakPhonemes(Entropy& entropy, EspeakPhonemesOptions options = {});
    ~EspeakPhonemes() override;

    [[nodiscard]] Result<std::string, std::string> phonemes(std::string_view text,
                                                            std::string_view voice) override;

    /// How many texts a process of their own was started for, because the one that stays could not
    /// be used.
    [[nodiscard]] std::size_t single_count() const { return single_count_; }

private:
    struct Resident;

    [[nodiscard]] Resident* resident_of(const std::string& voice);
    [[nodiscard]] bool start(Resident& resident, const std::string& voice) const;
    [[nodiscard]] Result<std::string, std::string> ask(Resident& resident, const std::string& line);
    [[nodiscard]] Result<std::string, std::string> ask_once(const std::string& line,
                                                            const std::string& voice);

    Entropy& entropy_;
    EspeakPhonemesOptions options_;
    std::atomic<std::size_t> single_count_{0};
    std::mutex mutex_;
    std::map<std::string, std::unique_ptr<Resident>, std::less<>> residents_;
};

}  // namespace studio::adapters
