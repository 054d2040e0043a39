#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.hpp"
#include "base/metric.hpp"
#include "base/ring_buffer.hpp"
#include "runtime/loop.hpp"

namespace studio::runtime {

/// What happens to a message that finds the mailbox full.
enum class Overflow : std::uint8_t {
    /// It is refused, and the sender knows: commands.
    reject,
    /// The oldest message makes room: audio and other things that age.
    drop_oldest,
    /// The sending coroutine is suspended until there is room: bulk writes.
    wait,
};

/// Messages from any thread to one loop, at most `Capacity` of them waiting. Made and destroyed on
/// the receiving loop (or before it runs); it must outlive its senders. Messages of one sender
/// arrive in their order. Metric: studio_mailbox_overflow_total{mailbox="…"}.
template <class Message, std::size_t Capacity, Overflow Policy>
class Mailbox {
public:
    using Handler = std::function<void(Message)>;

    /// `on_message` runs on `loop` for each message. `name` labels the metric.
    Mailbox(Loop& loop, std::string_view name, Handler on_message)
        : state_(std::make_shared<State>(loop, name, std::move(on_message))) {}
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;
    /// Messages that wait are dropped. Precondition: no sender is suspended in send().
    ~Mailbox() { state_->close(); }

    /// False where the mailbox is full: the message is gone, and counted. Any thread.
    [[nodiscard]] bool try_send(Message message)
        requires(Policy == Overflow::reject)
    {
        return state_->push(std::move(message));
    }

    /// Never refuses; a full mailbox loses its oldest message, which is counted. Any thread.
    void send(Message message)
        requires(Policy == Overflow::drop_oldest)
    {
        static_cast<void>(state_->push(std::move(message)));
    }

    /// `co_await mailbox.send(own_loop, message)` waits for room without blocking and goes on at
    /// `own_loop`, the sender's. Waiting senders are served in their order.
    [[nodiscard]] auto send(Loop& own_loop, Message message)
        requires(Policy == Overflow::wait)
    {
        return SendAwaiter(*state_, own_loop, std::move(message));
    }

private:
    struct State;

    class SendAwaiter {
    public:
        SendAwaiter(State& state, Loop& loop, Message message)
            : state_(state), loop_(loop), message_(std::move(message)) {}
        [[nodiscard]] bool await_ready() const noexcept { return false; }
        bool await_suspend(std::coroutine_handle<> waiting) {
            waiting_ = waiting;
            return state_.push_or_wait(*this);
        }
        void await_resume() const noexcept {}

    private:
        friend struct State;
        State& state_;
        Loop& loop_;
        Message message_;
        std::coroutine_handle<> waiting_;
    };

    // Shared with the functions that are posted to the loop, so that they may outlive the mailbox.
    struct State : std::enable_shared_from_this<State> {
        State(Loop& receiving_loop, std::string_view name, Handler handler)
            : loop(receiving_loop),
              on_message(std::move(handler)),
              overflows(metrics().counter("studio_mailbox_overflow_total",
                                          "Messages that found a mailbox full.",
                                          "mailbox=\"" + std::string(name) + '"')) {}

        bool push(Message message) {
            bool starts_drain = false;
            {
                const std::scoped_lock lock(mutex);
                if constexpr (Policy == Overflow::drop_oldest) {
                    if (messages.push_dropping_oldest(std::move(message))) {
                        overflows.add();
                    }
                } else if (!messages.try_push(std::move(message))) {
                    overflows.add();
                    return false;
                }
                starts_drain = !std::exchange(draining, true);
            }
            if (starts_drain) {
                post_drain();
            }
            return true;
        }

        // True where the sender must wait.
        bool push_or_wait(SendAwaiter& sender) {
            {
                const std::scoped_lock lock(mutex);
                if (!senders.empty() || messages.size() == Capacity) {
                    overflows.add();
                    senders.push_back(&sender);
                    return true;
                }
                static_cast<void>(messages.try_push(std::move(sender.message_)));
                if (std::exchange(draining, true)) {
                    return false;
                }
            }
            post_drain();
            return false;
        }

        void post_drain() {
            loop.post([state = this->shared_from_this()] { state->drain(); });
        }

        // One message per handler would be fair but slow; all at once would starve the loop.
        void drain() {
            for (int handled = 0; handled < batch_max; ++handled) {
                std::optional<Message> message = take();
                if (!message) {
                    return;
                }
                on_message(std::move(*message));
            }
            post_drain();
        }

        std::optional<Message> take() {
            const std::scoped_lock lock(mutex);
            std::optional<Message> message = messages.pop();
            if (!message) {
                draining = false;
                return message;
            }
            if (!senders.empty()) {
                SendAwaiter* const sender = senders.front();
                senders.pop_front();
                static_cast<void>(messages.try_push(std::move(sender->message_)));
                sender->loop_.post([waiting = sender->waiting_] { waiting.resume(); });
            }
            return message;
        }

        void close() {
            const std::scoped_lock lock(mutex);
            STUDIO_CHECK(senders.empty(), "a mailbox outlives its senders");
            messages.clear();
        }

        static constexpr int batch_max = 64;

        Loop& loop;
        Handler on_message;
        Counter& overflows;
        std::mutex mutex;
        RingBuffer<Message, Capacity> messages;
        std::deque<SendAwaiter*> senders;
        bool draining = false;
    };

    std::shared_ptr<State> state_;
};

}  // namespace studio::runtime
