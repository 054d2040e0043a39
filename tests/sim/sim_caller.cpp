#include "sim/sim_caller.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace studio::sim {

namespace {

using namespace std::chrono_literals;

/// "Ducks within 150 ms of speech": by then, and the tick in which it is heard, it is silent.
constexpr milliseconds duck_bound = 150ms + audio::frame_duration;
/// The time within which the agent resumes or has stopped for good.
constexpr milliseconds decision_bound = 500ms + audio::frame_duration;

constexpr int audible = 200;

/// At the end of it: a frame that fades out is silent there.
int loudness_of(const audio::Frame& frame) {
    int loudest = 0;
    for (std::size_t index = audio::frame_samples - 16; index < audio::frame_samples; ++index) {
        loudest = std::max(loudest, std::abs(int{frame.samples.at(index)}));
    }
    return loudest;
}

}  // namespace

SimCaller::SimCaller(testing_support::SimulatedSpeech& speech, Entropy& entropy, Options options,
                     Trace trace)
    : speech_(speech), entropy_(entropy), options_(std::move(options)), trace_(std::move(trace)) {}

void SimCaller::begin_step(Instant now) {
    const CallerStep& step = options_.steps[step_++];
    speaking_ = true;
    frame_ = 0;
    utterance_ = step.words.empty() ? speech_.add_noise(8) : speech_.add(step.words);
    // What the agent does from here on concerns this step, not the one before.
    interrupted_at_.reset();
    words_since_ = agent_loud_ && !step.words.empty() ? Deadline(now) : std::nullopt;
    const bool stoppable = !options_.greeting_uninterruptible || !is_greeting_;
    if (agent_loud_ && stoppable && !last_words_ && options_.loss_share == 0.0) {
        interrupted_at_ = now;
        ++findings_.interruptions_checked;
    }
    trace_("caller " + (step.words.empty() ? std::string("coughs") : step.words));
}

InboundFrame SimCaller::speak(Instant now) {
    now_ = now;
    if (!speaking_ && step_ < options_.steps.size()) {
        const CallerStep& step = options_.steps[step_];
        const bool wants_loud = step.when == CallerStep::When::agent_speaking;
        if (heard_anything_ && agent_loud_ == wants_loud && now - agent_changed_at_ >= step.after) {
            begin_step(now);
        }
    }
    InboundFrame inbound;
    inbound.captured_at = now - 20ms;
    if (speaking_) {
        inbound.frame = speech_.frame(utterance_, frame_);
        inbound.origin = FrameOrigin::received;
        if (++frame_ >= speech_.frame_count(utterance_)) {
            speaking_ = false;
            // The pause before the next step counts from here.
            agent_changed_at_ = std::max(agent_changed_at_, now);
            const std::string& words = options_.steps[step_ - 1].words;
            if (!words.empty()) {
                said_.push_back(words);
            }
        }
    } else {
        inbound.origin = FrameOrigin::received;
    }
    if (options_.loss_share > 0.0 && entropy_.u32() < options_.loss_share * 4294967296.0) {
        inbound.frame = {};
        inbound.origin = FrameOrigin::concealed;
    }
    return inbound;
}

void SimCaller::hear(const audio::Frame* frame, Instant now) {
    if (ended_ && frame != nullptr) {
        findings_.violations.emplace_back("audio after the end of the call");
    }
    const int loudness = frame != nullptr ? loudness_of(*frame) : 0;
    const bool is_loud = loudness > audible;
    loudest_ = std::max(loudest_, loudness);
    heard_anything_ = heard_anything_ || is_loud;
    // Ducked it has a quarter of its loudness.
    watch_interruption(is_loud, is_loud && loudness > loudest_ / 2, now);
    if (is_loud != agent_loud_) {
        agent_loud_ = is_loud;
        agent_changed_at_ = now;
        trace_(is_loud ? "agent audible" : "agent silent");
    }
}

void SimCaller::watch_interruption(bool is_loud, bool is_full, Instant now) {
    if (!interrupted_at_) {
        return;
    }
    const nanoseconds passed = now - *interrupted_at_;
    const bool has_words = !options_.steps[step_ - 1].words.empty();
    if (is_full && passed >= duck_bound && passed < 300ms && options_.check_ducking) {
        findings_.violations.emplace_back("not ducked in time");
        interrupted_at_.reset();
    } else if (is_loud && passed >= decision_bound && speaking_ && has_words &&
               options_.check_decision) {
        findings_.violations.emplace_back("still speaking over words after the decision");
        interrupted_at_.reset();
    } else if (!speaking_ && passed >= decision_bound) {
        interrupted_at_.reset();
    }
}

void SimCaller::read(std::string_view message) {
    if (ended_) {
        findings_.violations.emplace_back("a message after the end of the call");
    }
    // What is said last cannot be interrupted: the call is ending.
    if (message.find("end this call now") != std::string_view::npos ||
        message.find("see you soon") != std::string_view::npos) {
        last_words_ = true;
        interrupted_at_.reset();
    }
    if (words_since_ && message.find(R"("type":"interrupted")") != std::string_view::npos) {
        findings_.interrupted_after.push_back(duration_cast<milliseconds>(now_ - *words_since_));
        words_since_.reset();
    }
    if (message.find(R"("role":"assistant")") != std::string_view::npos) {
        is_greeting_ = message.find("Hello, this is the restaurant") != std::string_view::npos;
    }
    trace_(std::string(message));
}

}  // namespace studio::sim
