#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "adapters/redis/redis_client.hpp"
#include "ports/call_control.hpp"
#include "runtime/task_scope.hpp"
#include "runtime/wake_list.hpp"

namespace studio::adapters {

struct RedisCallControlOptions {
    /// Before every channel; production leaves it empty.
    std::string key_prefix{};
    /// How long an answer is waited for before the question is put once more: a channel forgets
    /// what was said while a connection was away. And how often it is put in all.
    milliseconds answer_timeout{1'000};
    int tries = 2;
    /// Questions at once.
    std::size_t waiting_max = 256;
    /// Answers that are kept, so that a question that is put again is not carried out again.
    std::size_t answers_kept = 256;
};

/// Asks whoever holds a call, over Redis: the question goes to every worker (`call-control`), and
/// the one that holds the call answers on a channel of the asker's. On the client's loop, which
/// outlives it, as the client does.
class RedisCallControl final : public CallControl, private RedisChannelListener {
public:
    /// `instance`: unique to this object, letters and digits.
    RedisCallControl(RedisClient& client, std::string instance,
                     RedisCallControlOptions options = {});

    [[nodiscard]] Task<ControlResult> control(TenantId tenant, CallId id,
                                              core::CallCommand command) override;

private:
    void on_channel_message(std::string_view payload) override;
    void on_channel_up() override {}
    /// Whether it was answered by then.
    [[nodiscard]] Task<bool> wait_for_answer(std::string request);

    RedisClient& client_;
    std::string instance_;
    RedisCallControlOptions options_;
    std::uint64_t count_ = 0;
    /// By the question's name; empty until it is answered.
    std::map<std::string, std::optional<ControlResult>> questions_;
    runtime::WakeList answered_;
    std::unique_ptr<RedisChannel> channel_;
};

/// The worker's end: answers questions about calls that `calls` holds, each carried out once. On
/// the client's loop, as RedisCallControl.
class RedisControlDesk final : private RedisChannelListener {
public:
    RedisControlDesk(RedisClient& client, CallControl& calls, RedisCallControlOptions options = {});

    /// Waits for what is under way. Once, at the end.
    [[nodiscard]] Task<void> close();

private:
    void on_channel_message(std::string_view payload) override;
    void on_channel_up() override {}
    struct Question {
        std::string request{};
        std::string answer_to{};
        TenantId tenant{};
        CallId call_id{};
        core::CallCommand command{};
    };
    [[nodiscard]] static std::optional<Question> parse(std::string_view payload);
    [[nodiscard]] Task<void> serve(Question question);
    void keep(std::string request, std::string answer);

    RedisClient& client_;
    CallControl& calls_;
    RedisCallControlOptions options_;
    std::set<std::string> under_way_;
    std::map<std::string, std::string> answers_;
    std::deque<std::string> answer_order_;
    runtime::TaskScope scope_;
    std::unique_ptr<RedisChannel> channel_;
};

}  // namespace studio::adapters
