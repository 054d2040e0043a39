#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "ports/text_to_speech.hpp"
#include "services/conversation/session/call_plan.hpp"
#include "services/conversation/session/internal/session_link.hpp"
#include "services/conversation/session/session_options.hpp"

namespace studio::services {

/// The voice's side of a session: sentences are synthesised in order, one ahead of the one that is
/// heard. One that fails is tried again for some seconds where nothing of it was heard; then the
/// spare voice takes over for good, or it is given up.
///
///   waiting --> present --whole--> ahead --heard--> gone
///               |  ^  |
///               |  +--+ failed before it was heard: again after a while, then by the spare voice
///               +-----> broke off while it is heard: its beginning stands; else given up
class Voice final : public SynthesisListener {
public:
    /// `provider` is the voice's name in what is told of its failures.
    Voice(SessionLink& link, const SeatProviders& providers, std::string provider,
          SynthesisRequest request, const CallSessionOptions& options);

    void speak(std::uint32_t sentence, std::string text);
    /// It is being heard now: the next one may be made.
    void started(std::uint32_t sentence);
    /// Forgets everything.
    void drop();

    void on_synthesis(const SynthesisEvent& event) override;
    [[nodiscard]] Deadline next_deadline() const { return earlier(retry_at_, give_up_at_); }
    void tick(Instant now);

private:
    struct Waiting {
        std::uint32_t sentence = 0;
        std::string text;
    };

    void on(const SynthesisAudio& audio);
    void on(const SynthesisWord& word);
    void on(const SynthesisFinished& finished);
    void on(const SynthesisFailed& failed);
    void note_usage(const core::UsageAmounts& amounts);
    void start_next();
    void start_attempt();
    void finish_sentence(bool is_whole);
    /// `may_mend`: another try may succeed, later.
    void give_up_sentence(bool may_mend);
    void use_spare();
    /// From its first attempt until a sentence is given up.
    [[nodiscard]] milliseconds patience() const;
    [[nodiscard]] bool can_use_spare() const {
        return providers_.spare_voice != nullptr && !uses_spare_;
    }

    SessionLink& link_;
    SeatProviders providers_;
    std::string provider_;
    SynthesisRequest request_;
    const CallSessionOptions& options_;
    std::unique_ptr<Synthesis> synthesis_;
    std::deque<Waiting> waiting_;
    /// The sentence that is being made, zero for none.
    std::uint32_t present_ = 0;
    std::string present_text_;
    /// Made to its end but not heard yet, zero for none.
    std::uint32_t ahead_ = 0;
    /// The last one that began to be heard.
    std::uint32_t heard_ = 0;
    /// In the log of inputs.
    std::uint32_t synthesis_number_ = 0;
    int attempt_ = 0;
    /// Less than a millisecond of sound that nobody was told of yet.
    std::size_t untold_samples_ = 0;
    /// When the present sentence was tried first by the voice that is used.
    Instant begun_at_{};
    bool uses_spare_ = false;
    /// Audio of the present attempt has come.
    bool has_begun_ = false;
    /// Sentences in a row that were given up, and since when none could be made.
    int failures_ = 0;
    Deadline failing_since_;
    Deadline retry_at_;
    Deadline give_up_at_;
};

}  // namespace studio::services
