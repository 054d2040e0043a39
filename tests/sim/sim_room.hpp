#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/entropy.hpp"
#include "ports/media_room.hpp"
#include "runtime/loop.hpp"
#include "support/fakes/fake_call_media.hpp"
#include "support/fakes/simulated_speech.hpp"

namespace studio::sim {

/// A caller in a room who speaks each line once, when the agent has been quiet for a while, and
/// then hangs up. They stay while workers come and go.
class RoomCaller final : public testing_support::FakeCaller {
public:
    struct Line {
        std::string words;
        milliseconds after{1'000};
    };

    RoomCaller(testing_support::SimulatedSpeech& speech, std::vector<Line> lines)
        : speech_(speech), lines_(std::move(lines)) {}

    [[nodiscard]] InboundFrame speak(Instant now) override;
    void hear(const audio::Frame* frame, Instant now) override;
    void read(std::string_view message) override;
    void on_hang_up() override { is_over_ = true; }

    /// Whether they said all and waited for the answer.
    [[nodiscard]] bool wants_to_leave(Instant now) const;
    [[nodiscard]] bool is_over() const { return is_over_; }
    void leave() { is_over_ = true; }
    [[nodiscard]] Instant agent_heard_at() const { return agent_heard_at_; }
    /// Lines of the transcript that the caller's side was told, with the time.
    struct Told {
        std::string content;
        Instant at{};
    };
    [[nodiscard]] const std::vector<Told>& told() const { return told_; }

private:
    testing_support::SimulatedSpeech& speech_;
    std::vector<Line> lines_;
    std::vector<Told> told_;
    std::size_t next_ = 0;
    bool is_speaking_ = false;
    bool is_over_ = false;
    std::uint16_t utterance_ = 0;
    std::size_t frame_ = 0;
    /// When either side was last heard.
    Instant quiet_since_{};
    Instant agent_heard_at_{};
    Instant now_{};
};

/// The media server: one room for each call, in which one agent at a time has its identity.
class SimRooms {
public:
    class Media;

    explicit SimRooms(runtime::Loop& loop) : loop_(loop) {}

    void open(const std::string& room, RoomCaller& caller) { rooms_[room] = {&caller, {}, {}, {}}; }
    /// As MediaRooms::join(), by the worker of that number.
    [[nodiscard]] std::unique_ptr<CallMedia> join(const std::string& room, int worker);
    /// The media server cannot be reached: nobody gets in.
    void set_away(bool away) { is_away_ = away; }
    [[nodiscard]] bool is_away() const { return is_away_; }
    /// That worker was killed: its connections are gone without a word.
    void cut(int worker);
    /// The caller hangs up.
    void leave(const std::string& room);

    /// How long each caller whose agent was cut off heard nothing, until an agent spoke again.
    [[nodiscard]] const std::vector<nanoseconds>& silences() const { return silences_; }
    /// The same that are not over.
    [[nodiscard]] int unanswered() const;
    [[nodiscard]] runtime::Loop& loop() { return loop_; }
    void on_heard(const std::string& room);

private:
    struct Room {
        RoomCaller* caller = nullptr;
        Media* present = nullptr;
        Deadline cut_at;
        int joins = 0;
    };

    runtime::Loop& loop_;
    std::map<std::string, Room> rooms_;
    bool is_away_ = false;
    std::vector<nanoseconds> silences_;
};

}  // namespace studio::sim
