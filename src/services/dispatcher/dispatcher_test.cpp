#include "services/dispatcher/dispatcher.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "runtime/task_scope.hpp"
#include "runtime/virtual_loop.hpp"

namespace studio::services {
namespace {

Task<void> join_into(Dispatcher& dispatcher, std::optional<JoinError>& error) {
    RoomOrder order;
    order.record.id = CallId("c");
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
    EXPECT_FALSE(dispatcher.has_room());
    EXPECT_EQ(error, JoinError::full);
}

}  // namespace
}  // namespace studio::services
