#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace studio::adapters {

/// How much waits for channels that are not open yet. A peer that never opens one costs so much for
/// the whole call; what a call tells in its first seconds is far less.
struct EarlyMessagesOptions {
    std::size_t messages_max = 256;
    std::size_t bytes_max = 64U << 10U;
};

/// Messages for data channels that are not open yet, in their order. Of more than the limits the
/// oldest go. One owner.
class EarlyMessages {
public:
    struct Message {
        std::string label;
        std::string data;
        bool is_text = true;
    };

    explicit EarlyMessages(EarlyMessagesOptions options = {}) : options_(options) {}

    /// Whether the channel is open, so that nothing needs to wait.
    [[nodiscard]] bool is_open(std::string_view label) const;
    void add(Message message);
    /// The channel is open: what waited for it, in its order.
    [[nodiscard]] std::vector<Message> open(std::string_view label);

private:
    EarlyMessagesOptions options_;
    std::deque<Message> waiting_;
    std::size_t bytes_ = 0;
    std::vector<std::string> open_;
};

}  // namespace studio::adapters
