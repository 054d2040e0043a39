#include "apps/call/call_view.hpp"

#include <array>
#include <cmath>
#include <iomanip>
#include <utility>

#include "core/call/call_record.hpp"

namespace studio::apps {
namespace {

/// The stages of a turn by what a reader calls that which they wait for, in their order.
constexpr std::array<const char*, core::turn_stages.size()> stage_titles{
    "endpoint", "transcript", "model", "sentence", "voice", "packet"};

/// Terminals obey control characters, so none of a stranger's reaches ours.
std::string printable(std::string_view text) {
    std::string clean(text);
    for (char& c : clean) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            c = ' ';
        }
    }
    return clean;
}

std::int64_t member_number(const Json& value, std::string_view name) {
    const Json* member = find_member(value, name);
    return member != nullptr && member->is_int64() ? member->get_int64() : 0;
}

bool member_true(const Json& value, std::string_view name) {
    const Json* member = find_member(value, name);
    return member != nullptr && member->is_bool() && member->get_bool();
}

double to_ms(nanoseconds duration) {
    return std::round(std::chrono::duration<double, std::milli>(duration).count() * 10.0) / 10.0;
}

}  // namespace

void CallView::show_start(const std::string& call_id, const std::string& agent) {
    if (json_) {
        print_json({{"type", "start"}, {"call_id", call_id}, {"agent", agent}});
    } else {
        out_ << "  call " << call_id << " with agent '" << agent << "'\n" << std::flush;
    }
}

void CallView::show_room(const std::string& url) {
    if (json_) {
        print_json({{"type", "start"}, {"url", url}});
    } else {
        out_ << "  a room of " << url << '\n' << std::flush;
    }
}

void CallView::show_line(std::string_view text) {
    if (json_) {
        print_json({{"type", "say"}, {"text", text}});
    } else {
        print_row("caller", text);
    }
}

void CallView::show_event(std::string_view message) {
    const auto event = parse_json(message, json_to_repair);
    if (!event || !event->is_object()) {
        return;
    }
    agent_tells_events_ = true;
    if (json_) {
        print_json(event->get_object());
        return;
    }
    const std::string type = member_text(*event, "type");
    if (type == "transcript") {
        print_transcript(*event);
    } else if (type == "latency") {
        print_latency(*event);
    } else if (type == "tool") {
        print_row("tool", member_text(*event, "name") +
                              (member_true(*event, "ok") ? " has run" : " has failed"));
    } else if (type == "interrupted") {
        print_row("", "(interrupted)");
    }
}

void CallView::show_text(const livekit::ReceivedText& text) {
    const auto attribute = [&text](const char* name) {
        const auto found = text.attributes.find(name);
        return found == text.attributes.end() ? std::string() : found->second;
    };
    const bool is_final = attribute("lk.transcription_final") != "false";
    if (json_) {
        print_json({{"type", "text"},
                    {"topic", text.topic},
                    {"sender", text.sender_identity},
                    {"segment_id", attribute("lk.segment_id")},
                    {"final", is_final},
                    {"text", text.text}});
    } else if (is_final && !agent_tells_events_) {
        print_row(printable(text.sender_identity), text.text);
    }
}

void CallView::show_answer(const CallerScript::Answer& answer) {
    if (json_) {
        print_json({{"type", "answer"},
                    {"line", answer.line},
                    {"mouth_to_ear_ms", to_ms(answer.mouth_to_ear)},
                    {"jitter_buffer_ms", to_ms(answer.jitter_buffer)}});
    } else {
        print_row("", "heard " + std::to_string(to_milliseconds(answer.mouth_to_ear)) +
                          " ms after the caller's last sound, " +
                          std::to_string(to_milliseconds(answer.jitter_buffer)) +
                          " of them in the caller's own jitter buffer");
    }
}

void CallView::show_end(const std::string& call_id, const std::string& reason,
                        const std::vector<CallerScript::Answer>& answers, std::size_t lines_said) {
    if (!json_) {
        out_ << "  the call is over: " << reason << '\n' << std::flush;
        return;
    }
    JsonArray list;
    for (const auto& answer : answers) {
        list.push_back({{"line", answer.line},
                        {"mouth_to_ear_ms", to_ms(answer.mouth_to_ear)},
                        {"jitter_buffer_ms", to_ms(answer.jitter_buffer)}});
    }
    print_json({{"type", "summary"},
                {"call_id", call_id},
                {"reason", reason},
                {"lines_said", lines_said},
                {"answers", std::move(list)}});
}

void CallView::print_row(std::string_view who, std::string_view text) {
    out_ << "  " << std::left << std::setw(8) << who << ' ' << printable(text) << '\n'
         << std::flush;
}

void CallView::print_transcript(const Json& event) {
    const bool final = member_true(event, "final");
    const bool user = member_text(event, "role") == "user";
    if (user && final) {
        print_row("", "understood: " + member_text(event, "content"));
    } else if (!user && !final) {
        print_row("agent", member_text(event, "content"));
    }
}

void CallView::print_latency(const Json& event) {
    std::string text;
    for (std::size_t index = 0; index < core::turn_stages.size(); ++index) {
        const std::string member = std::string(core::turn_stages.at(index).name) + "_ms";
        if (find_member(event, member) != nullptr) {
            text += (text.empty() ? "" : ", ") + std::string(stage_titles.at(index)) + ' ' +
                    std::to_string(member_number(event, member));
        }
    }
    print_row("turn " + std::to_string(member_number(event, "turn")), text + " ms");
}

void CallView::print_json(JsonObject object) {
    out_ << serialize_json(std::move(object)) << '\n' << std::flush;
}

}  // namespace studio::apps
