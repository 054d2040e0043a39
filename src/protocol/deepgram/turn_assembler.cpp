#include "protocol/deepgram/turn_assembler.hpp"

#include <algorithm>
#include <utility>

namespace studio::deepgram {
namespace {

constexpr double samples_per_second = 16'000.0;
/// Enough for a stream of years; what is beyond is nonsense.
constexpr double seconds_max = 1e9;

/// The position behind the first `count` words.
std::size_t behind_words(std::string_view text, std::size_t count) {
    std::size_t at = 0;
    for (; count > 0 && at < text.size(); --count) {
        at = std::min(text.find_first_not_of(' ', at), text.size());
        at = std::min(text.find(' ', at), text.size());
    }
    return std::min(text.find_first_not_of(' ', at), text.size());
}

std::size_t count_words(std::string_view text) {
    std::size_t count = 0;
    while ((text.remove_prefix(behind_words(text, 0)), !text.empty())) {
        text.remove_prefix(behind_words(text, 1));
        ++count;
    }
    return count;
}

}  // namespace

void TurnAssembler::handle_audio(std::uint32_t utterance, std::size_t samples) {
    if (!last_number_ || utterance > *last_number_) {
        last_number_ = utterance;
        std::erase_if(utterances_, [](const Utterance& open) { return !open.deadline; });
        utterances_.push_back(
            {.number = utterance, .begin_samples = samples_, .told_words = told_words_});
    }
    samples_ += static_cast<std::int64_t>(samples);
}

void TurnAssembler::handle_finish(std::uint32_t utterance, Instant now) {
    if (utterances_.empty() || utterances_.back().number != utterance ||
        utterances_.back().deadline) {
        return;
    }
    Utterance& finished = utterances_.back();
    if (finished.is_done) {
        utterances_.pop_back();
        return;
    }
    finished.deadline = now + options_.finish_timeout;
    told_words_ = finished.told_words + count_words(finished.present);
}

void TurnAssembler::handle_open(Instant now) {
    for (Utterance& utterance : utterances_) {
        if (utterance.deadline) {
            utterance.deadline = now + options_.finish_timeout;
        }
    }
}

TurnAssembler::Utterance* TurnAssembler::find(const TurnInfoMessage& info) {
    // Where the server does not say how far it heard, it is as far as we have sent.
    const bool is_said = info.audio_end_s >= 0.0 && info.audio_end_s < seconds_max;
    const auto end =
        is_said ? static_cast<std::int64_t>(info.audio_end_s * samples_per_second) : samples_;
    for (auto utterance = utterances_.rbegin(); utterance != utterances_.rend(); ++utterance) {
        if (utterance->begin_samples < end) {
            return &*utterance;
        }
    }
    return nullptr;
}

std::string TurnAssembler::text_of(const Utterance& utterance) const {
    const bool both = !utterance.ended.empty() && !utterance.present.empty();
    std::string text = utterance.ended + (both ? " " : "") + utterance.present;
    text.resize(std::min(text.size(), options_.text_bytes_max));
    return text;
}

void TurnAssembler::tell(TurnText::Kind kind, const Utterance& utterance, double confidence) {
    using Kind = TurnText::Kind;
    const bool has_text = kind != Kind::started && kind != Kind::resumed;
    outputs_.push_back(
        {kind, utterance.number, has_text ? text_of(utterance) : std::string(), confidence});
}

void TurnAssembler::handle(const TurnInfoMessage& info) {
    using Kind = TurnText::Kind;
    if (turn_index_ != info.turn_index) {
        begin_turn(info.turn_index);
    }
    Utterance* utterance = find(info);
    if (utterance == nullptr) {
        return;
    }
    std::string_view words(info.transcript);
    words.remove_prefix(behind_words(words, utterance->told_words));
    words = words.substr(0, options_.text_bytes_max);
    const bool is_news = words != utterance->present;
    if (is_news && !words.empty()) {
        utterance->present = words;
        utterance->is_done = false;
    }
    switch (info.event) {
        case TurnEvent::start_of_turn:
            tell(Kind::started, *utterance);
            [[fallthrough]];
        case TurnEvent::update:
            if (is_news && !words.empty()) {
                tell(Kind::partial, *utterance);
            }
            break;
        case TurnEvent::eager_end_of_turn:
            tell(Kind::may_be_done, *utterance, info.end_of_turn_confidence);
            break;
        case TurnEvent::turn_resumed:
            tell(Kind::resumed, *utterance);
            break;
        case TurnEvent::end_of_turn:
            end_turn(*utterance, info.end_of_turn_confidence);
            break;
    }
}

void TurnAssembler::begin_turn(std::optional<std::uint32_t> turn_index) {
    turn_index_ = turn_index;
    told_words_ = 0;
    for (Utterance& utterance : utterances_) {
        utterance.told_words = 0;
    }
}

void TurnAssembler::end_turn(Utterance& utterance, double confidence) {
    tell(TurnText::Kind::done, utterance, confidence);
    begin_turn(std::nullopt);
    if (utterance.deadline) {
        const std::uint32_t number = utterance.number;
        std::erase_if(utterances_, [number](const Utterance& it) { return it.number == number; });
        return;
    }
    utterance.ended = text_of(utterance);
    utterance.present.clear();
    utterance.is_done = true;
}

void TurnAssembler::handle_time(Instant now) {
    while (!utterances_.empty() && utterances_.front().deadline &&
           now >= *utterances_.front().deadline) {
        tell(TurnText::Kind::final, utterances_.front());
        utterances_.pop_front();
    }
}

std::optional<TurnText> TurnAssembler::poll() {
    if (outputs_.empty()) {
        return std::nullopt;
    }
    std::optional<TurnText> output(std::move(outputs_.front()));
    outputs_.pop_front();
    return output;
}

Deadline TurnAssembler::next_deadline() const {
    return utterances_.empty() ? std::nullopt : utterances_.front().deadline;
}

}  // namespace studio::deepgram
