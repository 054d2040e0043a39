#include <utility>

#include "core/dialog/dialog.hpp"

// What somebody who watches the call does in it.

namespace studio::core {

void Dialog::on(const NoteGiven& input) {
    forget_early();  // It does not know of it.
    notes_.push_back(input.note);
    if (notes_.size() > notes_max) {
        notes_.erase(notes_.begin());
    }
    if (is_busy() || is_leaving_) {
        return;  // Told with the next request.
    }
    if (input.asks && !caller_speaks_ && !is_muted_) {
        note_late_results();
        ask();
    }
}

void Dialog::on(const AgentMuted& input) {
    is_muted_ = input.on;
    if (is_muted_) {
        forget_early();
    } else {
        tell_late_results();
    }
}

void Dialog::add_notes() {
    for (std::string& note : std::exchange(notes_, {})) {
        history_.add_note(std::move(note));
    }
}

}  // namespace studio::core
