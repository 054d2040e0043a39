#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "ports/call_journal.hpp"
#include "runtime/loop.hpp"

namespace studio::testing {

struct MemoryCallJournalOptions {
    std::size_t snapshot_bytes_max = 1'048'576;
    std::size_t result_bytes_max = 65'536;
    /// Effects of one call; a call with more has lost its way.
    std::size_t effects_max = 10'000;
    /// How long an ended call's token is remembered, so that an older holder is still refused.
    milliseconds ended_kept{300'000};
};

/// The journal in one process: tests, simulation, and calls that change their holder within it. The
/// same rules as RedisCallJournal. What is over its limit is refused as `corrupt`. One loop.
class MemoryCallJournal final : public CallJournal {
public:
    explicit MemoryCallJournal(runtime::Loop& loop, MemoryCallJournalOptions options = {});

    [[nodiscard]] Outcome<bool> save(LeaseKey key, std::string snapshot) override;
    [[nodiscard]] Outcome<std::optional<std::string>> load(LeaseKey key) override;
    [[nodiscard]] Outcome<EffectState> begin_effect(LeaseKey key, std::string effect) override;
    [[nodiscard]] Outcome<bool> finish_effect(LeaseKey key, std::string effect,
                                              std::string result) override;
    [[nodiscard]] Outcome<bool> erase(LeaseKey key) override;

    /// For tests: an outage. While it lasts every operation says `unavailable` and nothing changes.
    void set_available(bool available) { available_ = available; }
    /// For tests: a restart without data.
    void lose_memory() { calls_.clear(); }
    /// Calls of which it holds more than a token.
    [[nodiscard]] std::size_t size() const;

private:
    struct Effect {
        std::uint64_t begun_by = 0;
        std::optional<std::string> result;
    };
    struct Call {
        std::uint64_t fencing_token = 0;
        /// Erased by this token's holder.
        bool is_over = false;
        std::optional<std::string> snapshot;
        std::map<std::string, Effect> effects;
    };

    /// For whoever may still write.
    [[nodiscard]] Result<Call*, JournalError> open(const LeaseKey& key);
    [[nodiscard]] Result<Call*, JournalError> find(const LeaseKey& key);

    runtime::Loop& loop_;
    MemoryCallJournalOptions options_;
    bool available_ = true;
    std::unordered_map<CallId, Call> calls_;
    std::deque<std::pair<Instant, CallId>> ended_;
};

}  // namespace studio::testing
