#include "services/trial/tool_trial.hpp"

#include <algorithm>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/utf8.hpp"
#include "core/agent/object_reader.hpp"
#include "core/tool/action.hpp"
#include "ports/http_fetch.hpp"

namespace studio::services {
namespace {

constexpr std::size_t object_bytes_max = 16U << 10U;
/// Of a sample, and of what is shown of an answer.
constexpr std::size_t response_characters_max = 16'000;
/// For all requests of one tool: whoever tries it waits for the page.
constexpr milliseconds patience{60'000};
/// Whose part of `agents.*` the tool sees.
constexpr const char* agent_name = "trial";

void read_flags(core::ObjectReader& reader, Json& flags) {
    reader.read_object("flags", flags, object_bytes_max);
    for (const auto& [name, value] : flags.get_object()) {
        if (!value.is_bool()) {
            reader.report("flags", "must be true or false, each");
            return;
        }
    }
}

void read_response(core::ObjectReader& reader, ToolTrialRequest& request,
                   std::vector<core::FieldError>& errors) {
    const Json* response = reader.find("response");
    if (response == nullptr) {
        return;
    }
    if (!request.is_dry_run) {
        reader.report("response", "is for a dry run: the server itself answers");
    }
    core::ObjectReader sample(response, "response", errors);
    sample.read_integer("status", request.response_status, 100, 599);
    if (const Json* body = sample.find("body"); body != nullptr && !body->is_string()) {
        request.response_body = serialize_json(*body);
    } else {
        sample.read_text("body", request.response_body, {.length_max = response_characters_max});
    }
    sample.finish();
}

core::CallContext make_context(const TenantId& tenant, const ToolTrialRequest& request,
                               WallTime now) {
    core::CallContext context(request.user_context.get_object(), JsonObject{{"id", tenant.text()}});
    context.set_agent(agent_name);
    Json saved = context.save();
    saved.get_object()["workflow"] = request.workflow;
    saved.get_object()["flags"] = request.flags;
    // Bounded by what the request may hold.
    [[maybe_unused]] const auto loaded = context.load(saved);
    context.set_now(now);
    return context;
}

/// What a tool did that nobody has to answer.
void note(ToolTrialReply& reply, core::ToolOutput& output) {
    if (auto* say = std::get_if<core::ToolSay>(&output)) {
        reply.said.push_back(std::move(say->text));
    } else if (auto* end = std::get_if<core::ToolEndCall>(&output)) {
        reply.end_reason = std::move(end->reason);
    } else if (auto* hand_off = std::get_if<core::ToolHandoff>(&output)) {
        reply.hand_off_to = std::move(hand_off->target_agent);
    } else if (auto* finished = std::get_if<core::ToolFinished>(&output)) {
        reply.finished = std::move(*finished);
    }
}

Json member_of(const Json& object, std::string_view name) {
    const Json* member = find_member(object, name);
    return member != nullptr ? *member : Json(JsonObject{});
}

}  // namespace

Result<ToolTrialRequest, std::vector<core::FieldError>> parse_tool_trial(const Json& body) {
    std::vector<core::FieldError> errors;
    ToolTrialRequest request;
    core::ObjectReader reader(&body, "", errors);
    reader.read_object("arguments", request.arguments, object_bytes_max);
    reader.read_object("user_context", request.user_context, object_bytes_max);
    reader.read_object("workflow", request.workflow, object_bytes_max);
    read_flags(reader, request.flags);
    reader.read_boolean("dry_run", request.is_dry_run);
    read_response(reader, request, errors);
    reader.finish();
    if (!errors.empty()) {
        return fail(std::move(errors));
    }
    return request;
}

ServiceTask<ToolTrialReply> ToolTrial::run(TenantId tenant, std::string tool,
                                           ToolTrialRequest request) {
    const auto row = co_await parts_.resources.load(ResourceKind::tool, tenant, tool);
    if (!row) {
        co_return fail(from_store(row.error(), "tool"));
    }
    auto definition = core::parse_tool_definition(tool, row->config, row->description);
    if (!definition) {
        co_return fail(invalid(std::move(definition.error())));
    }
    core::CallContext context = make_context(tenant, request, parts_.loop.wall_now());
    core::ToolRun machine(std::make_shared<const core::ToolDefinition>(std::move(*definition)));
    ToolTrialReply reply;
    machine.handle(core::ToolStart{serialize_json(request.arguments)}, context);
    while (auto output = machine.poll_output()) {
        if (auto* needed = std::get_if<core::HttpNeeded>(&*output)) {
            core::HttpNeeded wanted = std::move(*needed);
            const core::ToolInput answer = co_await send(std::move(wanted), request, reply);
            machine.handle(answer, context);
        } else if (const auto* transfer = std::get_if<core::TransferNeeded>(&*output)) {
            reply.transfers.push_back(transfer->target);
            machine.handle(core::ToolPhoneDone{}, context);
        } else if (const auto* keys = std::get_if<core::DigitsNeeded>(&*output)) {
            reply.digits.push_back(keys->digits);
            machine.handle(core::ToolPhoneDone{}, context);
        } else {
            note(reply, *output);
        }
    }
    const Json saved = context.save();
    reply.workflow = member_of(saved, "workflow");
    reply.flags = member_of(saved, "flags");
    co_return reply;
}

Task<core::ToolInput> ToolTrial::send(core::HttpNeeded needed, const ToolTrialRequest& request,
                                      ToolTrialReply& reply) {
    // A copy in the reply, which outlives what is sent.
    reply.requests.push_back({needed, !request.is_dry_run, 0, {}, {}});
    const std::size_t index = reply.requests.size() - 1;
    if (request.is_dry_run) {
        reply.requests[index].status = request.response_status;
        reply.requests[index].response = request.response_body;
        co_return core::ToolHttpFinished{request.response_status, request.response_body, false, 0};
    }
    HttpRequest wanted{.method = std::move(needed.method),
                       .url = std::move(needed.url),
                       .headers = std::move(needed.headers),
                       .body = std::move(needed.body),
                       .timeout = std::min(needed.timeout, patience),
                       .keeps_beginning = true};
    std::erase_if(wanted.headers,
                  [](const auto& header) { return core::is_fencing_header(header.first); });
    wanted.headers.emplace_back(core::idempotency_header, "trial:" + parts_.entropy.uuid());
    HttpFetch fetch(parts_.http_client, std::move(wanted));
    const auto outcome = co_await fetch;
    TriedRequest& tried = reply.requests[index];
    if (!outcome) {
        tried.error = std::string(name_of(outcome.error()));
        co_return core::ToolHttpFailed{tried.error};
    }
    tried.status = outcome->status;
    tried.response = to_plain_text(outcome->body.substr(0, response_characters_max));
    co_return core::ToolHttpFinished{outcome->status, outcome->body, outcome->is_cut,
                                     outcome->whole_bytes};
}

}  // namespace studio::services
