#include "adapters/livekit/livekit_rooms.hpp"

#include <coroutine>
#include <optional>
#include <utility>

#include "adapters/livekit/internal/room_call.hpp"

namespace studio::adapters {
namespace {

/// What the session holds.
class RoomMedia final : public CallMedia, private CallRoom {
public:
    explicit RoomMedia(std::shared_ptr<RoomCall> call) : call_(std::move(call)) {}
    ~RoomMedia() override { call_->detach(); }

    void start(CallMediaListener& listener) override { call_->listen(listener); }
    void send_message(std::string_view text) override { call_->send_message(text); }
    [[nodiscard]] CallRoom* room() override { return this; }
    void close() override { call_->close(); }
    [[nodiscard]] MediaStats stats() const override { return call_->stats(); }

private:
    void send_digit(char digit) override { call_->send_digit(digit); }
    void show_transcript(const MediaTranscript& transcript) override {
        call_->show_transcript(transcript);
    }
    void show_agent_state(MediaAgentState state) override { call_->show_agent_state(state); }
    void expect_replacement(bool expected) override { call_->expect_replacement(expected); }

    std::shared_ptr<RoomCall> call_;
};

/// Waits for the answer of the room. Destroyed in the middle, it wakes nobody.
class Joining {
public:
    explicit Joining(RoomCall& call) : call_(call) {}
    ~Joining() { call_.forget_joined(); }
    Joining(const Joining&) = delete;
    Joining& operator=(const Joining&) = delete;

    [[nodiscard]] bool await_ready() {
        call_.start([this](Result<void, RoomError> result) {
            result_ = result;
            if (awaiter_) {
                awaiter_.resume();
            }
        });
        return result_.has_value();
    }
    void await_suspend(std::coroutine_handle<> awaiter) { awaiter_ = awaiter; }
    Result<void, RoomError> await_resume() { return *result_; }

private:
    RoomCall& call_;
    std::coroutine_handle<> awaiter_;
    std::optional<Result<void, RoomError>> result_;
};

}  // namespace

LivekitRooms::LivekitRooms(LivekitOptions options, Parts parts,
                           std::shared_ptr<const webrtc::Identity> identity, MakeToken make_token)
    : options_(std::move(options)),
      parts_(parts),
      identity_(std::move(identity)),
      make_token_(std::move(make_token)),
      room_count_(std::make_shared<std::size_t>(0)),
      scope_(parts.loop) {}

LivekitRooms::~LivekitRooms() = default;

Task<void> LivekitRooms::close() {
    co_await scope_.close();
}

Task<void> LivekitRooms::check_room(std::string room_name, OnChecked on_checked) {
    // Whoever asks is in the middle of their work.
    co_await runtime::resume_on(parts_.loop);
    const auto found = co_await parts_.people->exists(std::move(room_name));
    on_checked(found ? std::optional(*found) : std::nullopt);
}

Task<Result<std::unique_ptr<CallMedia>, RoomError>> LivekitRooms::join(RoomJoin request) {
    if (*room_count_ >= options_.rooms_max) {
        co_return fail(RoomError::full);
    }
    ++*room_count_;
    livekit::SignalOptions signal;
    signal.token = request.token.reveal().empty() ? make_token_(request) : request.token;
    signal.people.caller_identity = request.caller_identity;
    signal.people.may_lack_caller = request.may_lack_caller;
    signal.people.heard_max = options_.webrtc.sources_max;
    signal.voice_is_pcmu = request.phone_only;
    signal.attributes = {{std::string(livekit::agent_state_attribute), "initializing"}};
    signal.join_timeout = request.timeout;
    signal.asks_room = parts_.people != nullptr;
    auto call = std::make_shared<RoomCall>(RoomCallOptions{
        .loop = parts_.loop,
        .sockets = parts_.sockets,
        .entropy = parts_.entropy,
        .livekit = options_,
        .identity = identity_,
        .signal = std::move(signal),
        .tick_offset = milliseconds(next_slot_++ % 20),
        .call_id = std::move(request.call_id),
        .may_return = std::move(request.may_return),
        .check_room =
            [this, room = request.room_name](OnChecked on_checked) {
                scope_.spawn(check_room(room, std::move(on_checked)));
            },
        .place = std::shared_ptr<void>(nullptr, [count = room_count_](void*) { --*count; })});
    // From here whoever lets go of this task leaves the room.
    auto media = std::make_unique<RoomMedia>(call);
    const auto result = co_await Joining(*call);
    if (!result) {
        co_return fail(result.error());
    }
    co_return std::unique_ptr<CallMedia>(std::move(media));
}

}  // namespace studio::adapters
