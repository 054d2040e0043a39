#include "runtime/timer_queue.hpp"

#include <utility>

#include "base/check.hpp"

namespace studio::runtime {
namespace {

constexpr std::size_t not_armed = static_cast<std::size_t>(-1);

}  // namespace

class TimerQueue::Entry final : public Timer {
public:
    Entry(TimerQueue& queue, std::uint64_t& sequence, Loop::Function on_expiry)
        : queue_(queue), sequence_(sequence), on_expiry_(std::move(on_expiry)) {
        ++queue_.living_;
    }
    ~Entry() override {
        queue_.disarm(*this);
        if (queue_.running_ == this) {
            queue_.running_ = nullptr;
        }
        --queue_.living_;
    }

    void restart(Instant at) override {
        queue_.disarm(*this);
        queue_.arm(*this, at);
    }

    [[nodiscard]] bool is_before(const Entry& other) const {
        return at_ != other.at_ ? at_ < other.at_ : order_ < other.order_;
    }

private:
    friend class TimerQueue;

    TimerQueue& queue_;
    std::uint64_t& sequence_;
    Loop::Function on_expiry_;
    Instant at_{};
    std::uint64_t order_ = 0;
    std::size_t index_ = not_armed;
};

TimerQueue::~TimerQueue() {
    STUDIO_CHECK(living_ == 0, "timers do not outlive their loop");
}

std::unique_ptr<Timer> TimerQueue::start(Instant at, std::uint64_t& sequence,
                                         Loop::Function on_expiry) {
    auto entry = std::make_unique<Entry>(*this, sequence, std::move(on_expiry));
    arm(*entry, at);
    return entry;
}

Deadline TimerQueue::earliest() const {
    return heap_.empty() ? Deadline() : Deadline(heap_.front()->at_);
}

std::uint64_t TimerQueue::earliest_sequence() const {
    return heap_.front()->order_;
}

void TimerQueue::run_earliest() {
    Entry& entry = *heap_.front();
    disarm(entry);
    // The function leaves the entry while it runs, for it may destroy the entry.
    Loop::Function function = std::move(entry.on_expiry_);
    Entry* const outer = std::exchange(running_, &entry);
    function();
    if (running_ == &entry) {
        entry.on_expiry_ = std::move(function);
    }
    running_ = outer;
}

void TimerQueue::arm(Entry& entry, Instant at) {
    entry.at_ = at;
    entry.order_ = entry.sequence_++;
    heap_.push_back(&entry);
    entry.index_ = heap_.size() - 1;
    sift_up(entry.index_);
}

void TimerQueue::disarm(Entry& entry) {
    const std::size_t index = std::exchange(entry.index_, not_armed);
    if (index == not_armed) {
        return;
    }
    Entry* const last = heap_.back();
    heap_.pop_back();
    if (last != &entry) {
        place(index, last);
        sift_up(index);
        sift_down(last->index_);
    }
}

void TimerQueue::place(std::size_t index, Entry* entry) {
    heap_[index] = entry;
    entry->index_ = index;
}

void TimerQueue::sift_up(std::size_t index) {
    Entry* const entry = heap_[index];
    while (index > 0) {
        const std::size_t parent = (index - 1) / 2;
        if (!entry->is_before(*heap_[parent])) {
            break;
        }
        place(index, heap_[parent]);
        index = parent;
    }
    place(index, entry);
}

void TimerQueue::sift_down(std::size_t index) {
    Entry* const entry = heap_[index];
    while (true) {
        std::size_t child = 2 * index + 1;
        if (child >= heap_.size()) {
            break;
        }
        if (child + 1 < heap_.size() && heap_[child + 1]->is_before(*heap_[child])) {
            ++child;
        }
        if (!heap_[child]->is_before(*entry)) {
            break;
        }
        place(index, heap_[child]);
        index = child;
    }
    place(index, entry);
}

}  // namespace studio::runtime
