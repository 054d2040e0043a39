#include "adapters/redis/redis_call_journal.hpp"

#include <utility>

#include "adapters/redis/internal/redis_scripts.hpp"

namespace studio::adapters {

RedisCallJournal::RedisCallJournal(RedisClient& client, RedisCallJournalOptions options)
    : client_(client), options_(std::move(options)), script_(redis_script("call_journal.lua")) {}

CallJournal::Outcome<RedisValue> RedisCallJournal::run(const char* operation, LeaseKey key,
                                                       std::vector<std::string> rest) {
    std::vector<std::string> arguments{options_.key_prefix + "call-journal:" + key.call_id.text(),
                                       operation, std::to_string(key.fencing_token),
                                       std::to_string(options_.kept.count())};
    for (std::string& argument : rest) {
        arguments.push_back(std::move(argument));
    }
    Result<RedisValue, RedisError> answer =
        co_await client_.run_script(script_, 1, std::move(arguments));
    if (!answer) {
        co_return fail(JournalError::unavailable);
    }
    if (answer->elements.empty() || answer->elements[0].text == "corrupt") {
        co_return fail(JournalError::corrupt);
    }
    if (answer->elements[0].text == "stale") {
        co_return fail(JournalError::stale);
    }
    co_return std::move(*answer);
}

CallJournal::Outcome<bool> RedisCallJournal::save(LeaseKey key, std::string snapshot) {
    if (snapshot.size() > options_.snapshot_bytes_max) {
        co_return fail(JournalError::corrupt);
    }
    std::vector<std::string> rest;
    rest.push_back(std::move(snapshot));
    const auto answer = co_await run("save", std::move(key), std::move(rest));
    if (!answer) {
        co_return fail(answer.error());
    }
    co_return true;
}

CallJournal::Outcome<std::optional<std::string>> RedisCallJournal::load(LeaseKey key) {
    const auto answer = co_await run("load", std::move(key), {});
    if (!answer) {
        co_return fail(answer.error());
    }
    if (answer->elements.size() < 2) {
        co_return std::optional<std::string>();
    }
    co_return std::optional<std::string>(answer->elements[1].text);
}

CallJournal::Outcome<EffectState> RedisCallJournal::begin_effect(LeaseKey key, std::string effect) {
    std::vector<std::string> rest{std::move(effect), std::to_string(options_.effects_max)};
    const auto answer = co_await run("begin", std::move(key), std::move(rest));
    if (!answer) {
        co_return fail(answer.error());
    }
    EffectState state{.is_new = answer->elements[0].text == "new", .result = {}};
    if (answer->elements[0].text == "done" && answer->elements.size() > 1) {
        state.result = answer->elements[1].text;
    }
    co_return state;
}

CallJournal::Outcome<bool> RedisCallJournal::finish_effect(LeaseKey key, std::string effect,
                                                           std::string result) {
    if (result.size() > options_.result_bytes_max) {
        co_return fail(JournalError::corrupt);
    }
    std::vector<std::string> rest{std::move(effect), std::to_string(options_.effects_max),
                                  std::move(result)};
    const auto answer = co_await run("finish", std::move(key), std::move(rest));
    if (!answer) {
        co_return fail(answer.error());
    }
    co_return true;
}

CallJournal::Outcome<bool> RedisCallJournal::erase(LeaseKey key) {
    std::vector<std::string> rest{std::to_string(options_.ended_kept.count())};
    const auto answer = co_await run("erase", std::move(key), std::move(rest));
    if (!answer) {
        co_return fail(answer.error());
    }
    co_return true;
}

}  // namespace studio::adapters
