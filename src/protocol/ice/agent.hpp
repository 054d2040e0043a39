#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/entropy.hpp"
#include "base/ring_buffer.hpp"
#include "base/time.hpp"
#include "protocol/ice/candidate.hpp"
#include "protocol/ice/pair_list.hpp"
#include "protocol/net/address.hpp"
#include "protocol/stun/message.hpp"

namespace studio::ice {

enum class Mode : std::uint8_t {
    /// Answers checks and never makes any; controlled (RFC 8445, section 2.5). For a server whose
    /// address everybody can reach.
    lite,
    /// Checks, nominates, keeps consent.
    full,
};

/// A user name fragment and password (RFC 8839, section 5.4).
struct Credentials {
    std::string ufrag;
    std::string password;
};

/// 8 and 24 random letters and digits: 47 and 142 bits (RFC 8445, section 5.3 wants 24 and 128).
[[nodiscard]] Credentials make_credentials(Entropy& entropy);

struct AgentOptions {
    Mode mode = Mode::lite;
    /// What a full agent starts as; a role conflict may change it.
    bool controlling = false;
    Credentials local;
    /// Which families our socket can send to.
    bool has_v4 = true;
    bool has_v6 = false;
    /// Ta: between two new checks (RFC 8445, section 14.2).
    milliseconds pace{50};
    /// First retransmission of a check, doubled each time (RFC 8445, section 14.3: 500 ms) ...
    milliseconds retry_first{500};
    /// ... up to this, so that a person who waits for a call over a lossy path waits for seconds
    /// only.
    milliseconds retry_max{1'000};
    /// Of one check: some 12 s in all, as the 7 of RFC 8489, section 6.2.1 make without the limit.
    std::uint8_t attempts_max = 12;
    /// A controlling agent waits this long after the first success for a better pair.
    milliseconds nomination_delay{100};
    /// Between consent checks, each varied by a fifth (RFC 7675, section 5.1, from 5 s down: peers
    /// call us disconnected after 10 s without any packet, and a caller may send no audio).
    milliseconds consent_interval{2'500};
    /// RFC 7675, section 5.1.
    milliseconds consent_timeout{30'000};
};

/// Send media there from now on. May come again with another address.
struct Selected {
    net::Address remote;
};
/// The peer proved that it speaks from this address.
struct Learned {
    net::Address remote;
};
/// No consent any more: send nothing. The last event.
struct Lost {};
using Event = std::variant<Selected, Learned, Lost>;

struct Datagram {
    net::Address destination;
    /// Valid until the next call.
    ByteView bytes;
};

/// ICE for one component over one socket (RFC 8445, 8838, 7675). Owns no socket and no clock. After
/// each call drain poll_datagram() and poll_event(). Thread-compatible; no allocation after set-up
/// except for new remote addresses, of which there are at most 32.
///
///   lite: idle ── authentic check ──> selected (first heard, then whatever the peer nominates)
///   full: idle ── set_remote ──> checking ── success, nomination ──> selected
///         both: selected ── consent_timeout without consent ──> lost
class Agent {
public:
    Agent(AgentOptions options, Entropy& entropy);

    /// The peer's credentials, once; a full agent starts to check.
    void set_remote(Credentials remote, Instant now);
    /// A candidate of the peer's; of no effect on a lite agent, and past 32 addresses.
    void add_candidate(const Candidate& candidate, Instant now);
    /// A datagram that looks like STUN; hostile.
    void handle_datagram(const net::Address& source, ByteView datagram, Instant now);
    void handle_timeout(Instant now);

    [[nodiscard]] std::optional<Datagram> poll_datagram();
    [[nodiscard]] std::optional<Event> poll_event();
    [[nodiscard]] Deadline next_deadline() const;

    [[nodiscard]] const Credentials& local() const { return options_.local; }
    [[nodiscard]] std::optional<net::Address> selected() const { return selected_; }
    /// Whether media from there is the peer's: it knew a password there.
    [[nodiscard]] bool is_learned(const net::Address& remote) const;
    /// Of the newest answered check; zero while unknown, and always on a lite agent.
    [[nodiscard]] microseconds round_trip() const { return round_trip_; }
    [[nodiscard]] bool controlling() const { return controlling_; }
    /// Datagrams that were no authentic message for us.
    [[nodiscard]] std::uint64_t refused() const { return refused_; }

private:
    // 20 header, 4 + 516 user name, 8 priority, 4 use-candidate, 12 role, 24 integrity, 8
    // fingerprint are 596.
    static constexpr std::size_t datagram_bytes_max = 600;
    struct Outgoing {
        net::Address destination;
        std::array<std::uint8_t, datagram_bytes_max> bytes{};
        std::size_t size = 0;
    };
    struct ConsentCheck {
        stun::TransactionId transaction{};
        Instant sent_at{};
        bool open = false;
    };

    void on_request(const net::Address& source, const stun::Message& request, Instant now);
    void on_response(const net::Address& source, const stun::Message& response, Instant now);
    bool on_consent_response(const net::Address& source, const stun::Message& response,
                             Instant now);
    void on_check_answered(Pair& pair, Instant now);
    void on_nomination_request(Pair& pair, std::uint32_t priority, Instant now);
    [[nodiscard]] bool settle_role(const stun::Message& request);
    void note_learned(Pair& pair);
    void select(const Pair& pair, Instant now);

    void retry_checks(Instant now);
    void check_next(Instant now);
    void nominate(Instant now);
    void keep_consent(Instant now);
    void send_check(Pair& pair, Instant now);
    void send_request(const net::Address& remote, const stun::TransactionId& transaction,
                      bool use_candidate);
    void answer(const net::Address& source, const stun::Message& request);
    void refuse(const net::Address& source, const stun::Message& request, std::uint16_t code,
                std::string_view reason);
    void enqueue(const net::Address& destination);
    [[nodiscard]] stun::TransactionId make_transaction();
    [[nodiscard]] bool may_send_to(const net::Address& remote) const;

    AgentOptions options_;
    Entropy& entropy_;
    bool controlling_;
    std::uint64_t tie_breaker_;
    std::optional<Credentials> remote_;
    PairList pairs_;
    std::optional<net::Address> selected_;
    bool nominated_ = false;
    bool lost_ = false;
    std::uint32_t selected_priority_ = 0;
    Instant selected_at_{};
    Instant next_check_at_{};
    Deadline nominate_at_;
    // Full: the newest answered check. Lite: the newest authentic request.
    Instant consent_at_{};
    Instant next_consent_check_at_{};
    std::array<ConsentCheck, 4> consent_checks_{};
    std::size_t next_consent_slot_ = 0;
    microseconds round_trip_{0};
    std::uint64_t refused_ = 0;
    Bytes scratch_;
    std::string username_;
    RingBuffer<Outgoing, 16> outgoing_;
    std::optional<Outgoing> current_;
    RingBuffer<Event, 64> events_;
};

}  // namespace studio::ice
