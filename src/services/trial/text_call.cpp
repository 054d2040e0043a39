#include "services/trial/internal/text_call.hpp"

#include <utility>

namespace studio::services {
namespace {

/// What follows a sentence, such as the next one or a hand-over, comes within a tick or two.
constexpr int quiet_ticks_least = 5;

}  // namespace

TextCall::TextCall(Parts parts, CallPlan plan, const CallSessionOptions& options)
    : loop_(parts.loop), voice_(parts.loop) {
    CallProviders providers{parts.http_client, {}};
    for (LanguageModel* model : parts.models) {
        providers.seats.push_back({ears_, *model, voice_, nullptr});
    }
    auto media = std::make_unique<SilentMedia>();
    media_ = media.get();
    session_ = std::make_unique<CallSession>(loop_, std::move(plan), std::move(providers),
                                             std::move(media), *this, options);
    session_->start();
}

void TextCall::tick() {
    media_->tick(loop_.now());
    quiet_ticks_ = session_->is_between_turns() ? quiet_ticks_ + 1 : 0;
}

void TextCall::type(std::string text) {
    quiet_ticks_ = 0;
    media_->type(std::move(text));
}

bool TextCall::is_quiet() const {
    return quiet_ticks_ >= quiet_ticks_least;
}

SessionSnapshot TextCall::freeze() {
    session_->freeze();
    SessionSnapshot snapshot = session_->save();
    // Nobody has been left waiting: no word of apology is due.
    snapshot.handed_over = true;
    return snapshot;
}

void TextCall::on_transcript(const core::CallRecord& /*record*/,
                             const core::TranscriptEntry& entry) {
    entries_.push_back(entry);
}

void TextCall::on_call_closing(const core::CallRecord& /*record*/, std::function<void()> stored) {
    stored();
}

void TextCall::on_call_ended(const core::CallRecord& /*record*/) {
    is_over_ = true;
}

}  // namespace studio::services
