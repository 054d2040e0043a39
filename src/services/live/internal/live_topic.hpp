#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "ports/live_bus.hpp"
#include "runtime/task_scope.hpp"
#include "runtime/wake_list.hpp"
#include "services/live/call_board.hpp"
#include "services/live/live_stream.hpp"

namespace studio::services {

/// What one tenant's streams in this process share: they listen to the bus once, and know how the
/// tenant's calls stand. Lives as long as a stream or a task of it. On the hub's loop.
///
///   listening --up--> heard --bus lost, up--> catching up --history--> heard
///                                                   +-- not whole --> every stream ends
class LiveTopic final : public LiveListener, public std::enable_shared_from_this<LiveTopic> {
public:
    struct Parts {
        runtime::Loop& loop;
        LiveSource& source;
        runtime::TaskScope& scope;
        /// Events that wait while it catches up, and how many are asked for then.
        std::size_t history_max;
    };

    LiveTopic(const Parts& parts, TenantId tenant);

    /// Begins to listen; once.
    void start();
    [[nodiscard]] const TenantId& tenant() const { return tenant_; }
    void add(LiveStream& stream) { streams_.push_back(&stream); }
    void remove(LiveStream& stream) { std::erase(streams_, &stream); }
    [[nodiscard]] std::size_t size() const { return streams_.size(); }
    /// Whether a stream shows how calls stand.
    [[nodiscard]] bool has_board_stream() const;

    /// Ends when events are heard, at the latest at `until`; whether they are.
    [[nodiscard]] Task<bool> wait_until_up(Instant until);
    void on_live_event(const LiveEventPtr& event) override;
    void on_live_up() override;

    /// How the tenant's calls stand, while a stream shows that.
    struct Board {
        std::optional<CallBoard> calls{};
        /// It was read from the store once.
        bool is_loaded = false;
        /// A task reads it again and again.
        bool is_kept = false;
    };
    [[nodiscard]] Board& board() { return board_; }
    /// To every stream.
    void deliver(const LiveEventPtr& event);

private:
    [[nodiscard]] Task<void> catch_up();
    void stop_all(LiveEnd end);

    Parts parts_;
    TenantId tenant_;
    std::vector<LiveStream*> streams_;
    std::unique_ptr<LiveChannel> channel_;
    bool is_up_ = false;
    bool is_catching_up_ = false;
    std::vector<LiveEventPtr> held_back_;
    /// The last event that was delivered.
    LiveId last_id_{};
    Board board_;
    runtime::WakeList up_;
};

}  // namespace studio::services
