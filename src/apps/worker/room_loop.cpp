#include "apps/worker/room_loop.hpp"

#include <utility>

#include "adapters/livekit/agent_token.hpp"

namespace studio::apps {
namespace {

std::string loop_name(unsigned index) {
    return "calls-" + std::to_string(index);
}

}  // namespace

RoomLoop::RoomLoop(unsigned index, bool runs_first)
    : index_(index), thread_(runtime::AsioLoopOptions{.name = loop_name(index)}, runs_first) {}

Result<bool, std::string> RoomLoop::open(const Shared& shared, services::CallHost::OnEnded on_ended,
                                         services::LoopWatch::Report on_load) {
    thread_.start();
    Result<bool, std::string> outcome = true;
    thread_.run_and_wait(
        [&] { outcome = set_up(shared, std::move(on_ended), std::move(on_load)); });
    return outcome;
}

void RoomLoop::make_rooms(const Shared& shared) {
    runtime::AsioLoop& loop = thread_.loop();
    adapters::LivekitOptions options;
    options.url = shared.config.livekit.url;
    options.webrtc.name = loop_name(index_);
    options.webrtc.sources_max = shared.config.room_voices;
    options.webrtc.advertised_addresses = shared.config.media_addresses;
    // A call that changes its worker may leave and come on the same loop.
    options.rooms_max = shared.calls_max * 2;
    const jwt::LivekitKey key{shared.config.livekit.api_key, shared.config.livekit.api_secret};
    adapters::LivekitApiOptions api;
    api.url = shared.config.livekit.url;
    api.key = key;
    api.outbound_trunk_id = shared.config.livekit.outbound_trunk;
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
    runtime::AsioLoop& loop = thread_.loop();
    make_rooms(shared);
    providers_ =
        std::make_unique<ProviderSet>(loop, shared.provider_pool, shared.config.providers, 1);
    redis_ = std::make_unique<adapters::RedisClient>(loop, shared.redis);
    journal_ = std::make_unique<adapters::RedisCallJournal>(*redis_);
    call_store_ = std::make_unique<adapters::SqlCallStore>(shared.database, loop);
    adapters::SpoolOptions spool;
    spool.folder = shared.config.database.spool;
    spool.name = loop_name(index_);
    auto opened = adapters::SpooledCallStore::open(
        std::move(spool), adapters::SpooledCallStore::Parts{*call_store_, shared.file_pool, loop});
    if (!opened) {
        return fail("--spool: " + opened.error());
    }
    spool_ = std::move(*opened);
    services::CallHost::Parts parts{.loop = loop,
                                    .store = *spool_,
                                    .http_client = providers_->http_client(),
                                    .providers = providers_->by_name()};
    parts.rooms = rooms_.get();
    parts.journal = journal_.get();
    parts.phones = phones_.get();
    services::CallSessionOptions session_options;
    session_options.time_zones = &providers_->time_zones();
    if (shared.voice_model != nullptr) {
        speech_judge_ = std::make_unique<adapters::SileroJudge>(loop, shared.voice_model);
        session_options.speech_judge = speech_judge_.get();
    }
    host_ = std::make_unique<services::CallHost>(parts, session_options, std::move(on_ended));
    watch_ = std::make_unique<services::LoopWatch>(
        loop,
        [this] {
            const auto frames = host_->frames_late();
            return services::LoopWatch::Count{host_->count(), frames.late, frames.gapped,
                                              runtime::thread_cpu_time()};
        },
        std::move(on_load));
    return true;
}

Task<void> RoomLoop::finish() {
    watch_.reset();
    co_await host_->close();
    co_await spool_->close();
    co_await rooms_->close();
}

void RoomLoop::close() {
    thread_.run_and_wait([this] {
        watch_.reset();
        host_.reset();
        speech_judge_.reset();
        spool_.reset();
        call_store_.reset();
        journal_.reset();
        redis_.reset();
        providers_.reset();
        phones_.reset();
        rooms_.reset();
        sockets_.reset();
        room_control_.reset();
        api_client_.reset();
    });
    thread_.stop();
}

}  // namespace studio::apps
