#include "apps/example/booking_desk.hpp"

#include <array>

#include "adapters/http/server/replies.hpp"

namespace studio::apps {
namespace {

constexpr std::int64_t people_max = 12;
constexpr std::size_t field_bytes_max = 100;
constexpr std::size_t message_bytes_max = 500;
constexpr std::array colours{"red", "green", "blue", "golden", "silver", "white"};
constexpr std::array things{"river", "garden", "mountain", "island", "table", "window"};

bool is_text(const Json& value, std::string_view name, std::size_t bytes_max) {
    const std::string text = member_text(value, name);
    return text.size() <= bytes_max && text.find_first_not_of(' ') != std::string::npos;
}

adapters::ApiReply wrong_fields(JsonObject fields) {
    return adapters::json_reply(
        422, JsonObject{{"error", "wrong fields"}, {"fields", std::move(fields)}});
}

adapters::ApiReply full() {
    return adapters::json_reply(503, JsonObject{{"error", "full"}});
}

Task<adapters::ApiReply> answer(adapters::ApiReply reply) {
    co_return reply;
}

}  // namespace

std::vector<adapters::Route> BookingDesk::routes() {
    using adapters::ApiRequest;
    using adapters::BodyKind;
    return {{"POST", "/bookings", "", BodyKind::json,
             [this](const ApiRequest& request) { return answer(book(request.json)); }},
            {"GET", "/bookings", "", BodyKind::none,
             [this](const ApiRequest&) { return answer(adapters::json_reply(200, bookings_)); }},
            {"POST", "/messages", "", BodyKind::json,
             [this](const ApiRequest& request) { return answer(take_message(request.json)); }},
            {"GET", "/messages", "", BodyKind::none,
             [this](const ApiRequest&) { return answer(adapters::json_reply(200, messages_)); }}};
}

adapters::ApiReply BookingDesk::book(const Json& booking) {
    JsonObject wrong;
    const Json* people = find_member(booking, "people");
    if (people == nullptr || !people->is_int64() || people->get_int64() < 1 ||
        people->get_int64() > people_max) {
        wrong["people"] = "must be a whole number from 1 to 12";
    }
    for (const char* name : {"day", "time", "name"}) {
        if (!is_text(booking, name, field_bytes_max)) {
            wrong[name] = "must be a text of 1 to 100 characters";
        }
    }
    if (!wrong.empty()) {
        return wrong_fields(std::move(wrong));
    }
    if (bookings_.size() >= items_max_) {
        return full();
    }
    const std::size_t number = bookings_.size() + 1;
    JsonObject item{{"people", *people}, {"id", number}};
    for (const char* name : {"day", "time", "name"}) {
        item[name] = member_text(booking, name);
    }
    item["confirmation"] = make_confirmation(number);
    bookings_.push_back(item);
    return adapters::json_reply(201, item);
}

adapters::ApiReply BookingDesk::take_message(const Json& message) {
    if (!is_text(message, "text", message_bytes_max)) {
        return wrong_fields(JsonObject{{"text", "must be a text of 1 to 500 characters"}});
    }
    if (messages_.size() >= items_max_) {
        return full();
    }
    JsonObject item{{"id", messages_.size() + 1}, {"text", member_text(message, "text")}};
    messages_.push_back(item);
    return adapters::json_reply(201, item);
}

std::string BookingDesk::make_confirmation(std::size_t number) {
    const std::string colour = colours.at(entropy_.u32() % colours.size());
    return colour + ' ' + things.at(entropy_.u32() % things.size()) + ' ' + std::to_string(number);
}

}  // namespace studio::apps
