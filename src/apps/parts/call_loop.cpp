#include "apps/parts/call_loop.hpp"

#include <utility>

#include "apps/providers/turn_model.hpp"

namespace studio::apps {

CallLoop::CallLoop(std::string name, bool runs_first)
    : name_(std::move(name)), thread_(runtime::AsioLoopOptions{.name = name_}, runs_first) {}

void CallLoop::make_parts(const Shared& shared) {
    providers_ =
        std::make_unique<ProviderSet>(thread_.loop(), shared.provider_pools, shared.providers, 1);
    store_ = std::make_unique<adapters::SqlCallStore>(shared.database, thread_.loop());
    if (shared.voice_model != nullptr) {
        speech_judge_ = std::make_unique<adapters::SileroJudge>(thread_.loop(), shared.voice_model);
    }
    if (shared.turn_model != nullptr) {
        turn_judge_ = std::make_unique<adapters::SmartTurnJudge>(
            thread_.loop(), shared.provider_pools.ears, shared.turn_model, smart_turn_options());
    }
}

void CallLoop::make_host(const Kind& kind, services::CallHost::OnEnded on_ended) {
    CallStore& store = kind.store == nullptr ? *store_ : *kind.store;
    services::CallHost::Parts parts{.loop = thread_.loop(),
                                    .store = store,
                                    .http_client = providers_->http_client(),
                                    .providers = providers_->by_name()};
    parts.media = kind.direct;
    parts.rooms = kind.rooms;
    parts.journal = kind.journal;
    parts.phones = kind.phones;
    parts.live = kind.live;
    services::CallSessionOptions options;
    options.time_zones = &providers_->time_zones();
    options.speech_judge = speech_judge_.get();
    options.turn_judge = turn_judge_.get();
    host_ = std::make_unique<services::CallHost>(parts, options, std::move(on_ended),
                                                 kind.open_recording);
}

void CallLoop::close(const std::function<void()>& take_down) {
    thread_.run_and_wait([this, &take_down] {
        host_.reset();
        speech_judge_.reset();
        turn_judge_.reset();
        take_down();
        store_.reset();
        providers_.reset();
    });
    thread_.stop();
}

}  // namespace studio::apps
