#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/entropy.hpp"
#include "base/json.hpp"
#include "core/call/call_record.hpp"
#include "ports/http_client.hpp"
#include "ports/language_model.hpp"
#include "ports/provider_registry.hpp"
#include "ports/resource_store.hpp"
#include "ports/time_zones.hpp"
#include "runtime/cancellation.hpp"
#include "runtime/loop.hpp"
#include "services/conversation/session/call_plan.hpp"
#include "services/errors/service_error.hpp"
#include "services/resources/agent_loader.hpp"

namespace studio::services {

/// The body of a chat request, checked.
struct ChatRequest {
    /// What the caller writes; empty at the beginning, to let the agent speak first.
    std::string message{};
    /// ChatReply::state of the reply that is answered; empty to begin.
    std::string state{};
    /// `{{user.*}}`; at the beginning only.
    Json user_context = JsonObject{};
};

/// Reads {message, state, user_context}; every wrong or unknown field is reported.
[[nodiscard]] Result<ChatRequest, std::vector<core::FieldError>> parse_chat_request(
    const Json& body);

/// What came of it.
struct ChatReply {
    /// What was said and done since the last reply, the caller's own words included.
    std::vector<core::TranscriptEntry> entries;
    /// Agents so far, errors, tokens, and why the call ended where it did.
    core::CallRecord record;
    /// `workflow` and `flags` as they stand (core::CallContext).
    Json workflow = JsonObject{};
    Json flags = JsonObject{};
    /// From which the conversation goes on; empty where it is over. Whoever keeps an older one may
    /// go back to it.
    std::string state;
};

struct ChatsOptions {
    /// At once, over all tenants: each holds a call's memory.
    std::size_t under_way_max = 32;
    /// How long an agent may take for everything that it does before it waits for the caller again.
    milliseconds patience{60'000};
    /// Of what is given as `state`.
    std::size_t state_bytes_max = 512U << 10U;
};

/// Agents and workflows tried in text: the dialogue, tools and hand-offs of a call, without a sound
/// and without a row. Nothing is kept between two requests: the reply has all from which the next
/// goes on, so that any server may answer it. Tools do what they do in a call. One loop; what it is
/// built from outlives it and its tasks.
class Chats {
public:
    struct Parts {
        ResourceStore& resources;
        const ProviderRegistry<LanguageModel>& models;
        HttpClient& http_client;
        TimeZones& time_zones;
        Entropy& entropy;
        runtime::Loop& loop;
    };

    explicit Chats(Parts parts, ChatsOptions options = {}) : parts_(parts), options_(options) {}

    /// The agent's greeting, or its answer. not_found without the agent or workflow,
    /// validation_error where it cannot be called or the state is none of its, rate_limit_exceeded
    /// where too many are under way, unavailable where the agent did not finish.
    [[nodiscard]] ServiceTask<ChatReply> say(TenantId tenant, CallTarget target,
                                             ChatRequest request);
    /// From now on everything ends with unavailable.
    void stop() { stopping_.request(); }

private:
    [[nodiscard]] ServiceTask<CallPlan> make_plan(TenantId tenant, CallTarget target,
                                                  ChatRequest request) const;
    [[nodiscard]] ServiceResult<std::vector<LanguageModel*>> choose_models(
        const CallPlan& plan) const;
    [[nodiscard]] ServiceTask<ChatReply> hold(CallPlan plan, std::vector<LanguageModel*> models,
                                              std::string target, std::string message);

    Parts parts_;
    ChatsOptions options_;
    std::size_t under_way_ = 0;
    runtime::CancellationSource stopping_;
};

}  // namespace studio::services
