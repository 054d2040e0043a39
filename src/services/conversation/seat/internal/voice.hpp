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
/// heard, and tried again, then with the spare voice, where nothing of them has come.
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
    void start_next();
    void start_attempt();
    void finish_sentence();
    void give_up_sentence();

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
    bool uses_spare_ = false;
    bool has_begun_ = false;
    int failures_ = 0;
    Deadline retry_at_;
    Deadline give_up_at_;
};

}  // namespace studio::services
