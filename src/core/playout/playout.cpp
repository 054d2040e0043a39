#include "core/playout/playout.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>
#include <utility>

namespace studio::core {
namespace {

/// Leading silence is looked for in steps of 5 ms; below -50 dBFS nothing is heard.
constexpr std::size_t silence_block = 80;
constexpr int silence_peak = 100;

}  // namespace

void Playout::handle(PlayoutInput input, Instant) {
    std::visit([this](auto& which) { on(which); }, input);
}

std::optional<PlayoutOutput> Playout::poll_output() {
    if (outputs_.empty()) {
        return std::nullopt;
    }
    std::optional<PlayoutOutput> output(std::move(outputs_.front()));
    outputs_.pop_front();
    return output;
}

bool Playout::pull(audio::Frame& frame) {
    const bool was_sounding = sounding_;
    sounding_ = false;
    if (tail_position_ < tail_size_) {
        pull_tail(frame);
        return true;
    }
    if ((held_ && fade_left_ == 0) || queue_.empty()) {
        return false;
    }
    if (!was_sounding && !started_) {
        skip_leading_silence();
    }
    std::size_t filled = 0;
    while (!queue_.empty() && filled < frame.samples.size()) {
        if (held_ && !started_) {
            break;  // The next one is not begun to be faded out.
        }
        SpokenSentence& sentence = queue_.front();
        const std::size_t wanted = frame.samples.size() - filled;
        // Part of a frame is kept until the rest has come: a gap within a word would be heard.
        if (!sentence.is_finished() && sentence.sample_count() - position_ < wanted) {
            break;
        }
        const std::size_t count =
            sentence.read(position_, std::span(frame.samples).subspan(filled));
        if (count > 0 && !started_) {
            started_ = true;
            outputs_.emplace_back(SentenceStarted{sentence.id()});
        }
        filled += count;
        position_ += count;
        if (count == wanted) {
            break;
        }
        finish_front();
    }
    if (filled == 0) {
        fade_left_ = 0;
        return false;
    }
    std::fill(frame.samples.begin() + static_cast<std::ptrdiff_t>(filled), frame.samples.end(),
              std::int16_t{0});
    if (!queue_.empty() && queue_.front().is_finished() &&
        position_ == queue_.front().sample_count()) {
        finish_front();
    }
    gain_.process(frame);
    fade_left_ = std::max(fade_left_ - 1, 0);
    sounding_ = true;
    return true;
}

void Playout::keep_tail() {
    const int most = std::clamp(options_.fade_frames, 0, PlayoutOptions::fade_frames_max);
    const int frames = held_ ? fade_left_ : most;
    if (!sounding_ || !started_ || frames == 0) {
        return;
    }
    const auto room =
        std::span(tail_).first(static_cast<std::size_t>(frames) * audio::frame_samples);
    tail_size_ = queue_.front().read(position_, room);
    tail_position_ = 0;
    gain_.set(0.0F, frames);
}

void Playout::pull_tail(audio::Frame& frame) {
    const std::size_t count = std::min(frame.samples.size(), tail_size_ - tail_position_);
    const auto from = tail_.begin() + static_cast<std::ptrdiff_t>(tail_position_);
    const auto end = std::copy_n(from, count, frame.samples.begin());
    std::fill(end, frame.samples.end(), std::int16_t{0});
    gain_.process(frame);
    tail_position_ += count;
    if (tail_position_ == tail_size_) {
        gain_ = audio::Gain();
        gain_.set(ducked_ ? options_.ducked_gain : 1.0F);
    }
}

void Playout::skip_leading_silence() {
    SpokenSentence& sentence = queue_.front();
    std::array<std::int16_t, silence_block> block{};
    while (position_ < options_.leading_silence_samples_max &&
           position_ + block.size() <= sentence.sample_count()) {
        static_cast<void>(sentence.read(position_, block));
        const bool silent = std::all_of(block.begin(), block.end(), [](std::int16_t sample) {
            return std::abs(int{sample}) < silence_peak;
        });
        if (!silent) {
            return;
        }
        position_ += block.size();
    }
}

SpokenSentence* Playout::find(std::uint32_t sentence) {
    const auto found =
        std::find_if(queue_.begin(), queue_.end(),
                     [sentence](const SpokenSentence& queued) { return queued.id() == sentence; });
    return found == queue_.end() ? nullptr : &*found;
}

std::string Playout::heard_of(const SpokenSentence& sentence) const {
    if (&sentence != &queue_.front()) {
        return {};
    }
    // What was sent before a hold has arrived by now: deciding takes longer than the way there.
    const milliseconds on_the_way = held_ ? milliseconds(0) : options_.downstream_delay;
    const auto unheard =
        static_cast<std::size_t>(on_the_way / audio::frame_duration) * audio::frame_samples;
    const std::size_t position = audible_position();
    return sentence.heard_text(position - std::min(position, unheard));
}

std::size_t Playout::audible_position() const {
    // Of a fade the first 20 ms are loud enough to be understood.
    return held_ ? std::min(position_, fade_from_ + audio::frame_samples) : position_;
}

std::vector<Playout::SavedSentence> Playout::save() const {
    std::vector<SavedSentence> saved;
    saved.reserve(queue_.size());
    for (const SpokenSentence& sentence : queue_) {
        saved.push_back({sentence.id(), heard_of(sentence)});
    }
    return saved;
}

void Playout::finish_front() {
    const SpokenSentence& sentence = queue_.front();
    std::string heard = sentence.is_whole() ? sentence.text() : sentence.heard_text(position_);
    if (heard == sentence.text()) {
        outputs_.emplace_back(SentenceFinished{sentence.id()});
    } else {
        outputs_.emplace_back(SentenceDropped{sentence.id(), std::move(heard)});
    }
    queue_.pop_front();
    position_ = 0;
    fade_from_ = 0;
    started_ = false;
}

void Playout::on(SentenceQueued& input) {
    if (queue_.size() >= options_.sentences_max) {
        outputs_.emplace_back(SentenceDropped{input.sentence, ""});
        return;
    }
    queue_.emplace_back(input.sentence, std::move(input.text));
}

void Playout::on(SentenceAudio& input) {
    if (SpokenSentence* sentence = find(input.sentence)) {
        static_cast<void>(
            sentence->append(std::move(input.samples), options_.sentence_samples_max));
    }
}

void Playout::on(SentenceWord& input) {
    if (SpokenSentence* sentence = find(input.sentence)) {
        sentence->mark_word(input.text_offset, input.sample_offset);
    }
}

void Playout::on(SentenceComplete& input) {
    SpokenSentence* sentence = find(input.sentence);
    if (sentence == nullptr) {
        return;
    }
    sentence->finish(input.is_whole);
    // Also where its last sample was played before: nobody may wait for an end that never comes.
    while (!queue_.empty() && queue_.front().is_finished() &&
           position_ >= queue_.front().sample_count()) {
        finish_front();
    }
}

void Playout::on(SentenceRestart& input) {
    SpokenSentence* sentence = find(input.sentence);
    const bool is_front = sentence != nullptr && sentence == &queue_.front();
    if (sentence == nullptr || (is_front && started_)) {
        return;
    }
    sentence->restart();
    if (is_front) {
        position_ = 0;  // Leading silence was left out already.
    }
}

void Playout::on(SentenceAbandoned& input) {
    const SpokenSentence* sentence = find(input.sentence);
    if (sentence == nullptr) {
        return;
    }
    const bool is_front = sentence == &queue_.front();
    outputs_.emplace_back(SentenceDropped{
        input.sentence, is_front ? sentence->heard_text(position_) : std::string()});
    if (is_front) {
        position_ = 0;
        started_ = false;
    }
    queue_.erase(std::find_if(queue_.begin(), queue_.end(), [&input](const auto& queued) {
        return queued.id() == input.sentence;
    }));
    // The one behind it may have been complete all the while.
    while (!queue_.empty() && queue_.front().is_finished() && queue_.front().sample_count() == 0) {
        finish_front();
    }
}

void Playout::on(PlayoutDuck&) {
    ducked_ = true;
    // What fades out of a sentence before goes on fading.
    if (!held_ && tail_position_ == tail_size_) {
        // What has not begun need not fade.
        gain_.set(options_.ducked_gain, started_ ? options_.fade_frames : 1);
    }
}

void Playout::on(PlayoutHold&) {
    if (held_) {
        return;
    }
    held_ = true;
    fade_left_ =
        started_ ? std::clamp(options_.fade_frames, 1, PlayoutOptions::fade_frames_max) : 0;
    fade_from_ = position_;
    gain_.set(0.0F, fade_left_);
}

void Playout::on(PlayoutResume&) {
    ducked_ = false;
    if (!held_) {
        if (tail_position_ == tail_size_) {
            gain_.set(1.0F, options_.fade_frames);
        }
        return;
    }
    const std::size_t position = audible_position();
    held_ = false;
    fade_left_ = 0;
    gain_.set(1.0F);
    if (!queue_.empty() && started_) {
        position_ = queue_.front().word_start(position);
    }
}

void Playout::on(PlayoutDrop&) {
    for (const SpokenSentence& sentence : queue_) {
        outputs_.emplace_back(SentenceDropped{sentence.id(), heard_of(sentence)});
    }
    if (tail_position_ == tail_size_) {
        gain_ = held_ && fade_left_ == 0 ? audio::Gain() : gain_;
        tail_size_ = tail_position_ = 0;
        keep_tail();
    }
    queue_.clear();
    position_ = 0;
    fade_from_ = 0;
    started_ = false;
    held_ = false;
    ducked_ = false;
    fade_left_ = 0;
    if (tail_size_ == 0) {
        gain_ = audio::Gain();
    }
}

}  // namespace studio::core
