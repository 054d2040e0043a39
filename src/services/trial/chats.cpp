#include "services/trial/chats.hpp"

#include <string_view>

#include "audio/frame.hpp"
#include "core/agent/object_reader.hpp"
#include "runtime/task_scope.hpp"
#include "services/trial/internal/text_call.hpp"

namespace studio::services {
namespace {

/// As in POST /calls, and of one typed turn of a call.
constexpr std::size_t context_bytes_max = 16U << 10U;
constexpr std::size_t message_characters_max = 2'000;

std::string name_of(const CallTarget& target) {
    return target.workflow_slug.empty() ? "agents/" + target.agent_name
                                        : "workflows/" + target.workflow_slug;
}

/// A state is the target's name and the session, each in a line of its own.
std::string write_state(const std::string& target, const SessionSnapshot& snapshot) {
    return target + '\n' + serialize_snapshot(snapshot);
}

ServiceResult<SessionSnapshot> read_state(std::string_view state, const std::string& target) {
    const std::size_t line_end = state.find('\n');
    if (line_end == std::string_view::npos || state.substr(0, line_end) != target) {
        return fail(invalid({{"state", "is not of a conversation with " + target}}));
    }
    auto snapshot = parse_snapshot(state.substr(line_end + 1));
    if (!snapshot) {
        return fail(invalid({{"state", "cannot be read: give it as a reply had it"}}));
    }
    return std::move(*snapshot);
}

Json member_or_empty(const Json& object, std::string_view name) {
    const Json* member = find_member(object, name);
    return member != nullptr && member->is_object() ? *member : Json(JsonObject{});
}

/// One of those that are under way, as long as it lives.
class Place {
public:
    explicit Place(std::size_t& taken) : taken_(taken) { ++taken_; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { --taken_; }

private:
    std::size_t& taken_;
};

}  // namespace

Result<ChatRequest, std::vector<core::FieldError>> parse_chat_request(const Json& body) {
    std::vector<core::FieldError> errors;
    ChatRequest request;
    core::ObjectReader reader(&body, "", errors);
    reader.read_text("message", request.message, {.length_max = message_characters_max});
    reader.read_text("state", request.state, {.length_max = ChatsOptions{}.state_bytes_max});
    reader.read_object("user_context", request.user_context, context_bytes_max);
    if (!request.state.empty()) {
        if (request.message.find_first_not_of(" \t\r\n") == std::string::npos) {
            reader.report("message", "is required with a state");
        }
        if (reader.find("user_context") != nullptr) {
            reader.report("user_context", "is given at the beginning, without a state");
        }
    }
    reader.finish();
    if (!errors.empty()) {
        return fail(std::move(errors));
    }
    return request;
}

ServiceTask<ChatReply> Chats::say(TenantId tenant, CallTarget target, ChatRequest request) {
    if (under_way_ >= options_.under_way_max) {
        co_return fail(ServiceError{ServiceErrorCode::rate_limit_exceeded,
                                    "too many conversations are under way; try again",
                                    {}});
    }
    const Place place(under_way_);
    std::string name = name_of(target);
    std::string message = request.message;
    auto plan = co_await make_plan(std::move(tenant), std::move(target), std::move(request));
    if (!plan) {
        co_return fail(plan.error());
    }
    auto models = choose_models(*plan);
    if (!models) {
        co_return fail(models.error());
    }
    co_return co_await hold(std::move(*plan), std::move(*models), std::move(name),
                            std::move(message));
}

ServiceTask<CallPlan> Chats::make_plan(TenantId tenant, CallTarget target,
                                       ChatRequest request) const {
    const bool is_workflow = !target.workflow_slug.empty();
    const auto row = co_await parts_.resources.load(
        is_workflow ? ResourceKind::workflow : ResourceKind::agent, tenant,
        is_workflow ? target.workflow_slug : target.agent_name);
    if (!row) {
        co_return fail(from_store(row.error(), is_workflow ? "workflow" : "agent"));
    }
    auto loaded = co_await load_agents(parts_.resources, tenant, target);
    if (!loaded) {
        co_return fail(loaded.error());
    }
    CallPlan plan;
    plan.record.id = CallId(parts_.entropy.uuid());
    plan.record.tenant_id = tenant;
    plan.record.user_context = std::move(request.user_context);
    plan.record.status = core::CallStatus::connecting;
    plan.record.created_at = parts_.loop.wall_now();
    plan.tenant = {{"id", tenant.text()}};
    if (!request.state.empty()) {
        auto snapshot = read_state(request.state, name_of(target));
        if (!snapshot) {
            co_return fail(snapshot.error());
        }
        // Time that the caller took between two requests is no time of the call.
        snapshot->saved_at = plan.record.created_at;
        plan.record.user_context = member_or_empty(snapshot->context, "user");
        plan.record.status = core::CallStatus::active;
        plan.record.started_at = snapshot->report.started_at;
        plan.record.agent_history = snapshot->report.agent_history;
        plan.snapshot = std::move(*snapshot);
    }
    name_target(plan.record, target.workflow_slug, *loaded);
    plan.agents = std::move(loaded->agents);
    plan.workflow = std::move(loaded->workflow);
    co_return plan;
}

ServiceResult<std::vector<LanguageModel*>> Chats::choose_models(const CallPlan& plan) const {
    std::vector<LanguageModel*> models;
    for (const core::AgentPlan& agent : plan.agents) {
        const auto model = parts_.models.find(agent.config.llm.provider);
        if (!model) {
            return fail(
                invalid({{"llm.provider", "the agent '" + agent.name + "': " + model.error()}}));
        }
        models.push_back(*model);
    }
    return models;
}

ServiceTask<ChatReply> Chats::hold(CallPlan plan, std::vector<LanguageModel*> models,
                                   std::string target, std::string message) {
    CallSessionOptions session;
    session.time_zones = &parts_.time_zones;
    TextCall call({parts_.loop, parts_.http_client, std::move(models)}, std::move(plan), session);
    const Instant deadline = parts_.loop.now() + options_.patience;
    const runtime::CancellationToken stopping = stopping_.token();
    while (!call.is_over()) {
        if (parts_.loop.now() >= deadline) {
            co_return fail(ServiceError{
                ServiceErrorCode::unavailable, "the agent did not finish in time; try again", {}});
        }
        if (!co_await runtime::sleep_for(parts_.loop, audio::frame_duration, stopping)) {
            co_return fail(ServiceError{
                ServiceErrorCode::unavailable, "the server is shutting down; try again", {}});
        }
        call.tick();
        if (!call.is_quiet()) {
            continue;
        }
        if (message.empty()) {
            break;
        }
        call.type(std::exchange(message, {}));
    }
    const SessionSnapshot snapshot = call.freeze();
    ChatReply reply;
    reply.entries = call.entries();
    reply.record = call.record();
    reply.workflow = member_or_empty(snapshot.context, "workflow");
    reply.flags = member_or_empty(snapshot.context, "flags");
    if (!call.is_over()) {
        reply.state = write_state(target, snapshot);
        if (reply.state.size() > options_.state_bytes_max) {
            co_return fail(ServiceError{
                ServiceErrorCode::conflict, "the conversation is too long to go on", {}});
        }
    }
    co_return reply;
}

}  // namespace studio::services
