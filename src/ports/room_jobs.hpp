#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/interface.hpp"
#include "base/sensitive.hpp"

namespace studio {

/// A room that wants an agent of ours: made by another app, a dispatch rule, an inbound phone call.
struct RoomJob {
    std::string job_id;
    std::string room_name;
    /// What whoever asked for the agent gave with it: any content.
    std::string metadata;
    std::map<std::string, std::string> attributes;
    /// Of jobs that are about one participant; else empty.
    std::string caller_identity;
    /// The right to enter and where; only in assign(). An empty URL means the usual server.
    Secret<std::string> token;
    std::string url;
};

/// How full this worker is, calls from every source counted.
struct WorkerLoad {
    std::uint32_t active = 0;
    std::uint32_t max = 0;
    /// False while it drains, or where nobody more may come.
    bool is_accepting = true;
    /// Whoever finds no place here waits in the queue, so that jobs are taken beyond `max`.
    bool is_queueing = false;
};

/// Whoever holds the calls: decides and does. On the source's loop; it outlives the source.
///
///   try_reserve --> reserved --assign--> held --report_finished--> gone
///                      |  release           | terminate: end it, then report
class RoomJobTaker : public Interface {
public:
    /// Keeps a place and returns the identity under which the agent will join; nothing where there
    /// is none. Must return within microseconds: the server asks several workers one by one.
    [[nodiscard]] virtual std::optional<std::string> try_reserve(const RoomJob& offer) = 0;
    /// The place is not needed: the job went elsewhere.
    virtual void release(const std::string& job_id) = 0;
    /// The job is ours: enter the room at once, a phone may be ringing.
    virtual void assign(RoomJob job) = 0;
    /// The room or its owner wants no agent any more.
    virtual void terminate(const std::string& job_id) = 0;
    [[nodiscard]] virtual WorkerLoad load() const = 0;
};

/// Where such jobs come from. One loop.
class RoomJobSource : public Interface {
public:
    /// Registers, and does so again whenever the connection is lost. Once.
    virtual void start(RoomJobTaker& taker) = 0;
    virtual void report_running(const std::string& job_id) = 0;
    /// Before the agent leaves the room: afterwards the server has made up its own mind.
    /// `trouble` is empty for success.
    virtual void report_finished(const std::string& job_id, const std::string& trouble) = 0;
    /// A call began or ended: tell the server now rather than at the next interval.
    virtual void load_changed() = 0;
    /// Takes no further job; those held go on. Told to the server at once.
    virtual void drain() = 0;
    [[nodiscard]] virtual bool is_registered() const = 0;
};

}  // namespace studio
