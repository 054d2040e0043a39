#include <gtest/gtest.h>

#include "adapters/redis/internal/redis_sentinel.hpp"

namespace studio::adapters {
namespace {

using Kind = RedisValue::Kind;

RedisValue text(std::string value) {
    return {.kind = Kind::text, .text = std::move(value)};
}

RedisValue pair(RedisValue host, RedisValue port) {
    return {.kind = Kind::array, .elements = {std::move(host), std::move(port)}};
}

TEST(RedisSentinel, TellsWhereTheMasterIs) {
    EXPECT_EQ(master_question("mine"),
              (std::vector<std::string>{"SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mine"}));
    EXPECT_EQ(read_master_address(pair(text("10.0.0.1"), text("6379"))),
              (RedisAddress{"10.0.0.1", 6'379}));
    EXPECT_EQ(read_master_address(pair(text("::1"), text("65535"))), (RedisAddress{"::1", 65'535}));
}

TEST(RedisSentinel, AnswersThatAreNoneAreNotBelieved) {
    for (const RedisValue& answer : {
             RedisValue{},  // It knows no such master.
             text("10.0.0.1:6379"),
             pair(text(""), text("6379")),
             pair(text("a b"), text("6379")),
             pair(text(std::string("a\0b", 3)), text("6379")),
             pair(text(std::string(254, 'a')), text("6379")),
             pair(text("h"), text("0")),
             pair(text("h"), text("65536")),
             pair(text("h"), text("-1")),
             pair(text("h"), text("6379x")),
             pair(text("h"), text("")),
             pair(text("h"), RedisValue{.kind = Kind::integer, .integer = 6'379}),
             RedisValue{.kind = Kind::array, .elements = {text("h")}},
             RedisValue{.kind = Kind::array, .elements = {text("h"), text("1"), text("2")}},
         }) {
        EXPECT_FALSE(read_master_address(answer));
    }
}

}  // namespace
}  // namespace studio::adapters
