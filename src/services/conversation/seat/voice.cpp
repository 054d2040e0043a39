#include "services/conversation/seat/internal/voice.hpp"

#include <utility>

#include "base/log.hpp"

namespace studio::services {

namespace {

/// A voice that began must go on within this.
constexpr milliseconds stall_timeout{5'000};
constexpr milliseconds grace{1'000};

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
    uses_spare_ = false;
    start_attempt();
}

void Voice::start_attempt() {
    retry_at_.reset();
    has_begun_ = false;
    ++attempt_;
    synthesis_number_ = ++link_.counts().syntheses;
    give_up_at_ = link_.now() + options_.synthesis_timeout + grace;
    SynthesisRequest request = request_;
    request.text = present_text_;
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
    link_.catch_up();
    if (synthesis_ != nullptr) {
        std::visit([this](const auto& which) { on(which); }, event);
    }
    link_.settle();
}

void Voice::on(const SynthesisAudio& audio) {
    has_begun_ = true;
    give_up_at_ = link_.now() + stall_timeout;
    link_.queue().push(core::SentenceAudio{present_, audio.samples});
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
    finish_sentence();
}

void Voice::on(const SynthesisFailed& failed) {
    // The event may belong to what is destroyed here.
    const ProviderErrorCode code = failed.error.code;
    STUDIO_LOG(warning, "voice_failed", {"call_id", link_.record().id}, {"code", name_of(code)},
               {"attempt", attempt_}, {"spare", uses_spare_});
    link_.note_error(core::CallStage::tts, uses_spare_ ? "spare" : provider_, name_of(code));
    synthesis_.reset();
    give_up_at_.reset();
    if (has_begun_) {
        // Half a sentence was made: it is said, rather than its beginning twice.
        finish_sentence();
        return;
    }
    const auto delay =
        options_.retry.delay_after(code, attempt_, options_.retry.provider_attempts_max);
    if (delay && !uses_spare_) {
        retry_at_ = link_.now() + *delay;
    } else if (providers_.spare_voice != nullptr && !uses_spare_) {
        uses_spare_ = true;
        retry_at_ = link_.now();
    } else {
        give_up_sentence();
    }
}

void Voice::finish_sentence() {
    synthesis_.reset();
    give_up_at_.reset();
    link_.queue().push(core::SentenceComplete{present_});
    ahead_ = heard_ == present_ ? 0 : present_;
    present_ = 0;
    start_next();
}

void Voice::give_up_sentence() {
    link_.queue().push(core::SentenceAbandoned{present_});
    present_ = 0;
    if (++failures_ >= options_.failures_max) {
        link_.queue().push(
            core::HangUp{core::EndReason::speech_synthesis_failed, core::LastWords::none});
        return;
    }
    start_next();
}

void Voice::tick(Instant now) {
    if (retry_at_ && now >= *retry_at_) {
        start_attempt();
    } else if (give_up_at_ && now >= *give_up_at_) {
        on(SynthesisFailed{{ProviderErrorCode::timed_out, "the voice stalled"}});
    }
}

}  // namespace studio::services
