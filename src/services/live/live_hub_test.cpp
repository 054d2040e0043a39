#include "services/live/live_hub.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/virtual_loop.hpp"
#include "services/live/memory_live_bus.hpp"
#include "support/stores/fake_call_store.hpp"

namespace studio::services {
namespace {

const TenantId tenant("t1");

/// A bus that can be cut off, as one over a network.
class CutLiveBus final : public LiveSource {
public:
    explicit CutLiveBus(MemoryLiveBus& inner) : inner_(inner) {}

    std::unique_ptr<LiveChannel> listen(TenantId whose, LiveListener& listener) override {
        relays_.push_back(std::make_unique<Relay>(*this, listener));
        return inner_.listen(std::move(whose), *relays_.back());
    }
    Task<Result<LiveHistory, LiveError>> history(TenantId whose, std::optional<LiveId> after,
                                                 std::size_t count_max) override {
        if (is_cut) {
            co_return fail(LiveError::unavailable);
        }
        co_return co_await inner_.history(std::move(whose), after, count_max);
    }
    void mend() {
        is_cut = false;
        relays_.back()->on_live_up();
    }

    bool is_cut = false;

private:
    struct Relay final : LiveListener {
        Relay(CutLiveBus& bus, LiveListener& listener) : bus_(bus), listener_(listener) {}
        void on_live_event(const LiveEventPtr& event) override {
            if (!bus_.is_cut) {
                listener_.on_live_event(event);
            }
        }
        void on_live_up() override {
            if (!bus_.is_cut) {
                listener_.on_live_up();
            }
        }
        CutLiveBus& bus_;
        LiveListener& listener_;
    };

    MemoryLiveBus& inner_;
    std::vector<std::unique_ptr<Relay>> relays_;
};

class LiveHubTest : public ::testing::Test {
protected:
    using Stream = std::shared_ptr<LiveStream>;

    LiveHubTest() : hub_(options(), {source_, calls_, loop_}) {}
    ~LiveHubTest() override {
        streams_.clear();
        scope_.spawn(hub_.close());
        loop_.run_for(milliseconds{1});
    }

    static LiveOptions options() {
        LiveOptions options;
        options.streams_per_tenant_max = 3;
        options.streams_max = 4;
        options.waiting_max = 5;
        return options;
    }

    /// The stream, or nullptr; its error is in refusal_.
    LiveStream* open(LiveRequest request) {
        Stream stream;
        scope_.spawn(ask(std::move(request), stream));
        loop_.run_for(seconds{4});
        if (!stream) {
            return nullptr;
        }
        streams_.push_back(stream);
        return streams_.back().get();
    }
    Task<void> ask(LiveRequest request, Stream& stream) {
        auto opened = co_await hub_.open(std::move(request));
        if (opened) {
            stream = std::move(*opened);
        } else {
            refusal_ = opened.error().code;
        }
    }

    void tell(const std::string& call_id, const std::string& type, const std::string& data = "{}",
              const TenantId& whose = tenant) {
        LiveEvent event;
        event.call_id = CallId(call_id);
        event.type = type;
        event.data = data;
        bus_.publish(whose, std::move(event));
        loop_.run_for(milliseconds{1});
    }
    static std::vector<std::string> types(const std::vector<LiveEventPtr>& events) {
        std::vector<std::string> found;
        for (const LiveEventPtr& event : events) {
            found.push_back(event->type);
        }
        return found;
    }
    void store(const std::string& id, core::CallStatus status) {
        core::CallRecord record;
        record.id = CallId(id);
        record.tenant_id = tenant;
        record.status = status;
        scope_.spawn(put(std::move(record)));
        loop_.run_for(milliseconds{1});
    }
    Task<void> put(core::CallRecord record) {
        const auto created = co_await calls_.create(record);
        if (!created) {
            [[maybe_unused]] const auto saved = co_await calls_.save(std::move(record));
        }
    }

    runtime::VirtualLoop loop_;
    runtime::TaskScope scope_{loop_};
    MemoryLiveBus bus_{loop_, {.kept_max = 6}};
    CutLiveBus source_{bus_};
    studio::testing::FakeCallStore calls_;
    LiveHub hub_;
    std::vector<Stream> streams_;
    ServiceErrorCode refusal_ = ServiceErrorCode::internal_error;
};

using Lines = std::vector<std::string>;

TEST_F(LiveHubTest, AStreamHearsItsTenantAndTheCallsThatItNames) {
    LiveStream* all = open({.tenant = tenant});
    LiveStream* one = open({.tenant = tenant, .wish = {.calls = std::set{CallId("c1")}}});
    LiveStream* other = open({.tenant = TenantId("t2")});
    ASSERT_TRUE(all != nullptr && one != nullptr && other != nullptr);
    tell("c1", "a");
    tell("c2", "b");
    EXPECT_EQ(types(all->take()), (Lines{"a", "b"}));
    EXPECT_EQ(types(one->take()), Lines{"a"});
    EXPECT_TRUE(other->take().empty());
}

TEST_F(LiveHubTest, WhoComesBackLosesNothingAndHearsNothingTwice) {
    LiveStream* first = open({.tenant = tenant});
    tell("c1", "a");
    tell("c1", "b");
    const auto heard = first->take();
    const LiveId last = heard.back()->id;
    streams_.clear();
    tell("c1", "c");
    tell("c2", "d");
    LiveStream* second = open({.tenant = tenant, .after = last});
    ASSERT_NE(second, nullptr);
    EXPECT_TRUE(second->start().is_resumed);
    tell("c1", "e");
    EXPECT_EQ(types(second->take()), (Lines{"c", "d", "e"}));
}

TEST_F(LiveHubTest, ANewStreamIsResumedFromWhereItBegan) {
    tell("c1", "a");
    LiveStream* first = open({.tenant = tenant});
    const LiveId at = first->start().at;
    EXPECT_FALSE(first->start().is_resumed);
    EXPECT_EQ(types(first->start().recent), Lines{"a"});
    streams_.clear();
    tell("c1", "b");
    EXPECT_EQ(types(open({.tenant = tenant, .after = at})->take()), Lines{"b"});
}

TEST_F(LiveHubTest, WhoWasAwayTooLongIsToldSo) {
    LiveStream* first = open({.tenant = tenant});
    tell("c1", "a");
    const LiveId last = first->take().back()->id;
    for (int count = 0; count < 6; ++count) {
        tell("c1", "b");
    }
    LiveStream* second = open({.tenant = tenant, .after = last});
    EXPECT_FALSE(second->start().is_resumed);
    EXPECT_TRUE(second->take().empty());
}

TEST_F(LiveHubTest, AReaderWhoTakesNothingIsDroppedAndTheOthersAreNot) {
    LiveStream* slow = open({.tenant = tenant});
    LiveStream* quick = open({.tenant = tenant});
    for (int count = 0; count < 6; ++count) {
        tell("c1", "a");
        EXPECT_EQ(quick->take().size(), 1U);
    }
    EXPECT_EQ(slow->end(), LiveEnd::slow_reader);
    EXPECT_EQ(name_of(slow->end()), "slow_reader");
    EXPECT_TRUE(slow->take().empty());
    EXPECT_EQ(quick->end(), LiveEnd::none);
}

TEST_F(LiveHubTest, StreamsAreLimitedByTenantAndInAll) {
    for (int count = 0; count < 3; ++count) {
        ASSERT_NE(open({.tenant = tenant}), nullptr);
    }
    EXPECT_EQ(open({.tenant = tenant}), nullptr);
    EXPECT_EQ(refusal_, ServiceErrorCode::rate_limit_exceeded);
    EXPECT_NE(open({.tenant = TenantId("t2")}), nullptr);
    EXPECT_EQ(open({.tenant = TenantId("t3")}), nullptr);
    streams_.clear();
    EXPECT_EQ(hub_.streams(), 0U);
    EXPECT_NE(open({.tenant = tenant}), nullptr);
}

TEST_F(LiveHubTest, ABusThatIsAwayIsToldAndLaterHeard) {
    source_.is_cut = true;
    EXPECT_EQ(open({.tenant = tenant}), nullptr);
    EXPECT_EQ(refusal_, ServiceErrorCode::unavailable);
    source_.is_cut = false;
    EXPECT_NE(open({.tenant = tenant}), nullptr);
}

TEST_F(LiveHubTest, WhatHappenedWhileTheBusWasAwayIsToldOnce) {
    LiveStream* stream = open({.tenant = tenant});
    tell("c1", "a");
    source_.is_cut = true;
    tell("c1", "b");
    tell("c1", "c");
    source_.mend();
    tell("c1", "d");
    EXPECT_EQ(types(stream->take()), (Lines{"a", "b", "c", "d"}));
    EXPECT_EQ(stream->end(), LiveEnd::none);
}

TEST_F(LiveHubTest, WhereEventsWereLostTheStreamEndsAndSaysSo) {
    LiveStream* stream = open({.tenant = tenant});
    tell("c1", "a");
    source_.is_cut = true;
    for (int count = 0; count < 7; ++count) {
        tell("c1", "b");
    }
    source_.mend();
    loop_.run_for(milliseconds{1});
    EXPECT_EQ(stream->end(), LiveEnd::events_lost);
}

TEST_F(LiveHubTest, TheBoardBeginsWithTheStoreAndFollowsEvents) {
    store("c1", core::CallStatus::active);
    store("c2", core::CallStatus::pending);
    store("c3", core::CallStatus::completed);
    LiveStream* board = open({.tenant = tenant, .wish = {.kind = LiveWish::Kind::board}});
    ASSERT_NE(board, nullptr);
    EXPECT_EQ(LiveHub::active_calls(*board), 1U);
    EXPECT_EQ(LiveHub::calls_under_way(*board, 10).size(), 2U);
    tell("c2", "started", R"({"call_id":"c2","status":"active"})");
    tell("c2", "transcript", R"({"call_id":"c2"})");
    EXPECT_EQ(LiveHub::active_calls(*board), 2U);
    EXPECT_EQ(types(board->take()), Lines{"started"});
}

TEST_F(LiveHubTest, AnEndOfWhichNoEventToldIsFoundInTheStore) {
    store("c1", core::CallStatus::active);
    LiveStream* board = open({.tenant = tenant, .wish = {.kind = LiveWish::Kind::board}});
    EXPECT_EQ(LiveHub::active_calls(*board), 1U);
    store("c1", core::CallStatus::disconnected);
    loop_.run_for(seconds{11});
    EXPECT_EQ(LiveHub::active_calls(*board), 0U);
    const auto told = board->take();
    ASSERT_EQ(types(told), Lines{"ended"});
    EXPECT_EQ(told[0]->id, LiveId{});
    EXPECT_NE(told[0]->data.find("disconnected"), std::string::npos);
}

TEST_F(LiveHubTest, WaitingEndsByEventTimeNudgeAndCancellation) {
    LiveStream* stream = open({.tenant = tenant});
    int ended = 0;
    runtime::CancellationSource source;
    const auto wait = [](LiveStream& which, Instant until, runtime::CancellationToken token,
                         int& count) -> Task<void> {
        co_await which.wait(until, token);
        ++count;
    };
    scope_.spawn(wait(*stream, loop_.now() + seconds{60}, source.token(), ended));
    tell("c1", "a");
    EXPECT_EQ(ended, 1);
    static_cast<void>(stream->take());
    scope_.spawn(wait(*stream, loop_.now() + seconds{60}, source.token(), ended));
    loop_.run_for(seconds{59});
    EXPECT_EQ(ended, 1);
    loop_.run_for(seconds{2});
    EXPECT_EQ(ended, 2);
    scope_.spawn(wait(*stream, loop_.now() + seconds{60}, source.token(), ended));
    stream->nudge();
    loop_.run_for(milliseconds{1});
    EXPECT_EQ(ended, 3);
    scope_.spawn(wait(*stream, loop_.now() + seconds{60}, source.token(), ended));
    source.request();
    loop_.run_for(milliseconds{1});
    EXPECT_EQ(ended, 4);
}

TEST(LiveOptionsTest, SaysWhatIsWrong) {
    EXPECT_TRUE(validate(LiveOptions{}).empty());
    LiveOptions options;
    options.streams_max = 0;
    options.waiting_max = 0;
    options.board_interval = milliseconds{1};
    EXPECT_EQ(validate(options).size(), 3U);
}

}  // namespace
}  // namespace studio::services
