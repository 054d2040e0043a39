#pragma once

#include <memory>
#include <string>

#include "adapters/curl/curl_http_client.hpp"
#include "adapters/livekit/livekit_rooms.hpp"
#include "adapters/livekit_api/livekit_room_control.hpp"
#include "adapters/redis/redis_call_journal.hpp"
#include "adapters/silero/silero_judge.hpp"
#include "adapters/spool/spooled_call_store.hpp"
#include "adapters/sql/sql_call_store.hpp"
#include "adapters/web_socket/beast_web_socket_client.hpp"
#include "apps/providers/provider_set.hpp"
#include "apps/worker/worker_config.hpp"
#include "runtime/loop_thread.hpp"
#include "services/hosting/host/call_host.hpp"
#include "services/hosting/phone/phone_dialer.hpp"
#include "services/hosting/worker/loop_watch.hpp"

namespace studio::apps {

/// One thread given to calls in rooms, with all that they need. Made, opened and closed on the
/// thread of main; what is inside lives on the loop.
class RoomLoop {
public:
    /// What the loops share; all outlive them.
    struct Shared {
        const WorkerConfig& config;
        const adapters::RedisOptions& redis;
        /// At once on one loop.
        std::size_t calls_max;
        runtime::BlockingPool& provider_pool;
        runtime::BlockingPool& file_pool;
        adapters::SqlDatabase& database;
        Entropy& entropy;
        std::shared_ptr<const webrtc::Identity> identity;
        /// nullptr for none.
        std::shared_ptr<const audio::silero::Model> voice_model;
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

    [[nodiscard]] runtime::Loop& loop() { return thread_.loop(); }
    /// What the thread got that asked to run first.
    [[nodiscard]] runtime::ThreadPriority priority() const { return thread_.priority(); }
    /// Precondition: open.
    [[nodiscard]] services::CallHost& host() { return *host_; }

private:
    [[nodiscard]] Result<bool, std::string> set_up(const Shared& shared,
                                                   services::CallHost::OnEnded on_ended,
                                                   services::LoopWatch::Report on_load);
    void make_rooms(const Shared& shared);

    unsigned index_;
    runtime::LoopThread thread_;
    std::unique_ptr<adapters::BeastWebSocketClient> sockets_;
    std::unique_ptr<adapters::LivekitRooms> rooms_;
    /// To the media server's API, apart from what tools ask.
    std::unique_ptr<adapters::CurlHttpClient> api_client_;
    std::unique_ptr<adapters::LivekitRoomControl> room_control_;
    std::unique_ptr<services::PhoneDialer> phones_;
    std::unique_ptr<ProviderSet> providers_;
    std::unique_ptr<adapters::RedisClient> redis_;
    std::unique_ptr<adapters::RedisCallJournal> journal_;
    std::unique_ptr<adapters::SqlCallStore> call_store_;
    std::unique_ptr<adapters::SpooledCallStore> spool_;
    std::unique_ptr<adapters::SileroJudge> speech_judge_;
    std::unique_ptr<services::CallHost> host_;
    std::unique_ptr<services::LoopWatch> watch_;
};

}  // namespace studio::apps
