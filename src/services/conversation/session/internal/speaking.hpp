#pragma once

#include <cstdint>
#include <map>

#include "audio/frame.hpp"
#include "core/dialog/dialog.hpp"
#include "core/playout/playout.hpp"
#include "services/conversation/seat/internal/seats.hpp"
#include "services/conversation/session/internal/call_reporter.hpp"
#include "services/conversation/session/internal/session_link.hpp"

namespace studio::services {

/// What the caller hears of the agent: sentences go to the voice in the seat, its audio through the
/// playout, and what was heard of each comes back to the dialog.
///
///   say -> voice -> Playout -> pull -> frame
///                      +-> SentenceHeard, SentenceCut
class Speaking {
public:
    /// What it borrows; all of it outlives this.
    struct Parts {
        SessionLink& link;
        CallReporter& reporter;
        Seats& seats;
    };

    explicit Speaking(const Parts& parts) : parts_(parts) {}

    void say(const core::Speak& sentence);
    /// Forgets what was not heard; the dialog is told.
    void drop();
    /// One input of the playout. Called at once, and not through the queue, for what is not audio:
    /// the playout is a leaf that feeds no machine directly, and a sentence that waited in the
    /// queue would survive the drop of everything.
    void handle(core::PlayoutInput input);

    /// 20 ms; false for silence.
    [[nodiscard]] bool pull(audio::Frame& outbound) { return playout_.pull(outbound); }
    /// Works off what the playout has told while it was pulled.
    void note_pulled();
    /// Nothing is left to be said, nor about to be.
    void note_quiet();

    /// Nothing waits to be heard.
    [[nodiscard]] bool is_silent() const { return playout_.is_empty(); }
    /// The caller hears the agent, or does so again soon.
    [[nodiscard]] bool is_heard() const { return is_heard_; }
    /// What the playout knows of a sentence under way is part of what the dialog knows.
    void save(core::Dialog::Saved& dialog) const;

private:
    void on(const core::SentenceStarted& output);
    void on(const core::SentenceFinished& output);
    void on(const core::SentenceDropped& output);
    [[nodiscard]] bool is_filler(std::uint32_t sentence) const;

    Parts parts_;
    core::Playout playout_;
    bool is_heard_ = false;
    /// What is being said, as the turn taker knows it.
    bool is_interruptible_ = true;
    /// Sentences that were not yet heard.
    std::map<std::uint32_t, core::Speak> sentences_;
};

}  // namespace studio::services
