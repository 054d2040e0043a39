#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "base/base64.hpp"
#include "livekit.pb.h"
#include "protocol/livekit/signal_session.hpp"

namespace studio::livekit {

/// Somebody in the room, as the server tells of them.
inline wire::ParticipantInfo participant(const std::string& identity, int kind,
                                         const std::string& track) {
    wire::ParticipantInfo info;
    info.set_sid("PA_" + identity);
    info.set_identity(identity);
    info.set_state(2);
    info.set_kind(kind);
    if (!track.empty()) {
        info.add_tracks()->set_sid(track);
    }
    return info;
}

/// A session and a server played by hand.
class Signalling : public testing::Test {
protected:
    void join(SignalOptions options = {}) {
        options.token = Secret<std::string>("token");
        session_.emplace(options);
        session_->join("v=0 offer", "cid", now_);
        drain();
    }

    void tell(const wire::SignalResponse& response) {
        const std::string bytes = response.SerializeAsString();
        session_->handle_message(bytes_of(bytes), now_);
        drain();
    }

    void welcome(const std::vector<wire::ParticipantInfo>& others = {}) {
        wire::SignalResponse response;
        *response.mutable_join()->mutable_participant() = participant("agent", 4, "");
        for (const auto& other : others) {
            *response.mutable_join()->add_other_participants() = other;
        }
        tell(response);
        wire::SignalResponse answer;
        answer.mutable_answer()->set_sdp("v=0 answer");
        answer.mutable_answer()->set_id(1);
        tell(answer);
        session_->media_connected();
    }

    void update(const wire::ParticipantInfo& info) {
        wire::SignalResponse response;
        *response.mutable_update()->add_participants() = info;
        tell(response);
    }

    void leave(int action, int reason) {
        wire::SignalResponse response;
        response.mutable_leave()->set_action(action);
        response.mutable_leave()->set_reason(reason);
        tell(response);
    }

    void pass(milliseconds time) {
        now_ += time;
        session_->handle_timeout(now_);
        drain();
    }

    void drain() {
        outputs_.clear();
        while (auto output = session_->poll_output()) {
            outputs_.push_back(std::move(*output));
        }
    }

    template <class Output>
    [[nodiscard]] const Output* find() const {
        for (const SignalOutput& output : outputs_) {
            if (const auto* found = std::get_if<Output>(&output)) {
                return found;
            }
        }
        return nullptr;
    }

    [[nodiscard]] std::vector<wire::SignalRequest> sent() const {
        std::vector<wire::SignalRequest> requests;
        for (const SignalOutput& output : outputs_) {
            if (const auto* send = std::get_if<SignalSend>(&output)) {
                requests.emplace_back().ParseFromString(send->bytes);
            }
        }
        return requests;
    }

    [[nodiscard]] wire::JoinRequest asked() const {
        const auto* connect = find<SignalConnect>();
        wire::JoinRequest request;
        if (connect != nullptr) {
            const std::string target = connect->target;
            const auto bytes = decode_base64(target.substr(target.find('=') + 1), Base64Kind::url);
            wire::WrappedJoinRequest wrapped;
            EXPECT_TRUE(bytes && wrapped.ParseFromString(*bytes));
            EXPECT_TRUE(request.ParseFromString(wrapped.join_request()));
        }
        return request;
    }

    Instant now_{seconds(100)};
    std::optional<SignalSession> session_;
    std::vector<SignalOutput> outputs_;
};

}  // namespace studio::livekit
