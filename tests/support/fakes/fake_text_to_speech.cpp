#include "support/fakes/fake_text_to_speech.hpp"

#include <algorithm>
#include <utility>

#include "support/fakes/event_player.hpp"

namespace studio::testing_support {
namespace {

constexpr std::size_t piece_samples = 1'600;

/// The marks, then the audio in pieces of 100 ms; half of it before a failure.
std::vector<SynthesisEvent> make_events(const std::string& text, bool fails) {
    std::vector<SynthesisEvent> events;
    for (std::size_t offset = 0; offset < text.size(); ++offset) {
        if (text[offset] != ' ' && (offset == 0 || text[offset - 1] == ' ')) {
            events.emplace_back(SynthesisWord{offset, offset * FakeTextToSpeech::samples_per_byte});
        }
    }
    const std::size_t total = text.size() * FakeTextToSpeech::samples_per_byte / (fails ? 2 : 1);
    for (std::size_t sent = 0; sent < total; sent += piece_samples) {
        SynthesisAudio audio;
        audio.samples.resize(std::min(piece_samples, total - sent));
        for (std::size_t index = 0; index < audio.samples.size(); ++index) {
            const bool high = (sent + index) % 64 < 32;
            audio.samples[index] = high ? std::int16_t{3'000} : std::int16_t{-3'000};
        }
        events.emplace_back(std::move(audio));
    }
    if (fails) {
        events.emplace_back(SynthesisFailed{FaultPlan::failure()});
    } else {
        events.emplace_back(SynthesisFinished{});
    }
    return events;
}

class FakeSynthesis final : public Synthesis {
public:
    FakeSynthesis(runtime::Loop& loop, milliseconds latency, SynthesisListener& listener,
                  std::vector<SynthesisEvent> events)
        : player_(loop, latency, milliseconds(2), std::move(events),
                  [&listener](const SynthesisEvent& event) { listener.on_synthesis(event); }) {}

private:
    EventPlayer<SynthesisEvent> player_;
};

}  // namespace

FakeTextToSpeech::FakeTextToSpeech(runtime::Loop& loop, FaultPlan plan)
    : loop_(loop), plan_(plan) {}

std::vector<OptionError> FakeTextToSpeech::validate(const SynthesisRequest&) const {
    return {};
}

std::unique_ptr<Synthesis> FakeTextToSpeech::speak(SynthesisRequest request,
                                                   SynthesisListener& listener) {
    texts_.push_back(request.text);
    if (plan_.draw(plan_.silence_share)) {
        // A port never stays silent for ever: its deadline ends the wait.
        const SynthesisFailed late{
            {ProviderErrorCode::timed_out, "the fake was told to be silent"}};
        return std::make_unique<FakeSynthesis>(loop_, request.timeout, listener,
                                               std::vector<SynthesisEvent>{late});
    }
    return std::make_unique<FakeSynthesis>(
        loop_, plan_.latency(), listener,
        make_events(request.text, plan_.draw(plan_.failure_share)));
}

}  // namespace studio::testing_support
