#include "sim/sim_room.hpp"

#include <algorithm>
#include <utility>

#include "base/json.hpp"

namespace studio::sim {

using namespace std::chrono_literals;
using testing_support::FakeCaller;
using testing_support::FakeCallMedia;

InboundFrame RoomCaller::speak(Instant now) {
    now_ = now;
    InboundFrame inbound;
    inbound.captured_at = now - 20ms;
    inbound.origin = FrameOrigin::received;
    if (!is_speaking_ && next_ < lines_.size() && agent_heard_at_ != Instant{} &&
        now - quiet_since_ >= lines_[next_].after) {
        is_speaking_ = true;
        frame_ = 0;
        utterance_ = speech_.add(lines_[next_++].words);
    }
    if (is_speaking_) {
        inbound.frame = speech_.frame(utterance_, frame_);
        is_speaking_ = ++frame_ < speech_.frame_count(utterance_);
        quiet_since_ = now;
    }
    return inbound;
}

void RoomCaller::hear(const audio::Frame* frame, Instant now) {
    const bool is_loud =
        frame != nullptr && std::any_of(frame->samples.begin(), frame->samples.end(),
                                        [](std::int16_t sample) { return sample > 200; });
    if (is_loud) {
        quiet_since_ = now;
        agent_heard_at_ = now;
    }
}

void RoomCaller::read(std::string_view message) {
    const auto json = parse_json(message);
    const Json* final = json ? find_member(*json, "final") : nullptr;
    if (final != nullptr && final->is_bool() && final->get_bool()) {
        told_.push_back({member_text(*json, "role") + ' ' + member_text(*json, "content"), now_});
    }
}

bool RoomCaller::wants_to_leave(Instant now) const {
    return !is_over_ && next_ >= lines_.size() && !is_speaking_ && now - quiet_since_ >= 4s;
}

/// One agent's connection. The caller hears it through a door, which closes with it.
class SimRooms::Media final : public CallMedia {
public:
    Media(SimRooms& rooms, std::string room, RoomCaller& caller, int worker)
        : rooms_(rooms), room_(std::move(room)), door_(*this, caller), worker_(worker) {
        inner_ = std::make_unique<FakeCallMedia>(rooms_.loop(), door_, FakeCallMedia::Options{});
    }
    ~Media() override {
        Room& room = rooms_.rooms_.at(room_);
        if (room.present == this) {
            room.present = nullptr;
        }
    }

    void start(CallMediaListener& listener) override {
        if (inner_ != nullptr) {
            is_started_ = true;
            inner_->start(listener);
            listener.on_media_participant({"caller", {}, {}, true, false});
            if (pending_) {
                inner_->end(*pending_);
            }
        }
    }
    void send_message(std::string_view text) override {
        if (inner_ != nullptr) {
            inner_->send_message(text);
        }
    }
    void close() override {
        if (inner_ != nullptr) {
            inner_->close();
        }
    }
    [[nodiscard]] MediaStats stats() const override {
        return inner_ == nullptr ? MediaStats{} : inner_->stats();
    }
    void end(MediaCloseReason reason) {
        pending_ = reason;
        if (inner_ != nullptr && is_started_) {
            inner_->end(reason);
        }
    }
    void cut() { inner_.reset(); }
    [[nodiscard]] int worker() const { return worker_; }

private:
    struct Door final : FakeCaller {
        Door(Media& its_media, RoomCaller& its_caller) : media(its_media), caller(its_caller) {}
        InboundFrame speak(Instant now) override { return caller.speak(now); }
        void hear(const audio::Frame* frame, Instant now) override {
            caller.hear(frame, now);
            if (caller.agent_heard_at() == now) {
                media.rooms_.on_heard(media.room_);
            }
        }
        void read(std::string_view message) override { caller.read(message); }
        void on_hang_up() override { caller.on_hang_up(); }
        Media& media;
        RoomCaller& caller;
    };

    SimRooms& rooms_;
    std::string room_;
    Door door_;
    int worker_;
    bool is_started_ = false;
    std::optional<MediaCloseReason> pending_;
    std::unique_ptr<FakeCallMedia> inner_;
};

std::unique_ptr<CallMedia> SimRooms::join(const std::string& name, int worker) {
    Room& room = rooms_.at(name);
    if (room.present != nullptr) {
        room.present->end(MediaCloseReason::replaced);
    }
    auto media = std::make_unique<Media>(*this, name, *room.caller, worker);
    room.present = media.get();
    ++room.joins;
    if (room.caller->is_over()) {
        media->end(MediaCloseReason::remote);
    }
    return media;
}

void SimRooms::cut(int worker) {
    for (auto& [name, room] : rooms_) {
        if (room.cut_at) {
            room.cut_at = loop_.now();  // It may have been on its way to this caller.
        }
        if (room.present != nullptr && room.present->worker() == worker) {
            room.present->cut();
            room.present = nullptr;
            if (!room.caller->is_over()) {
                room.cut_at = loop_.now();
            }
        }
    }
}

void SimRooms::leave(const std::string& name) {
    Room& room = rooms_.at(name);
    room.caller->leave();
    room.cut_at.reset();
    if (room.present != nullptr) {
        room.present->end(MediaCloseReason::remote);
    }
}

void SimRooms::on_heard(const std::string& name) {
    Room& room = rooms_.at(name);
    if (room.cut_at) {
        silences_.push_back(loop_.now() - *room.cut_at);
        room.cut_at.reset();
    }
}

int SimRooms::unanswered() const {
    return static_cast<int>(std::count_if(rooms_.begin(), rooms_.end(), [](const auto& room) {
        return room.second.cut_at.has_value() && !room.second.caller->is_over();
    }));
}

}  // namespace studio::sim
