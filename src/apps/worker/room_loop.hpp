#pragma once

#include <memory>
#include <string>

#include "adapters/curl/curl_http_client.hpp"
#include "adapters/livekit/livekit_rooms.hpp"
#include "adapters/livekit_api/livekit_room_control.hpp"
#include "adapters/redis/redis_call_journal.hpp"
#include "adapters/redis/redis_live_bus.hpp"
#include "adapters/spool/spooled_call_store.hpp"
#include "adapters/web_socket/beast_web_socket_client.hpp"
#include "apps/parts/call_loop.hpp"
#include "apps/worker/worker_config.hpp"
#include "services/hosting/phone/phone_dialer.hpp"
#include "services/hosting/worker/loop_watch.hpp"

namespace studio::apps {

/// One thread given to calls in rooms, with the way into rooms, the journal and the spool. Made,
/// opened and closed on the thread of main; what is inside lives on the loop.
class RoomLoop {
public:
    /// What the loops share; all outlive them.
    struct Shared {
        const WorkerConfig& config;
        const adapters::RedisOptions& redis;
        /// At once on one loop.
        std::size_t calls_max;
        CallLoop::Shared calls;
        runtime::BlockingPool& file_pool;
        Entropy& entropy;
        std::shared_ptr<const webrtc::Identity> identity;
    };

    /// `runs_first`: before other threads of the machine, where that is allowed.
    RoomLoop(unsigned index, bool runs_first);

    /// Starts the thread; on failure one line for people, and close() is still owed. Both functions
    /// run on the loop.
    [[nodiscard]] Result<bool, std::string> open(const Shared& shared,
                                                 services::CallHost::OnEnded on_ended,
                                                 services::LoopWatch::Report on_load);
    /// On the loop, before close(): gives up what is not written yet; what is spooled stays on disk
    /// for the next process.
    [[nodiscard]] Task<void> finish();
    /// Takes everything down and stops the thread.
    void close();

    [[nodiscard]] CallLoop& calls() { return calls_; }

private:
    [[nodiscard]] Result<bool, std::string> set_up(const Shared& shared,
                                                   services::CallHost::OnEnded on_ended,
                                                   services::LoopWatch::Report on_load);
    void make_rooms(const Shared& shared);

    CallLoop calls_;
    std::unique_ptr<adapters::BeastWebSocketClient> sockets_;
    std::unique_ptr<adapters::LivekitRooms> rooms_;
    /// To the media server's API, apart from what tools ask.
    std::unique_ptr<adapters::CurlHttpClient> api_client_;
    std::unique_ptr<adapters::LivekitRoomControl> room_control_;
    std::unique_ptr<services::PhoneDialer> phones_;
    std::unique_ptr<adapters::RedisClient> redis_;
    std::unique_ptr<adapters::RedisCallJournal> journal_;
    std::unique_ptr<adapters::RedisLiveBus> live_;
    std::unique_ptr<adapters::SpooledCallStore> spool_;
    std::unique_ptr<services::LoopWatch> watch_;
};

}  // namespace studio::apps
