#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/call/caller_presence.hpp"
#include "core/call/end_reason.hpp"
#include "core/context/call_context.hpp"
#include "ports/call_media.hpp"
#include "services/conversation/effects/call_phone.hpp"
#include "services/conversation/effects/internal/telephone.hpp"
#include "services/conversation/session/internal/session_link.hpp"
#include "services/conversation/session/phone_news.hpp"

namespace studio::services {

/// The other side of a call: who it is, when they are there, the telephone that they may hold, and
/// what it means when they are gone. On the call's loop.
class CallerSide final : public Telephone, public PhoneNews {
public:
    struct Parts {
        SessionLink& link;
        core::CallContext& context;
        CallMedia& media;
        /// nullptr where the call is not by telephone.
        CallPhone* phone = nullptr;
    };
    /// How far the call had come when its media went.
    struct Stage {
        /// Nobody was there yet, in a room.
        bool awaits_caller = false;
        /// A word could be said.
        bool has_begun = false;
        /// It was a call before, held elsewhere, and is not yet carried on.
        bool is_resumed = false;
    };

    explicit CallerSide(const Parts& parts) : parts_(parts) {}

    /// Empty until somebody came, connected or not yet.
    [[nodiscard]] const std::string& identity() const { return identity_; }
    /// Somebody came, or is told more about.
    void note(const MediaParticipant& participant);

    // Whether they are there for now: speech waits for the caller, as a word that nobody hears was
    // not said.
    /// The media tells that they are away, or back.
    void note_away(bool is_away);
    /// The media tells whether anybody receives the agent's voice.
    void note_subscribed(bool is_subscribed);
    /// Every 20 ms in which the agent may speak: true while nobody receives its voice, for a few
    /// seconds at most, since not every front end can be waited for.
    [[nodiscard]] bool awaits_subscription(Instant now);
    /// Every 20 ms: whether packets come, and whether anything is to be heard in them.
    void watch(const InboundFrame& inbound, bool is_audible, Instant now);
    [[nodiscard]] bool is_away() const { return is_away_; }

    /// The media is gone: MediaDown with what that means, now or as soon as the telephone network
    /// has told.
    void media_closed(MediaCloseReason reason, const Stage& stage);

    void rings(core::CallStatus stage) override;
    void answered() override;
    void not_reached(core::EndReason reason) override;

    [[nodiscard]] bool is_there() const override { return parts_.phone != nullptr; }
    void press(char key) override;
    void transfer(std::string target, std::function<void(std::string)> done) override;

private:
    void note_phone(const core::PhoneContext& phone, bool is_connected);
    void show_presence();
    [[nodiscard]] bool explains_end(const Stage& stage);
    /// What the end of the media means for the call.
    [[nodiscard]] core::EndReason end_of(MediaCloseReason reason, const Stage& stage) const;
    void on_transferred(const std::string& error);

    Parts parts_;
    std::string identity_;
    core::CallerPresence presence_;
    /// What the media told of it.
    bool is_told_away_ = false;
    Instant told_away_at_{};
    bool is_away_ = false;
    bool is_subscribed_ = true;
    /// Until then its subscription is waited for; from the first moment at which there is something
    /// to wait for.
    Deadline subscription_ends_;
    /// A transfer is under way, or was done.
    bool is_transferring_ = false;
    bool is_transferred_ = false;
    /// The room is gone, and why is about to be told.
    bool end_waits_ = false;
    /// Expires with this, for transfers that end later.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace studio::services
