#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ports/call_store.hpp"
#include "ports/live_bus.hpp"
#include "runtime/task_scope.hpp"
#include "services/errors/service_error.hpp"
#include "services/live/live_stream.hpp"

namespace studio::services {

struct LiveOptions {
    /// Streams of this process at once: of one tenant, and of all.
    std::size_t streams_per_tenant_max = 500;
    std::size_t streams_max = 2'000;
    /// Events that a stream keeps for a reader who does not take them; beyond it the reader is
    /// dropped.
    std::size_t waiting_max = 1'000;
    /// How many events a stream is resumed over at most.
    std::size_t resumed_max = 2'000;
    /// How many of the last events a stream that is not resumed looks through for lines that are
    /// not stored yet.
    std::size_t recent_max = 200;
    /// How long a new stream waits until the bus is heard.
    milliseconds up_timeout{3'000};
    /// How often it is looked in the store how calls stand, while somebody watches that.
    milliseconds board_interval{10'000};
    /// Calls under way of one tenant that are looked at.
    std::size_t board_calls_max = 5'000;
    /// What a refused stream is told to wait.
    seconds retry_after{5};
};

/// What is wrong with the options, one sentence each; empty where all is well.
[[nodiscard]] std::vector<std::string> validate(const LiveOptions& options);

/// Who wants to hear what.
struct LiveRequest {
    TenantId tenant;
    LiveWish wish{};
    /// The last event that the reader had; absent for a new reader.
    std::optional<LiveId> after{};
    /// For metrics: `calls`, `call` or `socket`.
    std::string kind{};
};

/// The streams of live events of one process. On one loop; what it is built from outlives it, and
/// it outlives its streams.
class LiveHub {
public:
    struct Parts {
        LiveSource& source;
        CallStore& calls;
        runtime::Loop& loop;
    };

    LiveHub(LiveOptions options, Parts parts);

    /// A stream that hears everything from here on. rate_limit_exceeded where there are too many,
    /// unavailable where the bus is away, or of a board the store.
    [[nodiscard]] ServiceTask<std::shared_ptr<LiveStream>> open(LiveRequest request);
    [[nodiscard]] std::size_t streams() const;
    /// Of a stream with Kind::board: its calls as far as they are known.
    [[nodiscard]] static std::size_t active_calls(LiveStream& stream);
    [[nodiscard]] static JsonArray calls_under_way(LiveStream& stream, std::size_t count_max);
    /// After the last stream is gone. Once.
    [[nodiscard]] Task<void> close() { return scope_.close(); }

private:
    [[nodiscard]] std::shared_ptr<LiveTopic> topic_of(const TenantId& tenant);
    [[nodiscard]] ServiceTask<bool> begin(std::shared_ptr<LiveStream> stream,
                                          std::optional<LiveId> after);
    [[nodiscard]] Task<bool> load_board(std::shared_ptr<LiveTopic> topic, bool is_told);
    [[nodiscard]] Task<void> keep_board(std::shared_ptr<LiveTopic> topic);
    [[nodiscard]] Task<void> tell_of_gone(std::shared_ptr<LiveTopic> topic,
                                          std::vector<CallId> gone);

    LiveOptions options_;
    Parts parts_;
    std::map<TenantId, std::weak_ptr<LiveTopic>> topics_;
    runtime::TaskScope scope_;
};

}  // namespace studio::services
