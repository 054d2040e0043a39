#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.hpp"
#include "base/sensitive.hpp"
#include "base/time.hpp"

namespace studio::livekit_agent {

struct AgentWorkerOptions {
    /// LIVEKIT_AGENT_NAME. Empty takes part in automatic dispatch: every room gets us.
    std::string agent_name;
    std::string version = "agent-studio";
    /// Rooms whose name begins so are ours already: their calls come by the queue. The server is
    /// told to end such a job. Empty for none.
    std::string own_room_prefix{};
    /// How often the load is told although nothing changed.
    milliseconds status_interval{2'500};
    milliseconds ping_interval{10'000};
    /// From the connection to the answer to our registration; the server's own limit is 10 s.
    milliseconds register_timeout{10'000};
    /// A job that we said yes to and that never came is let go. The server's caller gives up after
    /// 3 s, its own timer after 10 s.
    milliseconds assignment_timeout{7'500};
    /// Before connecting again: the first, doubled up to the second.
    milliseconds reconnect_first{500};
    milliseconds reconnect_max{10'000};
};

/// One job as the server tells of it; any content.
struct JobOffer {
    std::string job_id;
    std::string room_name;
    std::string metadata;
    std::map<std::string, std::string> attributes;
    std::string participant_identity;
};

// Outputs.

/// Open a WebSocket to `/agent?protocol=1`; one that is there is dropped before.
struct WorkerConnect {};
struct WorkerDisconnect {};
/// A binary message.
struct WorkerSend {
    std::string bytes;
};
/// Say at once, by answer(), whether there is room for it.
struct JobOffered {
    JobOffer offer;
};
struct JobAssigned {
    JobOffer offer;
    std::string url;
    Secret<std::string> token;
};
/// Somebody else got it, or nobody: the place is free again.
struct JobLost {
    std::string job_id;
};
struct JobTerminated {
    std::string job_id;
};

using AgentWorkerOutput = std::variant<WorkerConnect, WorkerDisconnect, WorkerSend, JobOffered,
                                       JobAssigned, JobLost, JobTerminated>;

/// How full the worker is, as its owner counts.
struct WorkerFill {
    std::uint32_t active = 0;
    std::uint32_t max = 0;
    bool is_accepting = true;
    /// Whoever finds no place waits for another worker: jobs are taken beyond `max`.
    bool is_queueing = false;

    friend bool operator==(const WorkerFill&, const WorkerFill&) = default;
};

/// LiveKit's worker protocol without socket or clock. One owner. After every call take outputs with
/// poll_output(), then come back at next_deadline().
///
///   idle -start()-> connecting --open--> registering --answer--> registered
///                       ^                    | late, cut             | cut, silent
///                       +------ waiting <----+-----------------------+
///
/// The load that is told stays below 0.7, beyond which the server gives no job, until every place
/// is taken and nobody may wait; then it is 1 and WS_FULL. Jobs that are held survive a lost
/// connection: the room does not need it. What is told of them then is lost, as in every worker:
/// the server has forgotten.
class AgentWorker {
public:
    explicit AgentWorker(AgentWorkerOptions options) : options_(std::move(options)) {}

    void start(Instant now);
    void handle_open(Instant now);
    void handle_message(ByteView bytes, Instant now);
    void handle_end(Instant now);
    void handle_timeout(Instant now);

    /// Of JobOffered; `identity` is empty for no.
    void answer(const std::string& job_id, const std::string& identity, Instant now);
    void job_running(const std::string& job_id);
    /// `trouble` is empty for success.
    void job_finished(const std::string& job_id, const std::string& trouble);
    /// Told to the server where it changed.
    void set_fill(const WorkerFill& fill, Instant now);

    [[nodiscard]] std::optional<AgentWorkerOutput> poll_output();
    [[nodiscard]] Deadline next_deadline() const;
    [[nodiscard]] bool is_registered() const { return state_ == State::registered; }
    [[nodiscard]] const std::string& worker_id() const { return worker_id_; }

private:
    enum class State : std::uint8_t { idle, connecting, registering, registered, waiting };

    void tell_load(Instant now);
    void reconnect_later(Instant now);
    void on_offer(JobOffer offer);
    void on_assignment(JobOffer offer, std::string url, std::string token);

    AgentWorkerOptions options_;
    State state_ = State::idle;
    std::string worker_id_;
    WorkerFill fill_;
    int attempts_ = 0;
    Deadline state_deadline_;
    Deadline status_at_;
    Deadline ping_at_;
    Instant heard_at_{};
    /// Offers that wait for answer(), and jobs that we said yes to with the time we wait for them.
    std::map<std::string, JobOffer> offered_;
    std::map<std::string, Instant> reserved_;
    std::deque<AgentWorkerOutput> outputs_;
};

}  // namespace studio::livekit_agent
