#include "adapters/livekit/livekit_caller.hpp"

#include <utility>

#include "adapters/livekit/internal/room_call.hpp"

namespace studio::adapters {

LivekitCaller::LivekitCaller(const LivekitCallerOptions& options, Parts parts,
                             std::shared_ptr<const webrtc::Identity> identity) {
    livekit::SignalOptions signal;
    signal.token = options.token;
    signal.people.caller_identity = options.heard_identity;
    signal.people.hears_agents = true;
    signal.voice_is_pcmu = options.is_phone;
    call_ = std::make_shared<RoomCall>(RoomCallOptions{.loop = parts.loop,
                                                       .sockets = parts.sockets,
                                                       .entropy = parts.entropy,
                                                       .livekit = options.livekit,
                                                       .identity = std::move(identity),
                                                       .signal = std::move(signal),
                                                       .tick_offset = options.tick_offset});
}

LivekitCaller::~LivekitCaller() {
    call_->detach();
}

void LivekitCaller::set_on_text(std::function<void(const livekit::ReceivedText&)> on_text) {
    call_->set_on_text(std::move(on_text));
}

void LivekitCaller::start(CallMediaListener& listener) {
    call_->listen(listener);
    call_->start([call = call_.get()](Result<void, RoomError> result) {
        if (!result) {
            call->close_unjoined();
        }
    });
}

void LivekitCaller::send_message(std::string_view text) {
    call_->send_message(text);
}

void LivekitCaller::send_digit(char digit) {
    call_->send_digit(digit);
}

void LivekitCaller::close() {
    call_->close();
}

MediaStats LivekitCaller::stats() const {
    return call_->stats();
}

}  // namespace studio::adapters
