#include "apps/call/caller_script.hpp"

#include <utility>

#include "audio/level.hpp"

namespace studio::apps {

CallerScript::CallerScript(std::vector<Line> lines, CallerScriptOptions options)
    : lines_(std::move(lines)), options_(options) {}

const audio::Frame* CallerScript::exchange(const audio::Frame& heard, Instant now,
                                           nanoseconds jitter_buffer) {
    const bool agent_speaks = audio::level_dbfs(heard.samples) > options_.speech_level_dbfs;
    if (agent_speaks && last_spoken_at_ && !speaking_) {
        // The frame that starts now was heard from `now` on.
        answers_.push_back({next_line_ - 1, now - *last_spoken_at_, jitter_buffer});
        last_spoken_at_.reset();
    }
    if (!speaking_) {
        listen(agent_speaks, now);
    }
    return speaking_ ? speak(now) : nullptr;
}

std::optional<std::size_t> CallerScript::line_spoken() const {
    return speaking_ ? std::optional(next_line_) : std::nullopt;
}

void CallerScript::listen(bool agent_speaks, Instant now) {
    if (agent_speaks) {
        heard_agent_ = true;
        silent_since_.reset();
        return;
    }
    if (!silent_since_) {
        silent_since_ = now;
    }
    const nanoseconds silence = now - *silent_since_;
    const bool turn_is_ours = heard_agent_ && silence >= options_.patience;
    if (!turn_is_ours && silence < options_.patience_max) {
        return;
    }
    if (next_line_ == lines_.size()) {
        done_ = true;
        return;
    }
    speaking_ = true;
    next_frame_ = 0;
}

const audio::Frame* CallerScript::speak(Instant now) {
    const Line& line = lines_[next_line_];
    if (next_frame_ == line.size()) {
        speaking_ = false;
        heard_agent_ = false;
        silent_since_ = now;
        ++next_line_;
        return nullptr;
    }
    const audio::Frame& frame = line[next_frame_];
    ++next_frame_;
    if (audio::level_dbfs(frame.samples) > options_.speech_level_dbfs) {
        // A frame can be sent once its last sample is captured.
        last_spoken_at_ = now;
    }
    return &frame;
}

}  // namespace studio::apps
