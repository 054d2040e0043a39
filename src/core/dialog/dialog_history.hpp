#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace studio::core {

/// Who said an entry of the history.
enum class DialogRole : std::uint8_t { system, user, assistant, tool };

/// The model's wish to run a tool; `arguments` as the model wrote them.
struct DialogToolCall {
    std::string id;
    std::string name;
    std::string arguments;
};

/// One message as a language model wants it.
struct DialogMessage {
    DialogRole role = DialogRole::user;
    std::string content;
    std::vector<DialogToolCall> tool_calls;
    std::string tool_call_id;
};

/// What was said in a call, for the model: of the agent only what the caller heard. Sentences enter
/// when they are handed to the voice and are cut down when it turns out that they were not heard.
/// One owner.
class DialogHistory {
public:
    enum class Hearing : std::uint8_t { waiting, heard, cut };
    struct Sentence {
        std::uint32_t id = 0;
        std::string text;
        Hearing hearing = Hearing::waiting;
        bool interruptible = true;
        /// While it waits: the part that the playout says was heard, where the call was saved.
        std::string heard{};
        /// Said beside the answer: the caller heard it, the model is not told.
        bool is_aside = false;
    };
    /// Of an answer: all that was said, or what of it the model knows as its own.
    enum class Words : std::uint8_t { all, of_model };
    /// A message; sentences that are not settled yet are apart.
    struct Entry {
        DialogMessage message;
        std::vector<Sentence> sentences;
    };
    struct Saved {
        std::vector<Entry> entries;
        /// The first entry of the newest answer.
        std::size_t answer_begin = 0;
    };

    explicit DialogHistory(std::size_t bytes_max) : bytes_max_(bytes_max) {}
    DialogHistory(std::size_t bytes_max, Saved saved);

    /// The caller spoke. Joined to what they said just before, where nothing came in between.
    void add_user(const std::string& text);
    /// What follows belongs to a new answer.
    void begin_answer();
    /// Opens the agent's next message; sentences go into the newest one.
    void open_assistant();
    void add_sentence(std::uint32_t sentence, const std::string& text, bool interruptible);
    /// What was written and cannot be said: it shares what becomes of the sentence before it.
    void add_unspoken(std::uint32_t sentence, const std::string& text);
    /// A sentence that the model is not told of.
    void add_aside(std::uint32_t sentence, const std::string& text);
    /// Before the first sentence that still waits to be heard, or as a message of its own.
    void add_before_waiting(std::uint32_t sentence, const std::string& text);
    /// Puts tool calls on the newest agent's message and reserves the places of their results, so
    /// that a result that comes late still stands where models demand it.
    void add_tool_calls(const std::vector<DialogToolCall>& calls);
    /// False where the call is forgotten.
    bool set_tool_result(const std::string& tool_call_id, std::string result);
    /// A remark to the model from us.
    void add_note(std::string text);
    /// Forgets everything before the newest `count` messages of caller and agent. What is still to
    /// be heard stays.
    void keep_last(std::size_t count);

    void mark_heard(std::uint32_t sentence);
    void mark_cut(std::uint32_t sentence, std::string heard);
    /// Everything of the answer that is still to be heard will not be.
    void cut_unheard();
    [[nodiscard]] bool has_unheard() const;
    /// The sentences of the answer that are still to be heard.
    [[nodiscard]] std::vector<Sentence> waiting() const;
    /// What was heard, or is to be heard, of the agent since begin_answer().
    [[nodiscard]] std::string answer_text(Words words = Words::all) const;
    /// Whether anything of that answer was cut.
    [[nodiscard]] bool answer_was_cut(Words words = Words::all) const;

    /// The system prompt and everything after it that fits: whole turns, the newest ones.
    [[nodiscard]] std::vector<DialogMessage> messages(const std::string& system_prompt);
    /// Without the system prompt; sentences of earlier answers have become their messages' text.
    [[nodiscard]] Saved save() const;

private:
    [[nodiscard]] static DialogMessage message_of(const Entry& entry,
                                                  Words words = Words::of_model);
    [[nodiscard]] Sentence* find(std::uint32_t sentence);
    void forget_old_turns();

    std::size_t bytes_max_;
    std::vector<Entry> entries_;
    std::size_t answer_begin_ = 0;
};

}  // namespace studio::core
