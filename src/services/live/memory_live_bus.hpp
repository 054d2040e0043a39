#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "ports/live_bus.hpp"
#include "runtime/loop.hpp"

namespace studio::services {

struct MemoryLiveBusOptions {
    /// Events of one tenant that are kept to be read again.
    std::size_t kept_max = 1'000;
    /// Tenants of which events are kept; beyond it the one that was silent longest is forgotten.
    std::size_t tenants_max = 1'000;
    /// A larger event is dropped.
    std::size_t event_bytes_max = 32'768;
};

/// Live events within one process, for calls that it holds itself. On one loop, whose time gives
/// the ids: those of an earlier process are smaller, and not kept.
class MemoryLiveBus final : public LiveSink, public LiveSource {
public:
    /// The loop outlives it.
    explicit MemoryLiveBus(runtime::Loop& loop, MemoryLiveBusOptions options = {});
    ~MemoryLiveBus() override;

    void publish(TenantId tenant, LiveEvent event) override;
    [[nodiscard]] std::unique_ptr<LiveChannel> listen(TenantId tenant,
                                                      LiveListener& listener) override;
    [[nodiscard]] Task<Result<LiveHistory, LiveError>> history(TenantId tenant,
                                                               std::optional<LiveId> after,
                                                               std::size_t count_max) override;

private:
    class Channel;
    struct Kept {
        std::deque<LiveEventPtr> events{};
        std::map<std::uint64_t, LiveListener*> listeners{};
    };

    [[nodiscard]] LiveId next_id();
    void forget_silent();

    runtime::Loop& loop_;
    MemoryLiveBusOptions options_;
    LiveId last_id_{};
    std::uint64_t last_listener_ = 0;
    std::map<TenantId, Kept> kept_;
    /// Expires with this, for what was posted and for channels.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace studio::services
