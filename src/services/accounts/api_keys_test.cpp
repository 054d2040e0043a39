#include "services/accounts/api_keys.hpp"

#include <gtest/gtest.h>

#include "adapters/openssl/openssl_digest.hpp"
#include "runtime/virtual_loop.hpp"
#include "services/accounts/accounts.hpp"
#include "support/stores/fake_account_store.hpp"

namespace studio::services {
namespace {

/// A store whose notes of keys' use wait until they are let go.
class SlowStore : public testing::FakeAccountStore {
public:
    explicit SlowStore(runtime::Loop& loop) : loop_(loop) {}
    Outcome<bool> note_key_use(ApiKeyId id, WallTime at, milliseconds interval) override {
        ++noted;
        [[maybe_unused]] const bool slept = co_await runtime::sleep_for(loop_, seconds{10});
        co_return co_await FakeAccountStore::note_key_use(std::move(id), at, interval);
    }
    int noted = 0;

private:
    runtime::Loop& loop_;
};

class KeyUseTest : public ::testing::Test {
protected:
    KeyUseTest() {
        scope_.spawn(make(*this));
        loop_.run_for(seconds{0});
    }
    ~KeyUseTest() override {
        runtime::TaskScope closing(loop_);
        closing.spawn(use_.close());
        loop_.run_for(seconds{20});
    }
    static Task<> make(KeyUseTest& test) {
        auto made = co_await test.accounts_.create_key("", {});
        test.key_ = made->key;
    }
    static Task<> authenticate(KeyUseTest& test, int& answered) {
        const auto who = co_await test.accounts_.authenticate(test.key_);
        EXPECT_TRUE(who.has_value());
        answered += who.has_value() ? 1 : 0;
    }
    int request() {
        int answered = 0;
        scope_.spawn(authenticate(*this, answered));
        loop_.run_for(seconds{0});
        return answered;
    }

    runtime::VirtualLoop loop_;
    SlowStore store_{loop_};
    adapters::OpensslDigest digest_;
    SeededEntropy entropy_{7};
    KeyUse use_{store_, loop_};
    Accounts accounts_{{store_, digest_, entropy_, loop_, &use_}};
    Secret<std::string> key_;
    runtime::TaskScope scope_{loop_};
};

TEST_F(KeyUseTest, IsNotedBesideRequestsAndOnceAMinute) {
    EXPECT_EQ(request(), 1);  // Answered, though the note waits for the store.
    EXPECT_EQ(request(), 1);
    EXPECT_EQ(store_.noted, 1);
    loop_.run_for(seconds{10});
    EXPECT_EQ(request(), 1);
    loop_.run_for(seconds{49});
    EXPECT_EQ(request(), 1);
    EXPECT_EQ(store_.noted, 1);
    loop_.run_for(seconds{1});
    EXPECT_EQ(request(), 1);
    EXPECT_EQ(store_.noted, 2);
}

TEST(ApiKeyText, SaysItsEnvironment) {
    SeededEntropy entropy(1);
    adapters::OpensslDigest digest;
    for (const bool livemode : {true, false}) {
        const auto text = new_key_text(entropy, livemode);
        EXPECT_TRUE(is_api_key(text.reveal()));
        const ApiKey row = make_api_key({text, TenantId("t")}, digest);
        EXPECT_EQ(is_live(row), livemode);
        EXPECT_EQ(principal_of(row).livemode, livemode);
    }
}

TEST(ApiKeyText, AScopeHasTwoNamesWhereTheWorldHas) {
    Principal who;
    who.scopes = {"calls:initiate"};
    EXPECT_TRUE(who.has_scope("calls:create"));
    who.scopes = {"calls:create"};
    EXPECT_TRUE(who.has_scope("calls:initiate"));
    EXPECT_FALSE(who.has_scope("calls:read"));
}

}  // namespace
}  // namespace studio::services
