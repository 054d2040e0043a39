#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/openai/chat_chunk.hpp"

namespace studio::openai {

/// A tool call, whole. `arguments` is what the model wrote: unchecked.
struct ChatToolCall {
    std::string id;
    std::string name;
    std::string arguments;
};

/// Puts the tool calls of one answer together from their pieces. The API says that pieces of one
/// call share an `index` and that only the first has id and name; servers that speak it differ, so
/// what a piece belongs to is read from all that it has:
///
/// - an id that was seen belongs to its call; a new id with a name begins a call, whatever its
///   index says (some servers send 0 for all, some none);
/// - a new id without a name goes on with the call at its index while that is incomplete (some
///   servers make an id up for each piece);
/// - without an id, the index decides; where that is absent too, the last call, or for pieces
///   that come together their place in the list;
/// - arguments that are complete JSON are complete: what follows with a name begins a new call.
///
/// One owner.
class ChatToolCalls {
public:
    explicit ChatToolCalls(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    /// The pieces of one chunk. False where there is too much: of bytes, or of calls.
    [[nodiscard]] bool add(std::vector<ChatToolCallDelta> deltas);
    /// All calls, in the order of their index, else as they began; nothing where one has no name.
    [[nodiscard]] std::optional<std::vector<ChatToolCall>> take();

private:
    struct Call {
        ChatToolCall call;
        std::uint32_t index = 0;
        /// Begun by the chunk that is being read.
        bool is_new = false;

        [[nodiscard]] bool is_complete() const;
    };

    [[nodiscard]] bool add_one(ChatToolCallDelta& delta, std::size_t place, bool is_alone);
    [[nodiscard]] Call* find(const ChatToolCallDelta& delta, std::size_t place, bool is_alone);
    [[nodiscard]] Call* at_index(std::optional<std::uint32_t> index);
    [[nodiscard]] static bool begins_anew(const Call& call, const ChatToolCallDelta& delta);
    static void extend(ChatToolCall& call, ChatToolCallDelta& delta, bool was_complete);

    std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    std::vector<Call> calls_;
};

}  // namespace studio::openai
