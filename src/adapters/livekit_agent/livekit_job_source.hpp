#pragma once

#include <memory>
#include <string>

#include "ports/room_jobs.hpp"
#include "ports/web_socket.hpp"
#include "protocol/jwt/livekit_token.hpp"
#include "protocol/livekit_agent/agent_worker.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

struct LivekitJobSourceOptions {
    /// LIVEKIT_URL: ws or wss.
    std::string url;
    jwt::LivekitKey key;
    /// Its `own_room_prefix` is ours to say.
    livekit_agent::AgentWorkerOptions worker;
};

/// RoomJobSource on LiveKit's worker protocol: the machine of protocol/livekit_agent on one
/// WebSocket. Availability is answered from inside the message's handler. One loop, which outlives
/// it, as do the client and the taker. Metric: studio_room_jobs_total{event="…"}.
class LivekitJobSource final : public RoomJobSource, private WebSocketListener {
public:
    LivekitJobSource(runtime::Loop& loop, WebSocketClient& web_sockets,
                     LivekitJobSourceOptions options);
    /// Leaves without a word; jobs that are held go on in their rooms.
    ~LivekitJobSource() override = default;

    void start(RoomJobTaker& taker) override;
    void report_running(const std::string& job_id) override;
    void report_finished(const std::string& job_id, const std::string& trouble) override;
    void load_changed() override;
    void drain() override;
    [[nodiscard]] bool is_registered() const override { return machine_.is_registered(); }

private:
    void on_web_socket_open() override;
    void on_web_socket_message(std::string_view bytes, WebSocketMessage kind) override;
    void on_web_socket_end(const WebSocketEnd& end) override;

    void settle();
    void connect();
    void on(const livekit_agent::WorkerConnect&) { connect(); }
    void on(const livekit_agent::WorkerDisconnect&) { socket_.reset(); }
    void on(const livekit_agent::WorkerSend& output);
    void on(const livekit_agent::JobOffered& output);
    void on(const livekit_agent::JobAssigned& output);
    void on(const livekit_agent::JobLost& output);
    void on(const livekit_agent::JobTerminated& output);

    runtime::Loop& loop_;
    WebSocketClient& web_sockets_;
    LivekitJobSourceOptions options_;
    livekit_agent::AgentWorker machine_;
    RoomJobTaker* taker_ = nullptr;
    bool is_draining_ = false;
    bool is_settling_ = false;
    std::unique_ptr<WebSocket> socket_;
    std::unique_ptr<runtime::Timer> timer_;
};

}  // namespace studio::adapters
