#include "adapters/argon2/argon2_password_hash.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "runtime/task_scope.hpp"
#include "runtime/virtual_loop.hpp"

namespace studio::adapters {
namespace {

template <class Value>
Task<> keep(Task<Value> task, std::optional<Value>& target) {
    target = co_await std::move(task);
}

class Argon2Test : public ::testing::Test {
protected:
    template <class Value>
    Value run(Task<Value> task) {
        std::optional<Value> value;
        runtime::TaskScope scope(loop_);
        scope.spawn(keep(std::move(task), value));
        loop_.run_for(seconds{1});
        return std::move(*value);
    }
    ~Argon2Test() override { pool_.stop(); }

    runtime::VirtualLoop loop_;
    runtime::BlockingPool pool_{{.name = "passwords", .threads = 0}};
    SystemEntropy entropy_;
    Argon2PasswordHash hash_{{pool_, entropy_, loop_}};
};

TEST_F(Argon2Test, AHashIsOfItsPasswordAlone) {
    const Secret<std::string> password(std::string("gr\xC3\xBC\xC3\x9F dich, 10"));
    const auto made = run(hash_.make(password));
    ASSERT_TRUE(made);
    EXPECT_TRUE(made->starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << *made;
    EXPECT_EQ(run(hash_.verify(password, *made)), true);
    EXPECT_EQ(run(hash_.verify(Secret<std::string>(std::string("another one")), *made)), false);
    EXPECT_EQ(run(hash_.verify(Secret<std::string>(std::string()), *made)), false);
    // A salt of its own each time.
    EXPECT_NE(*run(hash_.make(password)), *made);
}

TEST_F(Argon2Test, ALaterCostLeavesEarlierHashesGood) {
    Argon2PasswordHash cheap({pool_, entropy_, loop_}, {.memory_kib = 64, .passes = 1});
    const Secret<std::string> password(std::string("a password"));
    const auto made = run(cheap.make(password));
    ASSERT_TRUE(made);
    EXPECT_EQ(run(hash_.verify(password, *made)), true);
}

TEST_F(Argon2Test, WhatIsNoHashOpensNothing) {
    for (const char* text : {"", "plain", "$argon2id$", "$argon2i$v=19$m=64,t=1,p=1$AAAA$AAAA"}) {
        EXPECT_EQ(run(hash_.verify(Secret<std::string>(std::string("plain")), text)),
                  tl::unexpected(PasswordHashError::failed))
            << text;
    }
}

}  // namespace
}  // namespace studio::adapters
