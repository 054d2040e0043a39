#include "apps/example/booking_desk.hpp"

#include <gtest/gtest.h>

#include <string>

namespace studio::apps {
namespace {

Json parse(const std::string& text) {
    return parse_json(text).value();
}

TEST(BookingDesk, KeepsABookingAndConfirmsIt) {
    SeededEntropy entropy(1);
    BookingDesk desk(entropy);
    const auto reply = desk.book(
        parse(R"({"people": 2, "day": "tomorrow", "time": "noon", "name": "Mary", "x": 1})"));
    EXPECT_EQ(reply.status, 201);
    const Json item = parse(reply.body);
    EXPECT_EQ(item.at("people").as_int64(), 2);
    EXPECT_EQ(member_text(item, "name"), "Mary");
    EXPECT_TRUE(member_text(item, "confirmation").ends_with(" 1")) << reply.body;
    EXPECT_EQ(find_member(item, "x"), nullptr);
    EXPECT_EQ(desk.take_message(parse(R"({"text": "call Mary"})")).status, 201);
}

TEST(BookingDesk, NamesEveryWrongField) {
    SeededEntropy entropy(1);
    BookingDesk desk(entropy);
    for (const char* people : {"0", "13", "\"2\"", "2.5", "null", "true"}) {
        const auto reply = desk.book(parse(std::string(R"({"people": )") + people +
                                           R"(, "day": " ", "time": 7, "name": "M"})"));
        EXPECT_EQ(reply.status, 422) << people;
        EXPECT_EQ(parse(reply.body).at("fields").as_object().size(), 3U) << reply.body;
    }
    EXPECT_EQ(desk.take_message(parse("{}")).status, 422);
}

TEST(BookingDesk, IsFullSometime) {
    SeededEntropy entropy(1);
    BookingDesk desk(entropy, 1);
    const Json booking = parse(R"({"people": 2, "day": "d", "time": "t", "name": "n"})");
    EXPECT_EQ(desk.book(booking).status, 201);
    EXPECT_EQ(desk.book(booking).status, 503);
}

}  // namespace
}  // namespace studio::apps
