#include "core/dialog/dialog_history.hpp"

#include <algorithm>
#include <utility>

namespace studio::core {

namespace {

std::size_t size_of(const DialogMessage& message) {
    std::size_t size = message.content.size() + 16;
    for (const DialogToolCall& call : message.tool_calls) {
        size += call.name.size() + call.arguments.size() + 16;
    }
    return size;
}

void append(std::string& text, const std::string& more) {
    if (!text.empty() && !more.empty()) {
        text += ' ';
    }
    text += more;
}

}  // namespace

DialogHistory::DialogHistory(std::size_t bytes_max, Saved saved)
    : bytes_max_(bytes_max),
      entries_(std::move(saved.entries)),
      answer_begin_(std::min(saved.answer_begin, entries_.size())) {}

void DialogHistory::add_user(const std::string& text) {
    while (!entries_.empty() && entries_.back().message.role == DialogRole::assistant &&
           message_of(entries_.back()).content.empty() &&
           entries_.back().message.tool_calls.empty()) {
        entries_.pop_back();
    }
    answer_begin_ = entries_.size();
    if (!entries_.empty() && entries_.back().message.role == DialogRole::user) {
        append(entries_.back().message.content, text);
        return;
    }
    entries_.push_back({{DialogRole::user, text, {}, {}}, {}});
    forget_old_turns();
}

void DialogHistory::open_assistant() {
    entries_.push_back({{DialogRole::assistant, {}, {}, {}}, {}});
}

void DialogHistory::add_sentence(std::uint32_t sentence, const std::string& text,
                                 bool interruptible) {
    if (entries_.empty() || entries_.back().message.role != DialogRole::assistant) {
        open_assistant();
    }
    entries_.back().sentences.push_back({sentence, text, Hearing::waiting, interruptible, {}});
}

void DialogHistory::add_aside(std::uint32_t sentence, const std::string& text) {
    add_sentence(sentence, text, true);
    entries_.back().sentences.back().is_aside = true;
}

void DialogHistory::add_unspoken(std::uint32_t sentence, const std::string& text) {
    if (entries_.empty() || entries_.back().message.role != DialogRole::assistant) {
        open_assistant();
    }
    std::vector<Sentence>& sentences = entries_.back().sentences;
    if (!sentences.empty() && sentences.back().hearing == Hearing::waiting &&
        !sentences.back().is_aside) {
        append(sentences.back().text, text);
    } else {
        sentences.push_back({sentence, text, Hearing::heard, true, {}});
    }
}

void DialogHistory::add_before_waiting(std::uint32_t sentence, const std::string& text) {
    for (std::size_t index = answer_begin_; index < entries_.size(); ++index) {
        std::vector<Sentence>& sentences = entries_[index].sentences;
        const auto first = std::find_if(
            sentences.begin(), sentences.end(),
            [](const Sentence& candidate) { return candidate.hearing == Hearing::waiting; });
        if (first != sentences.end()) {
            sentences.insert(first, {sentence, text, Hearing::waiting, true, {}});
            return;
        }
    }
    open_assistant();
    add_sentence(sentence, text, true);
}

void DialogHistory::add_tool_calls(const std::vector<DialogToolCall>& calls) {
    if (entries_.empty() || entries_.back().message.role != DialogRole::assistant) {
        open_assistant();
    }
    entries_.back().message.tool_calls = calls;
    for (const DialogToolCall& call : calls) {
        entries_.push_back(
            {{DialogRole::tool, R"({"ok":false,"error":"still running"})", {}, call.id}, {}});
    }
    open_assistant();
}

bool DialogHistory::set_tool_result(const std::string& tool_call_id, std::string result) {
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
        if (entry->message.role == DialogRole::tool &&
            entry->message.tool_call_id == tool_call_id) {
            entry->message.content = std::move(result);
            return true;
        }
    }
    return false;
}

void DialogHistory::add_note(std::string text) {
    entries_.push_back({{DialogRole::system, std::move(text), {}, {}}, {}});
}

/// A message that counts is said, so that no result of a tool is left without the wish for it.
void DialogHistory::keep_last(std::size_t count) {
    std::size_t begin = has_unheard() ? std::min(answer_begin_, entries_.size()) : entries_.size();
    while (begin > 0 && count > 0) {
        const DialogMessage message = message_of(entries_[--begin]);
        const bool is_said =
            (message.role == DialogRole::user || message.role == DialogRole::assistant) &&
            !message.content.empty();
        count -= is_said ? 1U : 0U;
    }
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(begin));
    answer_begin_ -= std::min(answer_begin_, begin);
}

DialogHistory::Sentence* DialogHistory::find(std::uint32_t sentence) {
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
        for (Sentence& candidate : entry->sentences) {
            if (candidate.id == sentence) {
                return &candidate;
            }
        }
    }
    return nullptr;
}

void DialogHistory::mark_heard(std::uint32_t sentence) {
    if (Sentence* found = find(sentence); found != nullptr && found->hearing == Hearing::waiting) {
        found->hearing = Hearing::heard;
    }
}

void DialogHistory::mark_cut(std::uint32_t sentence, std::string heard) {
    if (Sentence* found = find(sentence); found != nullptr && found->hearing == Hearing::waiting) {
        found->hearing = Hearing::cut;
        found->text = std::move(heard);
    }
}

void DialogHistory::cut_unheard() {
    for (std::size_t index = answer_begin_; index < entries_.size(); ++index) {
        for (Sentence& sentence : entries_[index].sentences) {
            if (sentence.hearing == Hearing::waiting) {
                sentence.hearing = Hearing::cut;
                sentence.text = std::move(sentence.heard);
            }
        }
    }
}

std::vector<DialogHistory::Sentence> DialogHistory::waiting() const {
    std::vector<Sentence> waiting;
    for (std::size_t index = answer_begin_; index < entries_.size(); ++index) {
        for (const Sentence& sentence : entries_[index].sentences) {
            if (sentence.hearing == Hearing::waiting) {
                waiting.push_back(sentence);
            }
        }
    }
    return waiting;
}

bool DialogHistory::has_unheard() const {
    for (std::size_t index = answer_begin_; index < entries_.size(); ++index) {
        for (const Sentence& sentence : entries_[index].sentences) {
            if (sentence.hearing == Hearing::waiting) {
                return true;
            }
        }
    }
    return false;
}

void DialogHistory::begin_answer() {
    answer_begin_ = entries_.size();
}

std::string DialogHistory::answer_text(Words words) const {
    std::string text;
    for (std::size_t index = answer_begin_; index < entries_.size(); ++index) {
        if (entries_[index].message.role == DialogRole::assistant) {
            append(text, message_of(entries_[index], words).content);
        }
    }
    return text;
}

bool DialogHistory::answer_was_cut(Words words) const {
    for (std::size_t index = answer_begin_; index < entries_.size(); ++index) {
        for (const Sentence& sentence : entries_[index].sentences) {
            const bool counts = words == Words::all || !sentence.is_aside;
            if (counts && sentence.hearing == Hearing::cut) {
                return true;
            }
        }
    }
    return false;
}

DialogMessage DialogHistory::message_of(const Entry& entry, Words words) {
    DialogMessage message = entry.message;
    for (const Sentence& sentence : entry.sentences) {
        if (words == Words::all || !sentence.is_aside) {
            append(message.content, sentence.text);
        }
    }
    return message;
}

std::vector<DialogMessage> DialogHistory::messages(const std::string& system_prompt) {
    std::vector<DialogMessage> messages{{DialogRole::system, system_prompt, {}, {}}};
    for (const Entry& entry : entries_) {
        DialogMessage message = message_of(entry);
        if (!message.content.empty() || !message.tool_calls.empty()) {
            messages.push_back(std::move(message));
        }
    }
    return messages;
}

DialogHistory::Saved DialogHistory::save() const {
    Saved saved;
    for (std::size_t index = 0; index < entries_.size(); ++index) {
        if (index == answer_begin_) {
            saved.answer_begin = saved.entries.size();
        }
        if (index >= answer_begin_) {
            saved.entries.push_back(entries_[index]);
            continue;
        }
        DialogMessage message = message_of(entries_[index]);
        if (!message.content.empty() || !message.tool_calls.empty()) {
            saved.entries.push_back({std::move(message), {}});
        }
    }
    if (answer_begin_ >= entries_.size()) {
        saved.answer_begin = saved.entries.size();
    }
    return saved;
}

/// Drops whole turns, oldest first, until the rest fits; the newest turn stays in any case.
void DialogHistory::forget_old_turns() {
    std::size_t total = 0;
    for (const Entry& entry : entries_) {
        total += size_of(message_of(entry));
    }
    while (total > bytes_max_) {
        std::size_t next_turn = 1;
        while (next_turn < entries_.size() &&
               entries_[next_turn].message.role != DialogRole::user) {
            ++next_turn;
        }
        if (next_turn >= entries_.size()) {
            return;
        }
        for (std::size_t index = 0; index < next_turn; ++index) {
            total -= size_of(message_of(entries_[index]));
        }
        entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(next_turn));
    }
}

}  // namespace studio::core
