#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "runtime/asio_loop.hpp"

namespace studio::test {

/// A loop on the test's own thread, run until a condition holds. The bound is for broken code: what
/// is right takes some milliseconds.
class ProviderLoop {
public:
    [[nodiscard]] runtime::AsioLoop& loop() { return loop_; }

    /// Runs once: until `is_done`, looked at every millisecond. Fails the test after five seconds.
    void run_until(std::function<bool()> is_done) {
        is_done_ = std::move(is_done);
        deadline_ = loop_.now() + seconds(5);
        look();
        loop_.run();
        timer_.reset();
    }

private:
    void look() {
        const bool is_late = loop_.now() >= deadline_;
        EXPECT_FALSE(is_late) << "the condition did not come true";
        if (is_late || is_done_()) {
            loop_.stop();
            return;
        }
        timer_ = loop_.start_timer(loop_.now() + milliseconds(1), [this] { look(); });
    }

    runtime::AsioLoop loop_;
    std::function<bool()> is_done_;
    Instant deadline_{};
    std::unique_ptr<runtime::Timer> timer_;
};

}  // namespace studio::test
