#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ports/call_control.hpp"
#include "ports/room_directory.hpp"
#include "ports/room_events.hpp"
#include "services/calls/direct/direct_calls.hpp"
#include "services/live/memory_live_bus.hpp"
#include "services/resources/agent_check.hpp"

// What stands in a test of the REST port where an outside system would.

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

}  // namespace studio::testing
