#include "core/call/phone_number.hpp"

#include <gtest/gtest.h>

namespace studio::core {
namespace {

TEST(PhoneNumber, TakesE164) {
    for (const char* text : {"+14155550123", "+2902345", "+491701234567", "+123456789012345"}) {
        EXPECT_EQ(parse_phone_number(text), text);
    }
}

TEST(PhoneNumber, RefusesEverythingElse) {
    for (const char* text :
         {"", "+", "14155550123", "+04155550123", "+290234", "+1234567890123456", "+1 415 555 0123",
          "+1-415-555-0123", "+1415555012x", "++14155550123", "tel:+14155550123", "+14155550123\n",
          "+14155550123;ext=1", "+1415555\xd9\xa0"}) {
        EXPECT_FALSE(parse_phone_number(text)) << text;
    }
}

}  // namespace
}  // namespace studio::core
