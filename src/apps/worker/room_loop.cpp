#include "apps/worker/room_loop.hpp"

#include <utility>

#include "adapters/livekit/agent_token.hpp"
#include "apps/parts/production.hpp"

namespace studio::apps {

RoomLoop::RoomLoop(unsigned index, bool runs_first)
    : calls_("calls-" + std::to_string(index), runs_first) {}

Result<bool, std::string> RoomLoop::open(const Shared& shared, services::CallHost::OnEnded on_ended,
                                         services::LoopWatch::Report on_load) {
    return calls_.open([&] { return set_up(shared, std::move(on_ended), std::move(on_load)); });
}

void RoomLoop::make_rooms(const Shared& shared) {
    runtime::AsioLoop& loop = calls_.loop();
    adapters::LivekitOptions options;
    options.url = shared.config.livekit.url;
    options.webrtc.name = calls_.name();
    options.webrtc.sources_max = shared.config.room_voices;
    options.webrtc.advertised_addresses = shared.config.media_addresses;
    // A call that changes its worker may leave and come on the same loop.
    options.rooms_max = shared.calls_max * 2;
    adapters::LivekitApiOptions api = livekit_api_options(shared.config.livekit);
    const jwt::LivekitKey key = api.key;
    api_client_ = std::make_unique<adapters::CurlHttpClient>(loop);
    room_control_ =
        std::make_unique<adapters::LivekitRoomControl>(loop, *api_client_, std::move(api));
    phones_ = std::make_unique<services::PhoneDialer>(*room_control_);
    sockets_ = std::make_unique<adapters::BeastWebSocketClient>(loop);
    rooms_ = std::make_unique<adapters::LivekitRooms>(
        std::move(options),
        adapters::LivekitRooms::Parts{loop, *sockets_, shared.entropy, room_control_.get()},
        shared.identity, [&loop, key](const RoomJoin& join) {
            return adapters::make_agent_token(key, join, loop.wall_now());
        });
}

Result<bool, std::string> RoomLoop::set_up(const Shared& shared,
                                           services::CallHost::OnEnded on_ended,
                                           services::LoopWatch::Report on_load) {
    runtime::AsioLoop& loop = calls_.loop();
    make_rooms(shared);
    calls_.make_parts(shared.calls);
    redis_ = std::make_unique<adapters::RedisClient>(loop, shared.redis);
    journal_ = std::make_unique<adapters::RedisCallJournal>(*redis_);
    live_ = std::make_unique<adapters::RedisLiveBus>(*redis_);
    adapters::SpoolOptions spool;
    spool.folder = shared.config.database.spool;
    spool.name = calls_.name();
    auto opened = adapters::SpooledCallStore::open(
        std::move(spool),
        adapters::SpooledCallStore::Parts{calls_.store(), shared.file_pool, loop});
    if (!opened) {
        return fail("--spool: " + opened.error());
    }
    spool_ = std::move(*opened);
    CallLoop::Kind kind;
    kind.store = spool_.get();
    kind.rooms = rooms_.get();
    kind.journal = journal_.get();
    kind.phones = phones_.get();
    kind.live = live_.get();
    calls_.make_host(kind, std::move(on_ended));
    watch_ = std::make_unique<services::LoopWatch>(
        loop,
        [this] {
            const auto frames = calls_.host().frames_late();
            return services::LoopWatch::Count{calls_.host().count(), frames.late, frames.gapped,
                                              runtime::thread_cpu_time()};
        },
        std::move(on_load));
    return true;
}

Task<void> RoomLoop::finish() {
    watch_.reset();
    co_await calls_.host().close();
    co_await spool_->close();
    co_await live_->close();
    co_await rooms_->close();
}

void RoomLoop::close() {
    calls_.close([this] {
        watch_.reset();
        spool_.reset();
        journal_.reset();
        live_.reset();
        redis_.reset();
        phones_.reset();
        rooms_.reset();
        sockets_.reset();
        room_control_.reset();
        api_client_.reset();
    });
}

}  // namespace studio::apps
