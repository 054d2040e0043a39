#pragma once

#include <cstdint>
#include <string>

#include "adapters/http/server/http_server.hpp"
#include "apps/example/booking_desk.hpp"
#include "base/entropy.hpp"
#include "base/result.hpp"
#include "base/strong_id.hpp"
#include "base/task.hpp"
#include "runtime/asio_loop.hpp"
#include "services/resources/resources.hpp"

namespace studio::apps {

/// `serve --example`: the restaurant of examples/restaurant, which is built into the program, with
/// its back end on a loopback port of its own. One loop.
///
///     open: the port ──▶ install, once the database is ready: it answers ──▶ close
class RestaurantExample {
public:
    /// What it is built from outlives it.
    RestaurantExample(runtime::AsioLoop& loop, Entropy& entropy);

    /// Takes the port of the back end, before the loop runs or on it; on failure one line for
    /// people.
    [[nodiscard]] Result<bool, std::string> open();
    /// Starts the back end and writes the tools, which lead to it, and the agent unless there is
    /// one of its name: what somebody has made of it stays. Once, after open(), on the loop. On
    /// failure one line for people.
    [[nodiscard]] Task<Result<bool, std::string>> install(services::Resources& resources,
                                                          TenantId tenant);
    [[nodiscard]] Task<void> close();

    /// `127.0.0.1:port` of the back end, for net::AddressPolicy. Precondition: open.
    [[nodiscard]] std::string place() const;
    /// `http://127.0.0.1:port/bookings`. Precondition: open.
    [[nodiscard]] std::string bookings_url() const { return "http://" + place() + "/bookings"; }

private:
    [[nodiscard]] Task<Result<bool, std::string>> write(services::Resources& resources,
                                                        ResourceKind kind, TenantId tenant,
                                                        Json body, bool replaces);

    BookingDesk desk_;
    adapters::HttpServer server_;
    std::uint16_t port_ = 0;
    bool has_started_ = false;
};

}  // namespace studio::apps
