#include "services/conversation/session/internal/speaking.hpp"

#include <utility>

namespace studio::services {

namespace {

void note_heard(core::Dialog::Saved& dialog, const core::Playout::SavedSentence& playing) {
    for (core::DialogHistory::Entry& entry : dialog.history.entries) {
        for (core::DialogHistory::Sentence& sentence : entry.sentences) {
            if (sentence.id != playing.sentence ||
                sentence.hearing != core::DialogHistory::Hearing::waiting) {
                continue;
            }
            sentence.heard = playing.heard;
            if (playing.heard == core::SpokenText().clean(sentence.text)) {
                sentence.hearing = core::DialogHistory::Hearing::heard;
            }
        }
    }
}

}  // namespace

void Speaking::say(const core::Speak& sentence) {
    sentences_[sentence.sentence] = sentence;
    handle(core::SentenceQueued{sentence.sentence, sentence.spoken});
    parts_.seats.now().voice().speak(sentence.sentence, sentence.spoken);
}

bool Speaking::is_filler(std::uint32_t sentence) const {
    const auto found = sentences_.find(sentence);
    return found != sentences_.end() && found->second.is_filler;
}

void Speaking::drop() {
    parts_.seats.now().voice().drop();
    handle(core::PlayoutDrop{});
    // What is said next begins anew, also where it follows at once: a typed turn leaves no pause.
    note_quiet();
}

void Speaking::handle(core::PlayoutInput input) {
    const auto* audio = std::get_if<core::SentenceAudio>(&input);
    if (audio != nullptr && !is_filler(audio->sentence)) {
        parts_.reporter.first_audio(parts_.link.now());
    }
    drive(playout_, std::move(input), parts_.link.now(), [this](const auto& output) {
        std::visit([this](const auto& which) { this->on(which); }, output);
    });
}

void Speaking::note_pulled() {
    while (const auto output = playout_.poll_output()) {
        std::visit([this](const auto& which) { on(which); }, *output);
    }
}

void Speaking::note_quiet() {
    if (std::exchange(is_heard_, false)) {
        parts_.reporter.speaking("agent", false);
    }
}

void Speaking::save(core::Dialog::Saved& dialog) const {
    for (const core::Playout::SavedSentence& playing : playout_.save()) {
        note_heard(dialog, playing);
    }
}

void Speaking::on(const core::SentenceStarted& output) {
    const core::Speak& sentence = sentences_[output.sentence];
    const bool begins = !std::exchange(is_heard_, true);
    if (begins) {
        parts_.reporter.speaking("agent", true);
    }
    if (begins || is_interruptible_ != sentence.interruptible) {
        is_interruptible_ = sentence.interruptible;
        parts_.link.queue().push(core::AgentStarted{sentence.interruptible});
    }
    parts_.link.checkpoint();
    parts_.link.queue().push(core::AgentSaid{sentence.text});
    parts_.reporter.sentence_started(sentence.text, parts_.link.now(), !sentence.is_filler);
    parts_.seats.now().voice().started(output.sentence);
}

void Speaking::on(const core::SentenceFinished& output) {
    sentences_.erase(output.sentence);
    parts_.seats.now().voice().started(output.sentence);
    parts_.link.queue().push(core::SentenceHeard{output.sentence});
}

void Speaking::on(const core::SentenceDropped& output) {
    sentences_.erase(output.sentence);
    parts_.seats.now().voice().started(output.sentence);
    parts_.link.queue().push(core::SentenceCut{output.sentence, output.heard});
}

}  // namespace studio::services
