#include "services/operations/removal_note.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "runtime/virtual_loop.hpp"

namespace studio::services {
namespace {

using ::testing::ElementsAre;

/// Keeps what is written, or refuses it.
class FakeRemovalCost final : public RemovalCost {
public:
    explicit FakeRemovalCost(runtime::Loop& loop) : loop_(loop) {}

    Task<Result<bool, RemovalCostError>> write(int cost) override {
        asked_at.push_back(loop_.now());
        [[maybe_unused]] const bool slept = co_await runtime::sleep_for(loop_, milliseconds(20));
        if (is_away) {
            co_return fail(RemovalCostError::unavailable);
        }
        written.push_back(cost);
        co_return true;
    }

    bool is_away = false;
    std::vector<int> written;
    std::vector<Instant> asked_at;

private:
    runtime::Loop& loop_;
};

class RemovalNoteTest : public ::testing::Test {
protected:
    RemovalNoteTest() { note_.start(); }
    ~RemovalNoteTest() override {
        loop_.post([this] { scope_.spawn(note_.close()); });
        loop_.run_for(seconds(1));
    }

    runtime::VirtualLoop loop_;
    runtime::TaskScope scope_{loop_};
    FakeRemovalCost cost_{loop_};
    std::size_t calls_ = 0;
    RemovalNote note_{cost_, loop_, [this] { return calls_; }};
};

TEST_F(RemovalNoteTest, IsWrittenWhenTheFirstCallComesAndAfterTheLastOne) {
    loop_.run_for(seconds(10));
    EXPECT_THAT(cost_.written, ElementsAre(0));
    calls_ = 1;
    loop_.run_for(seconds(1));
    EXPECT_THAT(cost_.written, ElementsAre(0, 100));
    // How many there are makes no difference.
    calls_ = 7;
    loop_.run_for(seconds(30));
    calls_ = 2;
    loop_.run_for(seconds(30));
    EXPECT_THAT(cost_.written, ElementsAre(0, 100));
    calls_ = 0;
    loop_.run_for(seconds(4));
    EXPECT_THAT(cost_.written, ElementsAre(0, 100));
    loop_.run_for(seconds(2));
    EXPECT_THAT(cost_.written, ElementsAre(0, 100, 0));
}

TEST_F(RemovalNoteTest, ShortCallsOneAfterTheOtherAreOneWrite) {
    loop_.run_for(seconds(1));
    for (int call = 0; call < 20; ++call) {
        calls_ = 1;
        loop_.run_for(seconds(2));
        calls_ = 0;
        loop_.run_for(seconds(3));
    }
    EXPECT_THAT(cost_.written, ElementsAre(0, 100));
}

TEST_F(RemovalNoteTest, IsTriedAgainLessAndLessOften) {
    cost_.is_away = true;
    loop_.run_for(seconds(600));
    // 1 + 2 + 4 + 8 + 16 + 32 s, then one a minute.
    EXPECT_GE(cost_.asked_at.size(), 14U);
    EXPECT_LE(cost_.asked_at.size(), 16U);
    calls_ = 1;
    cost_.is_away = false;
    loop_.run_for(seconds(60));
    // What is true now, not what was meant to be written first.
    EXPECT_THAT(cost_.written, ElementsAre(100));
    const std::size_t asked = cost_.asked_at.size();
    // Patience begins anew after a success.
    cost_.is_away = true;
    calls_ = 0;
    loop_.run_for(seconds(9));
    EXPECT_GE(cost_.asked_at.size(), asked + 2);
}

}  // namespace
}  // namespace studio::services
