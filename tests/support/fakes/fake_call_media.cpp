#include "support/fakes/fake_call_media.hpp"

namespace studio::testing_support {

FakeCallMedia::FakeCallMedia(runtime::Loop& loop, FakeCaller& caller, Options options)
    : loop_(loop), caller_(caller), options_(options), is_subscribed_(options.is_subscribed) {}

FakeCallMedia::~FakeCallMedia() = default;

void FakeCallMedia::start(CallMediaListener& listener) {
    listener_ = &listener;
    timer_ = loop_.start_timer(loop_.now() + options_.connect_after, [this] {
        if (options_.never_connects) {
            end(MediaCloseReason::never_connected);
        } else {
            on_connect();
        }
    });
}

void FakeCallMedia::send_message(std::string_view text) {
    if (!closed_) {
        caller_.read(text);
    }
}

void FakeCallMedia::close() {
    if (!closed_) {
        caller_.on_hang_up();
        end(MediaCloseReason::local);
    }
}

void FakeCallMedia::end(MediaCloseReason reason) {
    if (closed_) {
        return;
    }
    closed_ = true;
    timer_ = loop_.start_timer(loop_.now(), [this, reason] {
        listener_->on_media_event(MediaClosed{reason});  // May destroy this.
    });
}

void FakeCallMedia::write(std::string text) {
    if (!closed_ && listener_ != nullptr) {
        listener_->on_media_event(MediaMessage{std::move(text)});
    }
}

void FakeCallMedia::set_away(bool is_away) {
    if (!closed_ && listener_ != nullptr) {
        is_away_ = is_away;
        listener_->on_media_event(MediaCallerAway{is_away});
    }
}

void FakeCallMedia::set_subscribed(bool is_subscribed) {
    if (!closed_ && listener_ != nullptr) {
        is_subscribed_ = is_subscribed;
        listener_->on_media_event(MediaSubscribed{is_subscribed});
    }
}

void FakeCallMedia::on_connect() {
    next_tick_ = loop_.now() + audio::frame_duration;
    timer_ = loop_.start_timer(next_tick_, [this] { on_tick(); });
    if (!options_.is_subscribed) {
        listener_->on_media_event(MediaSubscribed{false});
    }
    listener_->on_media_event(MediaConnected{});
}

void FakeCallMedia::on_tick() {
    next_tick_ += audio::frame_duration;
    timer_ = loop_.start_timer(next_tick_, [this] { on_tick(); });
    const Instant now = loop_.now();
    InboundFrame inbound = caller_.speak(now);
    if (is_away_) {
        inbound = {};
    }
    stats_.packets_received += inbound.origin == FrameOrigin::received ? 1U : 0U;
    audio::Frame outbound;
    const bool speaks = listener_->on_media_frame(inbound, outbound, now);
    if (closed_) {
        return;
    }
    stats_.packets_sent += speaks ? 1U : 0U;
    spoken_to_nobody_ += speaks && is_away_ ? 1 : 0;
    caller_.hear(speaks && !is_away_ && is_subscribed_ ? &outbound : nullptr, now);
}

}  // namespace studio::testing_support
