#include "services/hosting/host/dispatcher.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "base/check.hpp"
#include "runtime/task_scope.hpp"
#include "runtime/virtual_loop.hpp"
#include "support/fakes/fake_http_client.hpp"
#include "support/stores/fake_call_store.hpp"

namespace studio::services {
namespace {

class NoRooms final : public MediaRooms {
public:
    Task<Result<std::unique_ptr<CallMedia>, RoomError>> join(RoomJoin) override {
        co_return fail(RoomError::unavailable);
    }
};

class BrokenRooms final : public MediaRooms {
public:
    Task<Result<std::unique_ptr<CallMedia>, RoomError>> join(RoomJoin) override {
        STUDIO_BUG("the test's");
        co_return fail(RoomError::unavailable);
    }
};

Task<void> join_into(Dispatcher& dispatcher, std::optional<JoinError>& error,
                     bool has_agent = true) {
    RoomOrder order;
    order.record.id = CallId("c");
    if (has_agent) {
        order.agents.emplace_back();
    }
    const auto joined = co_await dispatcher.join(std::move(order));
    if (!joined) {
        error = joined.error();
    }
}

TEST(Dispatcher, ACallThatFindsNoPlaceIsNotTakenForOneThatCannotJoin) {
    runtime::VirtualLoop loop;
    runtime::TaskScope scope(loop);
    Dispatcher dispatcher(loop, 1);
    std::optional<JoinError> error;
    scope.spawn(join_into(dispatcher, error));
    loop.run_for(milliseconds(1));
    EXPECT_FALSE(dispatcher.places().has_room());
    EXPECT_EQ(error, JoinError::full);
}

TEST(Dispatcher, ASecondSessionOfACallDoesNotTakeTheFirstOnesPlace) {
    runtime::VirtualLoop loop;
    runtime::TaskScope scope(loop);
    testing::FakeCallStore store;
    testing_support::FakeHttpClient http(loop, {}, {});
    const HostProviders providers;
    NoRooms rooms;
    CallHost::Parts parts{
        .loop = loop, .store = store, .http_client = http, .providers = providers};
    parts.rooms = &rooms;
    CallHost host(parts, {}, [](const CallId&, CallEnd) {});
    Dispatcher dispatcher(loop, 2);
    dispatcher.add_host(loop, host);
    std::optional<JoinError> first;
    std::optional<JoinError> second;
    scope.spawn(join_into(dispatcher, first));
    scope.spawn(join_into(dispatcher, second));
    EXPECT_EQ(second, JoinError::full);
    EXPECT_EQ(dispatcher.count(), 1U);
    EXPECT_FALSE(first);
    loop.run_for(milliseconds(1));
    EXPECT_EQ(first, JoinError::failed) << "an agent without providers";
    EXPECT_EQ(dispatcher.count(), 0U);
}

TEST(HostPlaces, ASentenceOfRefusalTakesNoCallsPlace) {
    runtime::VirtualLoop loop;
    testing::FakeCallStore store;
    testing_support::FakeHttpClient http(loop, {}, {});
    const HostProviders providers;
    CallHost host({.loop = loop, .store = store, .http_client = http, .providers = providers}, {},
                  [](const CallId&, CallEnd) {});
    HostPlaces places(loop, 1);
    places.add(loop, host);
    ASSERT_TRUE(places.place(CallId("refused"), *places.choose(true), true));
    ASSERT_TRUE(places.has_room());
    ASSERT_TRUE(places.place(CallId("held"), *places.choose()));
    EXPECT_EQ(places.choose(), nullptr);
    EXPECT_NE(places.choose(true), nullptr) << "beyond its places";
    places.release(CallId("refused"));
    EXPECT_FALSE(places.has_room());
    places.release(CallId("held"));
    EXPECT_TRUE(places.has_room());
}

TEST(Dispatcher, ABugWhileACallIsTakenOnEndsThatCallAlone) {
    abort_on_bug(false);
    runtime::VirtualLoop loop;
    runtime::TaskScope scope(loop);
    testing::FakeCallStore store;
    testing_support::FakeHttpClient http(loop, {}, {});
    const HostProviders providers;
    BrokenRooms rooms;
    CallHost::Parts parts{
        .loop = loop, .store = store, .http_client = http, .providers = providers};
    parts.rooms = &rooms;
    CallHost host(parts, {}, [](const CallId&, CallEnd) {});
    Dispatcher dispatcher(loop, 2);
    dispatcher.add_host(loop, host);
    for (int call = 0; call < 2; ++call) {
        std::optional<JoinError> error;
        scope.spawn(join_into(dispatcher, error, false));
        loop.run_for(milliseconds(1));
        EXPECT_EQ(error, JoinError::broken) << call;
        EXPECT_EQ(dispatcher.count(), 0U) << "its place is free again";
        EXPECT_EQ(host.count(), 0U);
    }
    abort_on_bug(true);
}

}  // namespace
}  // namespace studio::services
