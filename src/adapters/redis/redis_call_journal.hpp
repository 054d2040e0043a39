#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "adapters/redis/redis_client.hpp"
#include "ports/call_journal.hpp"

namespace studio::adapters {

struct RedisCallJournalOptions {
    /// Before every key; production leaves it empty.
    std::string key_prefix{};
    std::size_t snapshot_bytes_max = 1'048'576;
    std::size_t result_bytes_max = 65'536;
    /// Effects of one call; a call with more has lost its way.
    std::size_t effects_max = 10'000;
    /// After the last write, whatever became of the call.
    seconds kept{86'400};
    /// How long an ended call's token is remembered, so that an older holder is still refused.
    seconds ended_kept{300};
};

/// The journal in Redis: a hash per call, `call-journal:<id>`, written by a script that refuses
/// smaller tokens in the same step. What is over its limit is refused as `corrupt`. One object per
/// loop, on the client's loop only.
class RedisCallJournal final : public CallJournal {
public:
    explicit RedisCallJournal(RedisClient& client, RedisCallJournalOptions options = {});

    [[nodiscard]] Outcome<bool> save(LeaseKey key, std::string snapshot) override;
    [[nodiscard]] Outcome<std::optional<std::string>> load(LeaseKey key) override;
    [[nodiscard]] Outcome<EffectState> begin_effect(LeaseKey key, std::string effect) override;
    [[nodiscard]] Outcome<bool> finish_effect(LeaseKey key, std::string effect,
                                              std::string result) override;
    [[nodiscard]] Outcome<bool> erase(LeaseKey key) override;

private:
    [[nodiscard]] Outcome<RedisValue> run(const char* operation, LeaseKey key,
                                          std::vector<std::string> rest);

    RedisClient& client_;
    RedisCallJournalOptions options_;
    std::shared_ptr<const RedisScript> script_;
};

}  // namespace studio::adapters
