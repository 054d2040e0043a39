#pragma once

#include <string>
#include <utility>

#include "ports/call_media.hpp"

namespace studio::services {

/// Media of a call without a sound: connected at once, and its owner says when 20 ms are over.
class SilentMedia final : public CallMedia {
public:
    void start(CallMediaListener& listener) override { listener_ = &listener; }
    void send_message(std::string_view /*text*/) override {}
    void close() override { closes_ = true; }
    [[nodiscard]] MediaStats stats() const override { return {}; }

    /// 20 ms are over; `now` is the loop's time. Not from inside the listener.
    void tick(Instant now) {
        if (listener_ == nullptr) {
            return;
        }
        if (std::exchange(closes_, false)) {
            std::exchange(listener_, nullptr)->on_media_event(MediaClosed{MediaCloseReason::local});
            return;
        }
        if (!std::exchange(is_connected_, true)) {
            listener_->on_media_event(MediaConnected{});
            return;
        }
        audio::Frame spoken;
        static_cast<void>(listener_->on_media_frame({}, spoken, now));
    }
    /// The caller writes instead of speaking.
    void type(std::string text) {
        if (listener_ != nullptr) {
            listener_->on_media_event(MediaText{std::move(text)});
        }
    }

private:
    CallMediaListener* listener_ = nullptr;
    bool is_connected_ = false;
    bool closes_ = false;
};

}  // namespace studio::services
