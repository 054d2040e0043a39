#include "adapters/phrase_cache/phrase_cache.hpp"

#include <utility>

namespace studio::adapters {

namespace {

/// What an entry takes beside its samples, words and key: the list's node, the map's, the phrase.
constexpr std::size_t overhead_bytes = 256;

std::size_t hash_of(std::string_view key) {
    return std::hash<std::string_view>{}(key);
}

}  // namespace

PhraseCache::PhraseCache(PhraseCacheOptions options)
    : options_(options),
      hits_(metrics().counter("studio_phrase_cache_hits_total",
                              "Texts whose speech was kept from an earlier time.")),
      misses_(metrics().counter("studio_phrase_cache_misses_total",
                                "Texts whose speech had to be made.")),
      evicted_(metrics().counter("studio_phrase_cache_evicted_total",
                                 "Phrases that went to make room.")),
      bytes_gauge_(metrics().gauge("studio_phrase_cache_bytes", "Size of the speech kept.")) {}

std::shared_ptr<const Phrase> PhraseCache::find(std::string_view key) {
    const std::scoped_lock lock(mutex_);
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) {
        misses_.add();
        return nullptr;
    }
    hits_.add();
    const std::shared_ptr<const Phrase> phrase = found->second->phrase;
    promote(found->second);
    make_room();
    return phrase;
}

void PhraseCache::put(std::string key, std::shared_ptr<const Phrase> phrase) {
    const std::size_t bytes = phrase->samples.size() * sizeof(std::int16_t) +
                              phrase->words.size() * sizeof(SynthesisWord) + key.size() +
                              overhead_bytes;
    const std::scoped_lock lock(mutex_);
    if (bytes > options_.phrase_bytes_max || bytes > options_.bytes_max || by_key_.contains(key)) {
        return;
    }
    const bool was_said = remembered_.contains(hash_of(key));
    once_.push_front({std::move(key), std::move(phrase), bytes, false});
    by_key_.emplace(once_.front().key, once_.begin());
    bytes_ += bytes;
    if (was_said) {
        promote(once_.begin());
    }
    make_room();
}

void PhraseCache::promote(Entries::iterator entry) {
    repeated_.splice(repeated_.begin(), entry->is_repeated ? repeated_ : once_, entry);
    if (!std::exchange(entry->is_repeated, true)) {
        repeated_bytes_ += entry->bytes;
    }
}

void PhraseCache::make_room() {
    const auto repeated_max =
        static_cast<std::size_t>(static_cast<double>(options_.bytes_max) * options_.repeated_share);
    while (repeated_bytes_ > repeated_max && repeated_.size() > 1) {
        const auto last = std::prev(repeated_.end());
        last->is_repeated = false;
        repeated_bytes_ -= last->bytes;
        once_.splice(once_.begin(), repeated_, last);
    }
    while (bytes_ > options_.bytes_max) {
        Entries& from = once_.empty() ? repeated_ : once_;
        const Entry& last = from.back();
        remember(hash_of(last.key));
        by_key_.erase(last.key);
        bytes_ -= last.bytes;
        repeated_bytes_ -= last.is_repeated ? last.bytes : 0;
        evicted_.add();
        from.pop_back();
    }
    bytes_gauge_.set(static_cast<std::int64_t>(bytes_));
}

void PhraseCache::remember(std::size_t hash) {
    if (options_.remembered_max == 0 || !remembered_.insert(hash).second) {
        return;
    }
    remembered_order_.push_back(hash);
    if (remembered_order_.size() > options_.remembered_max) {
        remembered_.erase(remembered_order_.front());
        remembered_order_.pop_front();
    }
}

std::size_t PhraseCache::bytes() const {
    const std::scoped_lock lock(mutex_);
    return bytes_;
}

}  // namespace studio::adapters
