#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/metric.hpp"
#include "ports/text_to_speech.hpp"

namespace studio::adapters {

struct PhraseCacheOptions {
    /// Of everything that is kept: 16 MiB are 8 minutes of speech. 0 keeps nothing.
    std::size_t bytes_max = std::size_t{16} << 20U;
    /// A longer phrase is not kept: half a minute.
    std::size_t phrase_bytes_max = std::size_t{1} << 20U;
    /// Of `bytes_max` for what was said more than once; what was said once has the rest, at least.
    double repeated_share = 0.75;
    /// Phrases that had to go and are still known by a number, so that the second time counts.
    std::size_t remembered_max = 8'192;
};

/// A text as it was spoken, from its first sample to its last.
struct Phrase {
    std::vector<std::int16_t> samples;
    std::vector<SynthesisWord> words;
};

/// Speech that was made, by all that it was made of. What an agent says again and again (greeting,
/// re-prompt, apology, farewell) is soon among what was said twice, which the chatter of other
/// calls cannot push out:
///
///   said once --said again--> repeated --least recently said--> said once --> gone, remembered
///       `--the least recent, where there is no room--> gone, remembered
///   remembered --said again--> repeated
///
/// Shared by the loops of a process. Any thread: one lock for a text, none for a frame. Metrics:
/// studio_phrase_cache_hits_total, _misses_total, _evicted_total, _bytes.
class PhraseCache {
public:
    explicit PhraseCache(PhraseCacheOptions options = {});
    PhraseCache(const PhraseCache&) = delete;
    PhraseCache& operator=(const PhraseCache&) = delete;

    /// What was kept under `key`, or nullptr.
    [[nodiscard]] std::shared_ptr<const Phrase> find(std::string_view key);
    /// Keeps a phrase, unless it is too long or there already.
    void put(std::string key, std::shared_ptr<const Phrase> phrase);

    /// Whether a phrase of so many samples is worth collecting.
    [[nodiscard]] bool takes(std::size_t samples) const {
        return samples * sizeof(std::int16_t) <= options_.phrase_bytes_max &&
               options_.bytes_max > 0;
    }
    [[nodiscard]] std::size_t bytes() const;

private:
    struct Entry {
        std::string key;
        std::shared_ptr<const Phrase> phrase;
        std::size_t bytes = 0;
        bool is_repeated = false;
    };
    using Entries = std::list<Entry>;

    void promote(Entries::iterator entry);
    void make_room();
    void remember(std::size_t hash);

    PhraseCacheOptions options_;
    Counter& hits_;
    Counter& misses_;
    Counter& evicted_;
    Gauge& bytes_gauge_;
    mutable std::mutex mutex_;
    /// The most recently said first.
    Entries once_;
    Entries repeated_;
    std::unordered_map<std::string_view, Entries::iterator> by_key_;
    std::size_t bytes_ = 0;
    std::size_t repeated_bytes_ = 0;
    std::unordered_set<std::size_t> remembered_;
    std::deque<std::size_t> remembered_order_;
};

}  // namespace studio::adapters
