#include "adapters/webrtc/early_messages.hpp"

#include <algorithm>
#include <utility>

namespace studio::adapters {

bool EarlyMessages::is_open(std::string_view label) const {
    return std::ranges::find(open_, label) != open_.end();
}

void EarlyMessages::add(Message message) {
    bytes_ += message.data.size();
    waiting_.push_back(std::move(message));
    while (waiting_.size() > options_.messages_max || bytes_ > options_.bytes_max) {
        bytes_ -= waiting_.front().data.size();
        waiting_.pop_front();
    }
}

std::vector<EarlyMessages::Message> EarlyMessages::open(std::string_view label) {
    if (is_open(label)) {
        return {};
    }
    open_.emplace_back(label);
    std::vector<Message> ready;
    std::deque<Message> others;
    for (Message& message : std::exchange(waiting_, {})) {
        if (message.label == label) {
            bytes_ -= message.data.size();
            ready.push_back(std::move(message));
        } else {
            others.push_back(std::move(message));
        }
    }
    waiting_ = std::move(others);
    return ready;
}

}  // namespace studio::adapters
