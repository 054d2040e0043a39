#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "apps/call/caller_script.hpp"
#include "base/json.hpp"
#include "protocol/livekit/text_streams.hpp"

namespace studio::apps {

/// Shows a call as it goes on: text for people, or one JSON object a line. What the agent's side
/// says of itself comes as the events of docs/events.md; what the caller measured comes from the
/// caller.
class CallView {
public:
    /// `out` is borrowed.
    CallView(std::ostream& out, bool json) : out_(out), json_(json) {}

    void show_start(const std::string& call_id, const std::string& agent);
    /// Instead of show_start(), where a room is entered that somebody else made.
    void show_room(const std::string& url);
    /// The caller begins to say this line.
    void show_line(std::string_view text);
    /// A message of the events channel: hostile, shown as far as it can be read.
    void show_event(std::string_view message);
    /// What somebody in the room wrote, or the transcript of what was said: hostile.
    void show_text(const livekit::ReceivedText& text);
    /// The caller heard the first sound of an answer.
    void show_answer(const CallerScript::Answer& answer);
    void show_end(const std::string& call_id, const std::string& reason,
                  const std::vector<CallerScript::Answer>& answers, std::size_t lines_said);

private:
    void print_row(std::string_view who, std::string_view text);
    void print_transcript(const Json& event);
    void print_latency(const Json& event);
    void print_json(JsonObject object);

    std::ostream& out_;
    bool json_;
    /// Its events tell more than the transcripts that every front end gets.
    bool agent_tells_events_ = false;
};

}  // namespace studio::apps
