#include "adapters/redis/redis_call_control.hpp"

#include <utility>
#include <vector>

#include "base/json.hpp"

namespace studio::adapters {
namespace {

constexpr const char* question_channel = "call-control";
constexpr const char* answer_stem = "call-control-answers:";
/// Of a question's or asker's name.
constexpr std::size_t name_bytes_max = 128;

std::string answer_text(const std::string& request, const ControlResult& result) {
    return serialize_json(
        JsonObject{{"request", request},
                   {"is_done", result.has_value()},
                   {"why", result.has_value() ? std::string() : result.error().why}});
}

}  // namespace

RedisCallControl::RedisCallControl(RedisClient& client, std::string instance,
                                   RedisCallControlOptions options)
    : client_(client),
      instance_(std::move(instance)),
      options_(std::move(options)),
      answered_(client.loop()),
      channel_(client.listen(options_.key_prefix + answer_stem + instance_, *this)) {}

void RedisCallControl::on_channel_message(std::string_view payload) {
    const auto answer = parse_json(payload, json_as_stored);
    if (!answer) {
        return;
    }
    const auto found = questions_.find(member_text(*answer, "request"));
    const Json* const is_done = find_member(*answer, "is_done");
    if (found == questions_.end() || is_done == nullptr || !is_done->is_bool()) {
        return;
    }
    if (is_done->get_bool()) {
        found->second = ControlResult(true);
    } else {
        found->second = ControlResult(
            fail(ControlRefusal{ControlRefusal::Kind::refused, member_text(*answer, "why")}));
    }
    answered_.wake_all();
}

Task<bool> RedisCallControl::wait_for_answer(std::string request) {
    const Instant until = client_.loop().now() + options_.answer_timeout;
    while (!questions_.at(request) && client_.loop().now() < until) {
        [[maybe_unused]] const bool woken = co_await answered_.wait_until(until);
    }
    co_return questions_.at(request).has_value();
}

Task<ControlResult> RedisCallControl::control(TenantId tenant, CallId id,
                                              core::CallCommand command) {
    const ControlRefusal unavailable{ControlRefusal::Kind::unavailable, {}};
    if (questions_.size() >= options_.waiting_max) {
        co_return fail(unavailable);
    }
    const std::string request = instance_ + '-' + std::to_string(++count_);
    const std::string question =
        serialize_json(JsonObject{{"request", request},
                                  {"answer_to", instance_},
                                  {"tenant_id", tenant.text()},
                                  {"call_id", id.text()},
                                  {"command", core::command_json(command)}});
    questions_.emplace(request, std::nullopt);
    bool is_answered = false;
    for (int tries = 0; !is_answered && tries < options_.tries; ++tries) {
        std::vector<std::string> publish{"PUBLISH", options_.key_prefix + question_channel,
                                         question};
        const auto sent = co_await client_.run(std::move(publish));
        if (!sent) {
            break;
        }
        is_answered = co_await wait_for_answer(request);
    }
    const std::optional<ControlResult> answer = std::move(questions_.at(request));
    questions_.erase(request);
    if (!answer) {
        co_return fail(unavailable);
    }
    co_return *answer;
}

RedisControlDesk::RedisControlDesk(RedisClient& client, CallControl& calls,
                                   RedisCallControlOptions options)
    : client_(client),
      calls_(calls),
      options_(std::move(options)),
      scope_(client.loop()),
      channel_(client.listen(options_.key_prefix + question_channel, *this)) {}

Task<void> RedisControlDesk::close() {
    channel_.reset();
    co_await scope_.close();
}

std::optional<RedisControlDesk::Question> RedisControlDesk::parse(std::string_view payload) {
    const auto json = parse_json(payload, json_as_stored);
    const Json* const command = json ? find_member(*json, "command") : nullptr;
    if (command == nullptr) {
        return std::nullopt;
    }
    auto parsed = core::parse_command(*command);
    Question question;
    question.request = member_text(*json, "request");
    question.answer_to = member_text(*json, "answer_to");
    question.tenant = TenantId(member_text(*json, "tenant_id"));
    question.call_id = CallId(member_text(*json, "call_id"));
    if (!parsed || question.request.empty() || question.request.size() > name_bytes_max ||
        question.answer_to.empty() || question.answer_to.size() > name_bytes_max) {
        return std::nullopt;
    }
    question.command = std::move(*parsed);
    return question;
}

void RedisControlDesk::on_channel_message(std::string_view payload) {
    auto question = parse(payload);
    if (question && scope_.size() < options_.waiting_max &&
        under_way_.insert(question->request).second) {
        scope_.spawn(serve(std::move(*question)));
    }
}

Task<void> RedisControlDesk::serve(Question question) {
    std::string answer;
    if (const auto kept = answers_.find(question.request); kept != answers_.end()) {
        answer = kept->second;
    } else {
        const auto result =
            co_await calls_.control(question.tenant, question.call_id, question.command);
        const bool is_ours = result || result.error().kind != ControlRefusal::Kind::not_held;
        if (is_ours) {
            answer = answer_text(question.request, result);
            keep(question.request, answer);
        }
    }
    under_way_.erase(question.request);
    // Of a call that is not here another worker tells.
    if (!answer.empty()) {
        std::vector<std::string> publish{
            "PUBLISH", options_.key_prefix + answer_stem + question.answer_to, std::move(answer)};
        [[maybe_unused]] const auto sent = co_await client_.run(std::move(publish));
    }
}

void RedisControlDesk::keep(std::string request, std::string answer) {
    answers_.emplace(request, std::move(answer));
    answer_order_.push_back(std::move(request));
    if (answer_order_.size() > options_.answers_kept) {
        answers_.erase(answer_order_.front());
        answer_order_.pop_front();
    }
}

}  // namespace studio::adapters
