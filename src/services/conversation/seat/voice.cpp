#include "services/conversation/seat/internal/voice.hpp"

#include <utility>

#include "audio/frame.hpp"
#include "base/log.hpp"
#include "base/utf8.hpp"

namespace studio::services {

namespace {

/// Longer than the provider's own deadline, for providers that do not keep theirs.
constexpr milliseconds grace{250};

constexpr std::size_t samples_per_ms = audio::sample_rate_hz / 1'000;

}  // namespace

Voice::Voice(SessionLink& link, const SeatProviders& providers, std::string provider,
             SynthesisRequest request, const CallSessionOptions& options)
    : link_(link),
      providers_(providers),
      provider_(std::move(provider)),
      request_(std::move(request)),
      options_(options) {}

void Voice::speak(std::uint32_t sentence, std::string text) {
    waiting_.push_back({sentence, std::move(text)});
    start_next();
}

void Voice::started(std::uint32_t sentence) {
    heard_ = sentence;
    if (ahead_ == sentence) {
        ahead_ = 0;
    }
    start_next();
}

void Voice::drop() {
    synthesis_.reset();
    waiting_.clear();
    present_ = 0;
    ahead_ = 0;
    retry_at_.reset();
    give_up_at_.reset();
}

void Voice::start_next() {
    if (present_ != 0 || ahead_ != 0 || waiting_.empty()) {
        return;
    }
    present_ = waiting_.front().sentence;
    present_text_ = std::move(waiting_.front().text);
    waiting_.pop_front();
    attempt_ = 0;
    begun_at_ = link_.now();
    start_attempt();
}

void Voice::start_attempt() {
    retry_at_.reset();
    has_begun_ = false;
    ++attempt_;
    synthesis_number_ = ++link_.counts().syntheses;
    give_up_at_ = link_.now() + options_.synthesis_timeout + grace;
    if (can_use_spare()) {
        // Somebody else can speak it: no attempt goes on longer than the patience for it.
        give_up_at_ = earlier(give_up_at_, begun_at_ + options_.voice.patience);
    }
    SynthesisRequest request = request_;
    request.text = present_text_;
    note_usage({.requests = 1, .characters = count_characters(present_text_)});
    if (uses_spare_) {
        // Voices, models and options are the provider's own.
        request.voice.clear();
        request.model.clear();
        request.options = JsonObject{};
        synthesis_ = providers_.spare_voice->speak(std::move(request), *this);
        return;
    }
    synthesis_ = providers_.text_to_speech.speak(std::move(request), *this);
}

void Voice::on_synthesis(const SynthesisEvent& event) {
    if (options_.input_log != nullptr) {
        options_.input_log->synthesis(synthesis_number_, event, link_.now());
    }
    link_.enter([this, &event] {
        if (synthesis_ != nullptr) {
            std::visit([this](const auto& which) { on(which); }, event);
        }
    });
}

void Voice::on(const SynthesisAudio& audio) {
    has_begun_ = true;
    give_up_at_ = link_.now() + options_.voice.stall_timeout;
    untold_samples_ += audio.samples.size();
    note_usage({.audio_ms = untold_samples_ / samples_per_ms});
    untold_samples_ %= samples_per_ms;
    link_.queue().push(core::SentenceAudio{present_, audio.samples});
}

/// The spare voice is named, not the agent's own: neither is what it does charged by the other.
void Voice::note_usage(const core::UsageAmounts& amounts) {
    static const std::string spare = "spare";
    static const std::string none;
    link_.note_usage(core::UsageStage::tts, uses_spare_ ? spare : provider_,
                     uses_spare_ ? none : request_.model, amounts);
}

void Voice::on(const SynthesisWord& word) {
    link_.queue().push(core::SentenceWord{present_, word.text_offset, word.sample_offset});
}

void Voice::on(const SynthesisFinished&) {
    if (!has_begun_) {
        on(SynthesisFailed{{ProviderErrorCode::malformed, "no audio"}});
        return;
    }
    failures_ = 0;
    failing_since_.reset();
    finish_sentence(true);
}

void Voice::on(const SynthesisFailed& failed) {
    // The event may belong to what is destroyed here.
    const ProviderError error = failed.error;
    const Instant now = link_.now();
    STUDIO_LOG(warning, "voice_failed", {"call_id", link_.record().id},
               {"code", name_of(error.code)}, {"attempt", attempt_}, {"spare", uses_spare_});
    link_.note_error(core::CallStage::tts, uses_spare_ ? "spare" : provider_, name_of(error.code));
    synthesis_.reset();
    give_up_at_.reset();
    if (has_begun_ && heard_ == present_) {
        // What there is of it is said, rather than its beginning twice.
        finish_sentence(false);
        return;
    }
    failing_since_ = failing_since_ ? failing_since_ : Deadline(now);
    if (has_begun_) {
        link_.queue().push(core::SentenceRestart{present_});
    }
    const nanoseconds left = patience() - (now - begun_at_);
    if (const auto delay = options_.voice.delay_after(options_.retry, error, attempt_, left)) {
        retry_at_ = now + *delay;
    } else if (can_use_spare()) {
        use_spare();
    } else {
        give_up_sentence(is_transient(error.code));
    }
}

/// For the rest of the seat: an agent whose voice changes once is easier to follow than one whose
/// voice comes and goes.
void Voice::use_spare() {
    STUDIO_LOG(warning, "voice_replaced", {"call_id", link_.record().id});
    uses_spare_ = true;
    attempt_ = 0;
    begun_at_ = link_.now();
    retry_at_ = begun_at_;
}

void Voice::finish_sentence(bool is_whole) {
    synthesis_.reset();
    give_up_at_.reset();
    link_.queue().push(core::SentenceComplete{present_, is_whole});
    ahead_ = heard_ == present_ ? 0 : present_;
    present_ = 0;
    start_next();
}

void Voice::give_up_sentence(bool may_mend) {
    link_.queue().push(core::SentenceAbandoned{present_});
    present_ = 0;
    ++failures_;
    const bool is_long = link_.now() - *failing_since_ >= options_.voice.outage_max;
    const bool is_often = failures_ >= options_.failures_max;
    // The first one was tried for as long as that.
    const bool is_mute = heard_ == 0 && may_mend;
    if ((is_often && (is_long || !may_mend)) || is_mute) {
        // Also the farewell may fail; it is tried as every sentence is.
        link_.queue().push(
            core::HangUp{core::EndReason::speech_synthesis_failed, core::LastWords::farewell});
    }
    start_next();
}

milliseconds Voice::patience() const {
    const bool is_first = heard_ == 0 && !can_use_spare();
    return is_first ? options_.voice.outage_max : options_.voice.patience;
}

void Voice::tick(Instant now) {
    if (retry_at_ && now >= *retry_at_) {
        start_attempt();
    } else if (give_up_at_ && now >= *give_up_at_) {
        on(SynthesisFailed{{ProviderErrorCode::timed_out, "the voice stalled"}});
    }
}

}  // namespace studio::services
