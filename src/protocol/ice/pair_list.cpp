#include "protocol/ice/pair_list.hpp"

#include <algorithm>

namespace studio::ice {

Pair* PairList::find(const net::Address& remote) {
    const auto found = std::ranges::find(pairs_, remote, &Pair::remote);
    return found == pairs_.end() ? nullptr : &*found;
}

const Pair* PairList::find(const net::Address& remote) const {
    const auto found = std::ranges::find(pairs_, remote, &Pair::remote);
    return found == pairs_.end() ? nullptr : &*found;
}

Pair* PairList::find_transaction(const stun::TransactionId& id) {
    const auto found = std::ranges::find_if(
        pairs_, [&id](const Pair& pair) { return pair.has_transaction && pair.transaction == id; });
    return found == pairs_.end() ? nullptr : &*found;
}

Pair* PairList::add(const net::Address& remote, std::uint32_t remote_priority) {
    if (Pair* known = find(remote)) {
        return known;
    }
    if (pairs_.size() == pairs_max) {
        return nullptr;
    }
    Pair pair;
    pair.remote = remote;
    pair.remote_priority = remote_priority;
    return &pairs_.emplace_back(pair);
}

Pair* PairList::next_to_check() {
    Pair* best = nullptr;
    for (Pair& pair : pairs_) {
        if (!pair.triggered && pair.state != PairState::waiting) {
            continue;
        }
        const bool better =
            best == nullptr || (pair.triggered && !best->triggered) ||
            (pair.triggered == best->triggered && pair.remote_priority > best->remote_priority);
        if (better) {
            best = &pair;
        }
    }
    return best;
}

bool PairList::anything_to_check() const {
    return std::ranges::any_of(pairs_, [](const Pair& pair) {
        return pair.triggered || pair.state == PairState::waiting;
    });
}

Pair* PairList::best_succeeded() {
    Pair* best = nullptr;
    for (Pair& pair : pairs_) {
        if (pair.state == PairState::succeeded &&
            (best == nullptr || pair.remote_priority > best->remote_priority)) {
            best = &pair;
        }
    }
    return best;
}

bool PairList::better_may_come(const Pair& than) const {
    return std::ranges::any_of(pairs_, [&than](const Pair& pair) {
        return (pair.triggered || pair.state == PairState::waiting ||
                pair.state == PairState::in_progress) &&
               pair.remote_priority > than.remote_priority;
    });
}

}  // namespace studio::ice
