#include "support/queue/memory_call_journal.hpp"

#include <algorithm>

namespace studio::testing {

MemoryCallJournal::MemoryCallJournal(runtime::Loop& loop, MemoryCallJournalOptions options)
    : loop_(loop), options_(options) {}

CallJournal::Outcome<bool> MemoryCallJournal::save(LeaseKey key, std::string snapshot) {
    const Result<Call*, JournalError> call = open(key);
    if (!call) {
        co_return fail(call.error());
    }
    if (snapshot.size() > options_.snapshot_bytes_max) {
        co_return fail(JournalError::corrupt);
    }
    (*call)->snapshot = std::move(snapshot);
    co_return true;
}

CallJournal::Outcome<std::optional<std::string>> MemoryCallJournal::load(LeaseKey key) {
    const Result<Call*, JournalError> call = open(key);
    if (!call) {
        co_return fail(call.error());
    }
    co_return (*call)->snapshot;
}

CallJournal::Outcome<EffectState> MemoryCallJournal::begin_effect(LeaseKey key,
                                                                  std::string effect) {
    const Result<Call*, JournalError> call = open(key);
    if (!call) {
        co_return fail(call.error());
    }
    auto& effects = (*call)->effects;
    const auto found = effects.find(effect);
    if (found == effects.end()) {
        if (effects.size() >= options_.effects_max) {
            co_return fail(JournalError::corrupt);
        }
        effects[effect].begun_by = key.fencing_token;
        co_return EffectState{.is_new = true, .result = {}};
    }
    const bool is_repeat = !found->second.result && found->second.begun_by == key.fencing_token;
    co_return EffectState{.is_new = is_repeat, .result = found->second.result};
}

CallJournal::Outcome<bool> MemoryCallJournal::finish_effect(LeaseKey key, std::string effect,
                                                            std::string result) {
    const Result<Call*, JournalError> call = open(key);
    if (!call) {
        co_return fail(call.error());
    }
    auto& effects = (*call)->effects;
    if (result.size() > options_.result_bytes_max ||
        (!effects.contains(effect) && effects.size() >= options_.effects_max)) {
        co_return fail(JournalError::corrupt);
    }
    effects[effect].result = std::move(result);
    co_return true;
}

CallJournal::Outcome<bool> MemoryCallJournal::erase(LeaseKey key) {
    const Result<Call*, JournalError> call = find(key);
    if (!call) {
        co_return fail(call.error());
    }
    **call =
        Call{.fencing_token = key.fencing_token, .is_over = true, .snapshot = {}, .effects = {}};
    ended_.emplace_back(loop_.now() + options_.ended_kept, key.call_id);
    co_return true;
}

std::size_t MemoryCallJournal::size() const {
    return static_cast<std::size_t>(std::ranges::count_if(calls_, [](const auto& entry) {
        return entry.second.snapshot || !entry.second.effects.empty();
    }));
}

Result<MemoryCallJournal::Call*, JournalError> MemoryCallJournal::open(const LeaseKey& key) {
    Result<Call*, JournalError> call = find(key);
    if (call && (*call)->is_over) {
        // A write that was on its way while the call ended comes too late.
        return fail(JournalError::stale);
    }
    return call;
}

Result<MemoryCallJournal::Call*, JournalError> MemoryCallJournal::find(const LeaseKey& key) {
    if (!available_) {
        return fail(JournalError::unavailable);
    }
    while (!ended_.empty() && ended_.front().first <= loop_.now()) {
        const auto over = calls_.find(ended_.front().second);
        if (over != calls_.end() && !over->second.snapshot && over->second.effects.empty()) {
            calls_.erase(over);
        }
        ended_.pop_front();
    }
    Call& call = calls_[key.call_id];
    if (key.fencing_token < call.fencing_token) {
        return fail(JournalError::stale);
    }
    call.is_over = call.is_over && key.fencing_token == call.fencing_token;
    call.fencing_token = key.fencing_token;
    return &call;
}

}  // namespace studio::testing
