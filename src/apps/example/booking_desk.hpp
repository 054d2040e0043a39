#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/server/api_message.hpp"
#include "base/entropy.hpp"
#include "base/json.hpp"

namespace studio::apps {

/// The example restaurant's own back end, the twin of examples/restaurant/bookings.py: bookings in
/// memory, for who tries the example with `serve --example`. One loop.
///
///     POST /bookings {"people", "day", "time", "name"} -> 201 {"id", "confirmation", ...}
///     POST /messages {"text"}                          -> 201 {"id"}
///     GET  /bookings, /messages                        -> 200 [...]
class BookingDesk {
public:
    /// Bookings and messages are bounded, so that nobody fills the memory: 1,000 each.
    explicit BookingDesk(Entropy& entropy, std::size_t items_max = 1'000)
        : entropy_(entropy), items_max_(items_max) {}

    /// Its HTTP routes, which need no key. The desk outlives the server that has them.
    [[nodiscard]] std::vector<adapters::Route> routes();

    /// 201 with the booking and its confirmation; 422 with `fields` where one is wrong (`people`
    /// from 1 to 12, the others texts of 1 to 100 characters); 503 when it is full.
    [[nodiscard]] adapters::ApiReply book(const Json& booking);
    /// 201 with the number of the message, a text of 1 to 500 characters; else 422 or 503.
    [[nodiscard]] adapters::ApiReply take_message(const Json& message);

private:
    /// Words that a voice says clearly and a caller writes down easily.
    [[nodiscard]] std::string make_confirmation(std::size_t number);

    Entropy& entropy_;
    std::size_t items_max_;
    JsonArray bookings_;
    JsonArray messages_;
};

}  // namespace studio::apps
