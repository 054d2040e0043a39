#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ports/call_media.hpp"
#include "runtime/loop.hpp"

namespace studio::testing_support {

/// The other end of FakeCallMedia: whoever plays the caller.
class FakeCaller : public Interface {
public:
    /// What the session hears in this tick.
    [[nodiscard]] virtual InboundFrame speak(Instant now) = 0;
    /// What the session says in this tick; nullptr for silence.
    virtual void hear(const audio::Frame* frame, Instant now) = 0;
    /// A message on the events channel.
    virtual void read(std::string_view message) = 0;
    /// The session hung up.
    virtual void on_hang_up() = 0;
};

/// A voice connection on a loop of any kind: connects after a while, then exchanges a frame every
/// 20 ms until either side hangs up.
class FakeCallMedia final : public CallMedia {
public:
    struct Options {
        milliseconds connect_after{50};
        /// Never connects; MediaClosed{never_connected} comes instead.
        bool never_connects = false;
        /// Whether somebody receives the agent's voice from the start.
        bool is_subscribed = true;
    };

    /// Borrows both, which outlive it.
    FakeCallMedia(runtime::Loop& loop, FakeCaller& caller, Options options);
    ~FakeCallMedia() override;

    void start(CallMediaListener& listener) override;
    void send_message(std::string_view text) override;
    void close() override;
    [[nodiscard]] MediaStats stats() const override { return stats_; }

    /// The caller hangs up, or the network does: MediaClosed with this reason.
    void end(MediaCloseReason reason);
    /// The caller's connection breaks, or stands again: nothing is heard of them meanwhile.
    void set_away(bool is_away);
    /// Whether the agent's voice is received; what is said otherwise is lost.
    void set_subscribed(bool is_subscribed);
    /// The caller writes on the events channel.
    void write(std::string text);
    /// Frames that were said to a caller who was away.
    [[nodiscard]] int spoken_to_nobody() const { return spoken_to_nobody_; }

private:
    void on_connect();
    void on_tick();

    runtime::Loop& loop_;
    FakeCaller& caller_;
    Options options_;
    CallMediaListener* listener_ = nullptr;
    std::unique_ptr<runtime::Timer> timer_;
    Instant next_tick_{};
    MediaStats stats_;
    bool closed_ = false;
    bool is_away_ = false;
    bool is_subscribed_ = true;
    int spoken_to_nobody_ = 0;
};

}  // namespace studio::testing_support
