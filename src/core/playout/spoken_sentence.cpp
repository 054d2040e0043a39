#include "core/playout/spoken_sentence.hpp"

#include <algorithm>
#include <utility>

namespace studio::core {

namespace {

/// English speech has about 15 characters a second (150 words a minute of 6 characters with the
/// space); used only while the end of the audio is unknown.
constexpr std::size_t samples_per_character = 16'000 / 15;

bool is_space(char byte) {
    return byte == ' ' || byte == '\n' || byte == '\t';
}

}  // namespace

SpokenSentence::SpokenSentence(std::uint32_t id, std::string text)
    : id_(id), text_(std::move(text)) {
    find_words();
}

void SpokenSentence::find_words() {
    std::size_t index = 0;
    while (index < text_.size()) {
        while (index < text_.size() && is_space(text_[index])) {
            ++index;
        }
        const std::size_t begin = index;
        while (index < text_.size() && !is_space(text_[index])) {
            ++index;
        }
        if (index > begin) {
            words_.push_back({begin, index, 0, false});
        }
    }
}

bool SpokenSentence::append(std::vector<std::int16_t> samples, std::size_t samples_max) {
    if (finished_ || sample_count_ + samples.size() > samples_max) {
        return false;
    }
    if (!samples.empty()) {
        sample_count_ += samples.size();
        pieces_.push_back(std::move(samples));
    }
    return true;
}

void SpokenSentence::restart() {
    pieces_.clear();
    sample_count_ = 0;
    piece_ = 0;
    piece_begin_ = 0;
    for (Word& word : words_) {
        word.marked = false;
    }
}

void SpokenSentence::mark_word(std::size_t text_offset, std::size_t sample_offset) {
    for (std::size_t index = 0; index < words_.size(); ++index) {
        Word& word = words_[index];
        if (text_offset >= word.text_begin && text_offset < word.text_end) {
            const bool in_order =
                index == 0 || start_of(index - 1) <= sample_offset || !words_[index - 1].marked;
            if (in_order) {
                word.sample_offset = sample_offset;
                word.marked = true;
            }
            return;
        }
    }
}

std::size_t SpokenSentence::read(std::size_t position, std::span<std::int16_t> target) {
    if (position < piece_begin_) {
        piece_ = 0;
        piece_begin_ = 0;
    }
    std::size_t copied = 0;
    while (copied < target.size() && piece_ < pieces_.size()) {
        const std::vector<std::int16_t>& piece = pieces_[piece_];
        const std::size_t offset = position + copied - piece_begin_;
        if (offset >= piece.size()) {
            piece_begin_ += piece.size();
            ++piece_;
            continue;
        }
        const std::size_t count = std::min(target.size() - copied, piece.size() - offset);
        std::copy_n(piece.begin() + static_cast<std::ptrdiff_t>(offset), count,
                    target.begin() + static_cast<std::ptrdiff_t>(copied));
        copied += count;
    }
    return copied;
}

std::size_t SpokenSentence::expected_samples() const {
    return whole_ ? sample_count_ : std::max(sample_count_, text_.size() * samples_per_character);
}

std::size_t SpokenSentence::start_of(std::size_t index) const {
    if (index >= words_.size()) {
        return expected_samples();
    }
    if (words_[index].marked) {
        return words_[index].sample_offset;
    }
    // In proportion between the marked words (or the ends) on both sides.
    std::size_t left = index;
    while (left > 0 && !words_[left].marked) {
        --left;
    }
    std::size_t right = index;
    while (right < words_.size() && !words_[right].marked) {
        ++right;
    }
    const std::size_t text_from = words_[left].marked ? words_[left].text_begin : 0;
    const std::size_t from = words_[left].marked ? words_[left].sample_offset : 0;
    const bool open = right >= words_.size();
    const std::size_t text_to = open ? text_.size() : words_[right].text_begin;
    const std::size_t to = std::max(from, open ? expected_samples() : words_[right].sample_offset);
    if (text_to <= text_from) {
        return from;
    }
    return from + (to - from) * (words_[index].text_begin - text_from) / (text_to - text_from);
}

std::size_t SpokenSentence::word_start(std::size_t position) const {
    std::size_t start = 0;
    for (std::size_t index = 0; index < words_.size(); ++index) {
        const std::size_t begin = start_of(index);
        if (begin > position) {
            break;
        }
        start = begin;
    }
    return start;
}

std::string SpokenSentence::heard_text(std::size_t position) const {
    std::size_t end = 0;
    for (std::size_t index = 0; index < words_.size(); ++index) {
        const std::size_t begin = start_of(index);
        const std::size_t after = std::max(begin, start_of(index + 1));
        if (position < begin + (after - begin + 1) / 2 || position == 0) {
            break;
        }
        end = words_[index].text_end;
    }
    return text_.substr(0, end);
}

}  // namespace studio::core
