#pragma once

#include <atomic>
#include <cstdint>

namespace studio {

/// Counts the living objects of a type: `class CallSession : LiveCount<CallSession>`. Tests end
/// with the assertion that it is back at zero. Any thread.
template <class Owner>
class LiveCount {
public:
    LiveCount() { count_.fetch_add(1, std::memory_order_relaxed); }
    LiveCount(const LiveCount&) : LiveCount() {}
    LiveCount& operator=(const LiveCount&) = default;
    ~LiveCount() { count_.fetch_sub(1, std::memory_order_relaxed); }

    [[nodiscard]] static std::int64_t live() { return count_.load(std::memory_order_relaxed); }

private:
    static inline std::atomic<std::int64_t> count_{0};
};

}  // namespace studio
