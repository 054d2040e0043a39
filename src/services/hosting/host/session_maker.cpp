#include "services/hosting/host/internal/session_maker.hpp"

#include <utility>
#include <vector>

namespace studio::services {
namespace {

std::vector<bool> spare_voices(const CallProviders& providers) {
    std::vector<bool> spare;
    for (const SeatProviders& seat : providers.seats) {
        spare.push_back(seat.spare_voice != nullptr);
    }
    return spare;
}

}  // namespace

void SessionMaker::make(HeldCall& held, CallPlan plan, CallProviders providers,
                        std::unique_ptr<CallMedia> media) {
    CallSessionOptions options = options_;
    CallObserver* observer = &observer_;
    options.keeper = held.keeper.get();
    options.phone = held.phone.get();
    // A log begins with the call; one that was taken over could not be replayed.
    auto stream = open_recording_ && !plan.snapshot ? open_recording_(plan.record.id) : nullptr;
    if (stream != nullptr) {
        held.recorder = std::make_unique<CallRecorder>(std::move(stream), loop_, plan, options,
                                                       spare_voices(providers));
        options.input_log = held.recorder.get();
        observer = &held.recorder->tap(observer_);
        media = held.recorder->tap(std::move(media));
    }
    CallProviders used = held.recorder ? held.recorder->tap(providers) : std::move(providers);
    held.session = std::make_unique<CallSession>(loop_, std::move(plan), std::move(used),
                                                 std::move(media), *observer, options);
}

}  // namespace studio::services
