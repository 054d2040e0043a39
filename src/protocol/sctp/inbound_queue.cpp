#include <algorithm>
#include <utility>

#include "protocol/sctp/internal/inbound_queue.hpp"

namespace studio::sctp {
namespace {

// What a fragment or waiting message costs besides its data: keeps one-byte fragments bounded too.
constexpr std::size_t entry_bytes = 128;
constexpr std::size_t beyond_max = 4096;

std::size_t cost(const Bytes& data) {
    return data.size() + entry_bytes;
}

}  // namespace

void InboundQueue::start(std::uint32_t first_tsn) {
    cumulative_ = (std::uint64_t{1} << 32U) + first_tsn - 1;
}

std::uint64_t InboundQueue::extend(std::uint32_t tsn) const {
    const auto delta = static_cast<std::int32_t>(tsn - cumulative_tsn());
    return cumulative_ + static_cast<std::uint64_t>(static_cast<std::int64_t>(delta));
}

std::uint32_t InboundQueue::free_bytes() const {
    std::size_t used = buffered_bytes_;
    for (const Message& message : ready) {
        used += cost(message.data);
    }
    return static_cast<std::uint32_t>(used >= window_bytes_ ? 0 : window_bytes_ - used);
}

bool InboundQueue::handle_fragment(std::uint32_t tsn, Fragment fragment) {
    const std::uint64_t extended = extend(tsn);
    if (extended <= cumulative_ || beyond_.contains(extended)) {
        return true;  // A duplicate.
    }
    if (fragment.stream >= streams_max) {
        return false;
    }
    // The next one in sequence is always taken: dropping it would block for ever.
    const bool next = extended == cumulative_ + 1;
    if (!next && (free_bytes() < cost(fragment.data) || beyond_.size() >= beyond_max ||
                  extended - cumulative_ > 0xFFFF)) {
        return true;
    }
    note_received(extended);
    buffered_bytes_ += cost(fragment.data);
    const auto inserted = fragments_.emplace(extended, std::move(fragment)).first;
    return assemble(inserted);
}

void InboundQueue::note_received(std::uint64_t tsn) {
    beyond_.insert(tsn);
    while (!beyond_.empty() && *beyond_.begin() <= cumulative_ + 1) {
        cumulative_ = std::max(cumulative_, *beyond_.begin());
        beyond_.erase(beyond_.begin());
    }
}

bool InboundQueue::assemble(Fragments::iterator inserted) {
    auto first = inserted;
    std::size_t bytes = first->second.data.size();
    while (!first->second.begins) {
        if (first == fragments_.begin() || std::prev(first)->first + 1 != first->first) {
            return bytes <= message_bytes_max_;
        }
        --first;
        bytes += first->second.data.size();
    }
    auto last = inserted;
    while (!last->second.ends) {
        const auto next = std::next(last);
        if (next == fragments_.end() || next->first != last->first + 1) {
            return bytes <= message_bytes_max_;
        }
        last = next;
        bytes += last->second.data.size();
    }
    if (bytes > message_bytes_max_) {
        return false;
    }
    Message message{first->second.stream, first->second.protocol, first->second.unordered, {}};
    const std::uint16_t sequence = first->second.sequence;
    message.data.reserve(bytes);
    const auto end = std::next(last);
    for (auto part = first; part != end; ++part) {
        message.data.insert(message.data.end(), part->second.data.begin(), part->second.data.end());
        buffered_bytes_ -= cost(part->second.data);
    }
    fragments_.erase(first, end);
    deliver(std::move(message), sequence);
    return true;
}

void InboundQueue::deliver(Message message, std::uint16_t sequence) {
    if (message.unordered) {
        ready.push_back(std::move(message));
        return;
    }
    Stream& stream = streams_[message.stream];
    if (sequence == stream.expected) {
        ++stream.expected;
        ready.push_back(std::move(message));
        release(stream);
        return;
    }
    const std::size_t bytes = cost(message.data);
    if (stream.waiting.emplace(sequence, std::move(message)).second) {
        buffered_bytes_ += bytes;
    }
}

void InboundQueue::release(Stream& stream) {
    for (auto found = stream.waiting.find(stream.expected); found != stream.waiting.end();
         found = stream.waiting.find(stream.expected)) {
        buffered_bytes_ -= cost(found->second.data);
        ready.push_back(std::move(found->second));
        stream.waiting.erase(found);
        ++stream.expected;
    }
}

void InboundQueue::skip_to(std::uint32_t tsn,
                           const std::vector<std::pair<std::uint16_t, std::uint16_t>>& streams) {
    const std::uint64_t extended = extend(tsn);
    if (extended <= cumulative_ || extended - cumulative_ > 0xFFFF) {
        return;
    }
    const auto end = fragments_.upper_bound(extended);
    for (auto part = fragments_.begin(); part != end; ++part) {
        buffered_bytes_ -= cost(part->second.data);
    }
    fragments_.erase(fragments_.begin(), end);
    beyond_.erase(beyond_.begin(), beyond_.upper_bound(extended));
    cumulative_ = extended;
    while (!beyond_.empty() && *beyond_.begin() == cumulative_ + 1) {
        ++cumulative_;
        beyond_.erase(beyond_.begin());
    }
    for (const auto& [id, sequence] : streams) {
        if (id >= streams_max) {
            continue;
        }
        Stream& stream = streams_[id];
        // What waited and was not given up goes out first, in order (RFC 3758, section 3.6). Goes
        // by what waits, not by number: a hostile jump costs nothing.
        while (static_cast<std::int16_t>(sequence - stream.expected) >= 0) {
            auto next = stream.waiting.lower_bound(stream.expected);
            next = next == stream.waiting.end() ? stream.waiting.begin() : next;
            if (next == stream.waiting.end() ||
                static_cast<std::uint16_t>(next->first - stream.expected) >
                    static_cast<std::uint16_t>(sequence - stream.expected)) {
                stream.expected = static_cast<std::uint16_t>(sequence + 1);
            } else {
                stream.expected = next->first;
            }
            release(stream);
        }
    }
}

std::vector<std::pair<std::uint16_t, std::uint16_t>> InboundQueue::gap_blocks(
    std::size_t blocks_max) const {
    std::vector<std::pair<std::uint16_t, std::uint16_t>> blocks;
    for (const std::uint64_t tsn : beyond_) {
        const auto offset = static_cast<std::uint16_t>(tsn - cumulative_);
        if (tsn - cumulative_ > 0xFFFF) {
            break;
        }
        if (!blocks.empty() && blocks.back().second + 1 == offset) {
            blocks.back().second = offset;
        } else if (blocks.size() < blocks_max) {
            blocks.emplace_back(offset, offset);
        } else {
            break;
        }
    }
    return blocks;
}

}  // namespace studio::sctp
