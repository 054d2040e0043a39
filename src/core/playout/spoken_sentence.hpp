#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace studio::core {

/// One sentence on its way to the caller: its text, its PCM at 16 kHz in the pieces in which the
/// voice gave it, and where each word starts. Word starts come from the voice or are estimated from
/// the length of the text. One owner.
class SpokenSentence {
public:
    SpokenSentence(std::uint32_t id, std::string text);

    /// Takes over one piece; no copy. Past `samples_max` pieces are dropped and false is returned.
    bool append(std::vector<std::int16_t> samples, std::size_t samples_max);
    /// A word starts here, as the voice says; in the text's order, else it is ignored.
    void mark_word(std::size_t text_offset, std::size_t sample_offset);
    /// No more audio comes. `is_whole`: this is all of the text; else it broke off somewhere.
    void finish(bool is_whole) {
        finished_ = true;
        whole_ = is_whole;
    }
    /// Forgets its audio: the voice begins anew.
    void restart();

    /// Copies from `position` on; returns how many samples there were.
    std::size_t read(std::size_t position, std::span<std::int16_t> target);
    /// The start of the word that sounds at `position`, in samples.
    [[nodiscard]] std::size_t word_start(std::size_t position) const;
    /// The text up to the last word of which at least half was played at `position`.
    [[nodiscard]] std::string heard_text(std::size_t position) const;

    [[nodiscard]] std::uint32_t id() const { return id_; }
    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] std::size_t sample_count() const { return sample_count_; }
    [[nodiscard]] bool is_finished() const { return finished_; }
    [[nodiscard]] bool is_whole() const { return whole_; }

private:
    struct Word {
        std::size_t text_begin = 0;
        std::size_t text_end = 0;
        std::size_t sample_offset = 0;
        bool marked = false;
    };

    void find_words();
    /// Where word `index` starts, marked or estimated; the end of the audio past the last.
    [[nodiscard]] std::size_t start_of(std::size_t index) const;
    [[nodiscard]] std::size_t expected_samples() const;

    std::uint32_t id_;
    std::string text_;
    std::vector<Word> words_;
    std::vector<std::vector<std::int16_t>> pieces_;
    std::size_t sample_count_ = 0;
    /// Reading goes forwards nearly always: the piece of the last read, and where it begins.
    std::size_t piece_ = 0;
    std::size_t piece_begin_ = 0;
    bool finished_ = false;
    bool whole_ = false;
};

}  // namespace studio::core
