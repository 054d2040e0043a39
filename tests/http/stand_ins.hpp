#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "ports/call_control.hpp"
#include "ports/room_directory.hpp"
#include "ports/room_events.hpp"
#include "ports/time_zones.hpp"
#include "services/calls/direct/call_starter.hpp"
#include "services/resources/agent_check.hpp"

namespace studio::testing {

/// Knows the provider names of the tests.
class TestAgentCheck final : public services::AgentCheck {
public:
    std::vector<core::FieldError> check(const core::AgentConfig& agent,
                                        std::string_view root) const override {
        if (agent.stt.provider == "local") {
            return {};
        }
        return {{std::string(root) + ".stt.provider", "unknown provider; known are: local"}};
    }
    std::vector<core::FieldError> warnings(const core::AgentConfig& agent,
                                           std::string_view root) const override {
        if (agent.llm.provider != "openai") {
            return {};
        }
        return {{std::string(root) + ".llm.provider", "has no key"}};
    }
};

/// Answers every offer that begins as SDP does, and stores nothing.
class TestCallStarter final : public services::CallStarter {
public:
    Task<Result<std::string, services::StartError>> start(services::DirectOrder order) override {
        if (!order.offer_sdp.starts_with("v=0")) {
            co_return fail(services::StartError::malformed_offer);
        }
        co_return std::string("v=0\r\no=answer\r\n");
    }
    Task<bool> end(CallId, core::EndReason) override { co_return true; }
};

/// No call is held here.
class NobodyHolds final : public CallControl {
public:
    Task<ControlResult> control(TenantId, CallId, core::CallCommand) override {
        co_return fail(ControlRefusal{});
    }
};

/// Knows one signature, "good"; no room is a call's.
class TestRooms final : public RoomEventReader, public RoomDirectory {
public:
    Result<RoomEvent, RoomEventError> read(std::string_view authorization, std::string_view body,
                                           WallTime) const override {
        if (authorization != "good") {
            return fail(RoomEventError::unauthorized);
        }
        if (!parse_json(body)) {
            return fail(RoomEventError::malformed);
        }
        return RoomEvent{};
    }
    Task<Result<core::CallRecord, StoreError>> find_by_room(std::string) override {
        co_return fail(StoreError::not_found);
    }
};

inline std::string only_public(const std::string& host, std::uint16_t) {
    return host == "127.0.0.1" ? "is private" : "";
}

/// What came back for one request.
struct TestReply {
    int status = 0;
    std::string head;
    std::string body;
};

class NoZones final : public TimeZones {
public:
    [[nodiscard]] std::shared_ptr<const core::ZoneRules> find(std::string_view) override {
        return nullptr;
    }
};

}  // namespace studio::testing
