#include "adapters/webrtc/early_messages.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace studio::adapters {
namespace {

std::vector<std::string> texts(const std::vector<EarlyMessages::Message>& messages) {
    std::vector<std::string> found;
    for (const auto& message : messages) {
        found.push_back(message.data);
    }
    return found;
}

using Texts = std::vector<std::string>;

TEST(EarlyMessages, WaitForTheirOwnChannel) {
    EarlyMessages early;
    early.add({"events", "one"});
    early.add({"other", "two"});
    early.add({"events", "three"});
    EXPECT_FALSE(early.is_open("events"));
    EXPECT_EQ(texts(early.open("events")), (Texts{"one", "three"}));
    EXPECT_TRUE(early.is_open("events"));
    EXPECT_FALSE(early.is_open("other"));
    EXPECT_EQ(texts(early.open("events")), Texts{});
    EXPECT_EQ(texts(early.open("other")), Texts{"two"});
}

TEST(EarlyMessages, AreBoundedByNumberAndSize) {
    EarlyMessages few({.messages_max = 2, .bytes_max = 1'000});
    for (const char* text : {"one", "two", "three"}) {
        few.add({"events", text});
    }
    EXPECT_EQ(texts(few.open("events")), (Texts{"two", "three"}));
    EarlyMessages small({.messages_max = 100, .bytes_max = 6});
    for (const char* text : {"1234", "12", "123"}) {
        small.add({"events", text});
    }
    EXPECT_EQ(texts(small.open("events")), (Texts{"12", "123"}));
    small.add({"events", "longer than all"});
    EXPECT_EQ(texts(small.open("events")), Texts{});
}

}  // namespace
}  // namespace studio::adapters
