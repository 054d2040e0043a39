#include "runtime/asio_loop.hpp"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/log.hpp"
#include "base/metric.hpp"
#include "runtime/timer_queue.hpp"

namespace studio::runtime {
namespace {

Instant read_clock() {
    return Instant(duration_cast<nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()));
}

}  // namespace

struct AsioLoop::State {
    explicit State(AsioLoopOptions loop_options)
        : options(std::move(loop_options)),
          lag(metrics().histogram("studio_loop_lag_seconds",
                                  "How long after its time a timer of the loop ran.",
                                  latency_bounds_seconds(), "loop=\"" + options.name + '"')) {}

    AsioLoopOptions options;
    Histogram& lag;
    // Before the context: functions that never ran may own timers.
    TimerQueue timers;
    std::uint64_t sequence = 0;
    // One thread runs the context, which spares the wake-ups between threads but not the locks:
    // post() comes from any thread.
    boost::asio::io_context context{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
        context.get_executor()};
    boost::asio::steady_timer kernel_timer{context};
    Deadline armed_for;
    std::vector<TurnEndListener*> turn_end;
    std::atomic<bool> stopping{false};
    bool running = false;
    // Both are read at most once in a handler.
    Deadline now;
    std::optional<WallTime> wall_now;
};

AsioLoop::AsioLoop(AsioLoopOptions options) : state_(std::make_unique<State>(std::move(options))) {}

AsioLoop::~AsioLoop() {
    STUDIO_CHECK(!state_->running, "a loop is stopped before it is destroyed");
}

void AsioLoop::run() {
    State& state = *state_;
    set_up_thread();
    state.running = true;
    after_handler();
    while (!state.stopping.load(std::memory_order_acquire)) {
        // First, for what was started or sent before run() counts as a turn too.
        run_due_timers();
        end_turn();
        arm_kernel_timer();
        state.context.run_one();
        after_handler();
        for (std::size_t count = 1; count < state.options.handlers_per_turn_max &&
                                    !state.stopping.load(std::memory_order_acquire);
             ++count) {
            if (state.context.poll_one() == 0) {
                break;
            }
            after_handler();
        }
    }
    end_turn();
    state.running = false;
    state.stopping.store(false, std::memory_order_release);
    state.context.restart();
}

void AsioLoop::stop() {
    state_->stopping.store(true, std::memory_order_release);
    state_->context.stop();
}

Instant AsioLoop::now() const {
    if (!state_->running) {
        return read_clock();
    }
    if (!state_->now) {
        state_->now = read_clock();
    }
    return *state_->now;
}

WallTime AsioLoop::wall_now() const {
    if (!state_->running || !state_->wall_now) {
        state_->wall_now =
            std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
    }
    return *state_->wall_now;
}

void AsioLoop::post(Function function) {
    boost::asio::post(state_->context, std::move(function));
}

std::unique_ptr<Timer> AsioLoop::start_timer(Instant at, Function on_expiry) {
    return state_->timers.start(at, state_->sequence, std::move(on_expiry));
}

void AsioLoop::request_turn_end(TurnEndListener& listener) {
    state_->turn_end.push_back(&listener);
}

void AsioLoop::cancel_turn_end(TurnEndListener& listener) {
    // end_turn() may be walking the list, so the place stays.
    std::replace(state_->turn_end.begin(), state_->turn_end.end(), &listener,
                 static_cast<TurnEndListener*>(nullptr));
}

boost::asio::io_context& AsioLoop::context() {
    return state_->context;
}

const std::string& AsioLoop::name() const {
    return state_->options.name;
}

void AsioLoop::set_up_thread() {
    const AsioLoopOptions& options = state_->options;
    pthread_setname_np(pthread_self(), options.name.substr(0, 15).c_str());
    if (!options.cpu) {
        return;
    }
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(static_cast<std::size_t>(*options.cpu), &cpus);
    if (pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus) != 0) {
        // The loop works without, only less evenly: a container may not own this processor.
        STUDIO_LOG(warning, "loop_not_pinned", {"loop", options.name}, {"cpu", *options.cpu});
    }
}

void AsioLoop::after_handler() {
    state_->now.reset();
    state_->wall_now.reset();
}

void AsioLoop::run_due_timers() {
    State& state = *state_;
    // Timers that are armed in here for the past wait for the next turn, so that a timer which
    // always restarts itself at once cannot keep sockets from their turn.
    const Instant turn = read_clock();
    std::size_t budget = state.timers.size();
    for (Deadline due = state.timers.earliest(); due && *due <= turn && budget > 0;
         due = state.timers.earliest(), --budget) {
        state.now = read_clock();
        state.lag.observe(std::chrono::duration<double>(*state.now - *due).count());
        state.timers.run_earliest();
        after_handler();
    }
}

void AsioLoop::end_turn() {
    State& state = *state_;
    // By index: a listener may go away, or send again, while it is told.
    for (std::size_t index = 0; index < state.turn_end.size(); ++index) {
        if (TurnEndListener* const listener = state.turn_end[index]) {
            listener->on_turn_end();
        }
    }
    state.turn_end.clear();
    after_handler();
}

void AsioLoop::arm_kernel_timer() {
    State& state = *state_;
    const Deadline earliest = state.timers.earliest();
    // An earlier kernel expiry than needed costs one empty turn; re-arming costs a system call. So
    // a timer that was only put off is left alone.
    if (!earliest || (state.armed_for && *state.armed_for <= *earliest)) {
        return;
    }
    state.armed_for = earliest;
    state.kernel_timer.expires_at(
        std::chrono::steady_clock::time_point(earliest->time_since_epoch()));
    state.kernel_timer.async_wait([&state](const boost::system::error_code& error) {
        if (!error) {
            state.armed_for.reset();
        }
    });
}

}  // namespace studio::runtime
