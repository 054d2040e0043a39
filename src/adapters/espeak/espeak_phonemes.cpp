#include "adapters/espeak/espeak_phonemes.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "adapters/espeak/internal/line_process.hpp"
#include "adapters/espeak/internal/process.hpp"
#include "base/log.hpp"
#include "base/utf8.hpp"

namespace studio::adapters {

using espeak::LineProcess;
using espeak::Process;

namespace {

/// Of a text's beginning: what is left of another answer is not taken for this one's.
constexpr std::size_t digits_before_text = 4;
/// Of a text's end: 10^8 possibilities, for lines that have room for some hundred digits.
constexpr std::size_t digits_behind_text = 8;
/// Starts in a row that may fail before a voice gets a process for each text, for good.
constexpr int failed_starts_max = 3;
constexpr milliseconds patience{20};

/// The name becomes an argument: what is not a plain word may mean something else there.
bool is_plain_name(std::string_view voice) {
    return !voice.empty() && voice.size() <= 32 && voice.front() != '-' &&
           std::all_of(voice.begin(), voice.end(), [](unsigned char letter) {
               return std::isalnum(letter) != 0 || letter == '-' || letter == '+' || letter == '_';
           });
}

std::vector<std::string> arguments_of(const std::string& program, const std::string& voice) {
    // -b 1: the text is UTF-8.
    return {program, "-q", "--ipa", "-v", voice, "-b", "1"};
}

LineProcess::Deadline deadline_after(milliseconds time) {
    return std::chrono::steady_clock::now() + time;
}

}  // namespace

std::string make_phoneme_line(std::string_view text) {
    std::string line = to_plain_text(text);
    for (std::size_t at = 0; at < line.size(); ++at) {
        const auto byte = static_cast<unsigned char>(line[at]);
        const auto next = static_cast<unsigned char>(at + 1 < line.size() ? line[at + 1] : 0);
        const auto third = static_cast<unsigned char>(at + 2 < line.size() ? line[at + 2] : 0);
        if (byte < 0x20 || byte == 0x7F || byte == '[' || byte == ']') {
            line[at] = ' ';
        } else if (byte == 0xC2 && next < 0xA0) {
            // U+0080 to U+009F, control characters too; one of them is a line end.
            line.replace(at, 2, "  ");
        } else if (byte == 0xE2 && next == 0x80 && (third == 0xA8 || third == 0xA9)) {
            // U+2028 and U+2029, line and paragraph separator.
            line.replace(at, 3, "   ");
        }
    }
    return line;
}

/// One program that stays, and what is known of it.
struct EspeakPhonemes::Resident {
    std::mutex mutex;
    std::optional<LineProcess> process;
    /// What it answers to each digit, with the line's end.
    std::array<std::string, 10> digits;
    unsigned texts = 0;
    int failed_starts = 0;
};

EspeakPhonemes::EspeakPhonemes(Entropy& entropy, EspeakPhonemesOptions options)
    : entropy_(entropy), options_(std::move(options)) {}

EspeakPhonemes::~EspeakPhonemes() = default;

EspeakPhonemes::Resident* EspeakPhonemes::resident_of(const std::string& voice) {
    const std::scoped_lock lock(mutex_);
    const auto found = residents_.find(voice);
    if (found != residents_.end()) {
        return found->second.get();
    }
    if (residents_.size() >= options_.voices_max) {
        return nullptr;
    }
    return residents_.emplace(voice, std::make_unique<Resident>()).first->second.get();
}

Result<std::string, std::string> EspeakPhonemes::phonemes(std::string_view text,
                                                          std::string_view voice) {
    if (!is_plain_name(voice)) {
        return fail(std::string("the voice's name for eSpeak NG is no plain word"));
    }
    const std::string line = make_phoneme_line(text);
    if (line.size() > options_.line_bytes_max) {
        return fail(std::string("a piece of the text is too long for eSpeak NG"));
    }
    const std::string name(voice);
    if (Resident* const resident = resident_of(name)) {
        const std::scoped_lock lock(resident->mutex);
        if (resident->process &&
            (resident->texts >= options_.texts_max || resident->process->is_out_of_step())) {
            resident->process.reset();
        }
        if (resident->process || start(*resident, name)) {
            if (auto answer = ask(*resident, line)) {
                return answer;
            }
            resident->process.reset();
        }
    }
    return ask_once(line, name);
}

bool EspeakPhonemes::start(Resident& resident, const std::string& voice) const {
    if (resident.failed_starts >= failed_starts_max) {
        return false;
    }
    ++resident.failed_starts;
    resident.texts = 0;
    resident.process.emplace(arguments_of(options_.program, voice));
    const auto deadline = deadline_after(options_.timeout);
    std::string answer;
    bool works = resident.process->is_open() &&
                 resident.process->send("0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n", deadline);
    std::set<std::string> different;
    for (std::size_t digit = 0; works && digit < resident.digits.size(); ++digit) {
        while (works && answer.find('\n') == std::string::npos) {
            works = resident.process->receive(answer, deadline) &&
                    answer.size() <= options_.answer_bytes_max;
        }
        const std::size_t end = works ? answer.find('\n') + 1 : 0;
        resident.digits.at(digit) = answer.substr(0, end);
        answer.erase(0, end);
        // An empty line would say nothing about where an answer ends.
        works = works && end > 1 && different.insert(resident.digits.at(digit)).second;
    }
    works = works && answer.empty();
    if (!works) {
        resident.process.reset();
        STUDIO_LOG(warning, "phoneme_process_unusable", {"program", options_.program},
                   {"voice", voice});
        return false;
    }
    resident.failed_starts = 0;
    return true;
}

Result<std::string, std::string> EspeakPhonemes::ask(Resident& resident, const std::string& line) {
    std::uint64_t random = entropy_.u64();
    // Digits as they are asked, and what the program answers to them.
    const auto digits = [&resident, &random](std::size_t count) {
        std::pair<std::string, std::string> made;
        for (; count > 0; --count, random /= 10) {
            const auto digit = static_cast<std::size_t>(random % 10);
            made.first += {static_cast<char>('0' + digit), '\n'};
            made.second += resident.digits.at(digit);
        }
        return made;
    };
    const auto [ask_begin, begin] = digits(digits_before_text);
    const auto [ask_end, end] = digits(digits_behind_text);
    ++resident.texts;
    const auto deadline = deadline_after(options_.timeout);
    std::string answer;
    bool works = resident.process->send(ask_begin + line + '\n' + ask_end, deadline);
    // The line's own end stands before, so that the digits do not match within a word.
    while (works && !(answer.ends_with(end) && answer.size() > begin.size() + end.size() &&
                      answer[answer.size() - end.size() - 1] == '\n')) {
        works = resident.process->receive(answer, deadline) &&
                answer.size() <= options_.answer_bytes_max;
    }
    works = works && answer.starts_with(begin);
    if (!works) {
        STUDIO_LOG(warning, "phoneme_process_lost", {"bytes", line.size()});
        return fail(std::string("eSpeak NG did not answer"));
    }
    return answer.substr(begin.size(), answer.size() - begin.size() - end.size());
}

Result<std::string, std::string> EspeakPhonemes::ask_once(const std::string& line,
                                                          const std::string& voice) {
    ++single_count_;
    std::vector<std::string> arguments = arguments_of(options_.program, voice);
    arguments.emplace_back("--stdin");
    Process process(arguments, line);
    if (!process.is_open()) {
        return fail(std::string("the program eSpeak NG cannot be started"));
    }
    const auto deadline = deadline_after(options_.timeout);
    std::string answer;
    std::array<std::uint8_t, 4'096> bytes{};
    for (;;) {
        std::size_t size = 0;
        const Process::Read read = process.read(bytes, patience, size);
        answer.append(reinterpret_cast<const char*>(bytes.data()), size);
        if (read == Process::Read::end) {
            break;
        }
        if (read == Process::Read::failed || answer.size() > options_.answer_bytes_max ||
            std::chrono::steady_clock::now() >= deadline) {
            return fail(std::string("eSpeak NG did not answer"));
        }
    }
    if (!process.finish()) {
        return fail(std::string("eSpeak NG failed"));
    }
    return answer;
}

}  // namespace studio::adapters
