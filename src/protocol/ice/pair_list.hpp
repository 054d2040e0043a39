#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "protocol/net/address.hpp"
#include "protocol/stun/message.hpp"

namespace studio::ice {

/// Where a candidate pair stands (RFC 8445, section 6.1.2.6; with one component and one stream
/// nothing is ever frozen).
///
///   waiting ──check sent──> in_progress ──success──> succeeded
///      ^                        └──no answer, error──> failed
///      └──────── triggered by a check of the peer's ────┘
enum class PairState : std::uint8_t { waiting, in_progress, succeeded, failed };

/// Our one socket and one remote address.
struct Pair {
    net::Address remote;
    std::uint32_t remote_priority = 0;
    PairState state = PairState::waiting;
    /// The peer checked this pair: check it before all others.
    bool triggered = false;
    /// The peer proved from this address that it knows a password.
    bool learned = false;
    /// Controlled: the peer nominated it before our own check was through.
    bool nominated_by_peer = false;
    /// Controlling: the check under way carries USE-CANDIDATE.
    bool nominating = false;
    /// The check under way, of state in_progress or of a nomination.
    bool has_transaction = false;
    /// The role that the check under way was sent in.
    bool sent_as_controlling = false;
    std::uint8_t attempts = 0;
    stun::TransactionId transaction{};
    Instant sent_at{};
    Instant retry_at{};
};

/// The pairs of one agent, at most 32, so that no description can make us send to the world.
class PairList {
public:
    static constexpr std::size_t pairs_max = 32;

    /// The pair of that address or nullptr. Valid until the next add().
    [[nodiscard]] Pair* find(const net::Address& remote);
    [[nodiscard]] const Pair* find(const net::Address& remote) const;
    [[nodiscard]] Pair* find_transaction(const stun::TransactionId& id);
    /// The pair of that address, a new one where needed; nullptr where the list is full.
    Pair* add(const net::Address& remote, std::uint32_t remote_priority);
    /// What to check next: triggered ones first, then waiting ones by remote priority (which orders
    /// pairs, as our own priority is the same in all); nullptr where nothing waits.
    [[nodiscard]] Pair* next_to_check();
    [[nodiscard]] bool anything_to_check() const;
    /// The best succeeded pair that is not the failed candidate of a nomination; or nullptr.
    [[nodiscard]] Pair* best_succeeded();
    /// Whether a better pair than `than` may still succeed.
    [[nodiscard]] bool better_may_come(const Pair& than) const;

    [[nodiscard]] std::vector<Pair>& all() { return pairs_; }
    [[nodiscard]] const std::vector<Pair>& all() const { return pairs_; }

private:
    std::vector<Pair> pairs_;
};

}  // namespace studio::ice
