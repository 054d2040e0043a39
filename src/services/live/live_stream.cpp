#include "services/live/live_stream.hpp"

#include <utility>

#include "services/live/call_board.hpp"
#include "services/live/internal/live_topic.hpp"
#include "services/live/live_metrics.hpp"

namespace studio::services {

bool LiveWish::has(const LiveEvent& event) const {
    if (kind == Kind::board) {
        return is_of_board(event);
    }
    return !calls || calls->contains(event.call_id);
}

std::string name_of(LiveEnd end) {
    switch (end) {
        case LiveEnd::slow_reader:
            return "slow_reader";
        case LiveEnd::events_lost:
            return "events_lost";
        case LiveEnd::none:
            break;
    }
    return {};
}

LiveStream::LiveStream(runtime::Loop& loop, std::shared_ptr<LiveTopic> topic, LiveWish wish,
                       std::string kind, std::size_t waiting_max)
    : loop_(loop),
      topic_(std::move(topic)),
      wish_(std::move(wish)),
      kind_(std::move(kind)),
      waiting_max_(waiting_max),
      woken_(loop) {
    topic_->add(*this);
    count_live_stream(kind_, 1);
}

LiveStream::~LiveStream() {
    topic_->remove(*this);
    count_live_stream(kind_, -1);
}

void LiveStream::begin(LiveHistory history, bool is_resumed) {
    start_.is_resumed = is_resumed;
    if (!history.events.empty()) {
        start_.at = history.events.back()->id;
        // Heard while the history was fetched, which has it, too.
        std::erase_if(waiting_, [this](const LiveEventPtr& event) {
            return event->id != LiveId{} && event->id <= start_.at;
        });
    }
    std::erase_if(history.events, [this](const LiveEventPtr& event) { return !wish_.has(*event); });
    if (is_resumed) {
        waiting_.insert(waiting_.begin(), history.events.begin(), history.events.end());
    } else {
        start_.recent = std::move(history.events);
    }
}

void LiveStream::offer(const LiveEventPtr& event) {
    if (end_ != LiveEnd::none || !wish_.has(*event)) {
        return;
    }
    if (waiting_.size() >= waiting_max_) {
        stop(LiveEnd::slow_reader);
        return;
    }
    waiting_.push_back(event);
    woken_.wake_all();
}

void LiveStream::stop(LiveEnd end) {
    if (end_ == LiveEnd::none) {
        end_ = end;
        count_live_reader_dropped(name_of(end));
        waiting_.clear();
        woken_.wake_all();
    }
}

Task<void> LiveStream::wait(Instant until, runtime::CancellationToken token) {
    const runtime::CancellationHook hook(token, [this] { woken_.wake_all(); });
    while (waiting_.empty() && end_ == LiveEnd::none && !is_nudged_ && !token.is_cancelled() &&
           loop_.now() < until) {
        [[maybe_unused]] const bool woken = co_await woken_.wait_until(until);
    }
    is_nudged_ = false;
}

void LiveStream::nudge() {
    is_nudged_ = true;
    woken_.wake_all();
}

std::vector<LiveEventPtr> LiveStream::take() {
    std::vector<LiveEventPtr> events(waiting_.begin(), waiting_.end());
    waiting_.clear();
    return events;
}

}  // namespace studio::services
