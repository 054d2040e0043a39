#include "apps/example/restaurant_example.hpp"

#include <span>
#include <utility>

#include "base/embedded_file.hpp"

namespace studio::apps {

std::span<const EmbeddedFile> restaurant_files();

namespace {

/// Where the files of the example say that their back end is.
constexpr std::string_view written_place = "127.0.0.1:8090";

adapters::HttpServerOptions server_options() {
    adapters::HttpServerOptions options;
    options.address = "127.0.0.1";
    options.port = 0;
    options.connections_max = 64;
    return options;
}

std::string with_place(std::string_view content, const std::string& place) {
    std::string text(content);
    for (std::size_t at = text.find(written_place); at != std::string::npos;
         at = text.find(written_place, at + place.size())) {
        text.replace(at, written_place.size(), place);
    }
    return text;
}

}  // namespace

RestaurantExample::RestaurantExample(runtime::AsioLoop& loop, Entropy& entropy)
    : desk_(entropy), server_(server_options(), {loop, nullptr, entropy}, desk_.routes()) {}

Result<bool, std::string> RestaurantExample::open() {
    const auto port = server_.bind();
    if (!port) {
        return fail(port.error());
    }
    port_ = *port;
    return true;
}

std::string RestaurantExample::place() const {
    return "127.0.0.1:" + std::to_string(port_);
}

Task<Result<bool, std::string>> RestaurantExample::install(services::Resources& resources,
                                                           TenantId tenant) {
    if (const auto started = server_.start(); !started) {
        co_return fail(started.error());
    }
    has_started_ = true;
    for (const EmbeddedFile& file : restaurant_files()) {
        const bool is_agent = file.name == "agent.json";
        auto body = parse_json(with_place(file.content, place()));
        if (!body) {
            co_return fail("the example's " + std::string(file.name) + " is not JSON");
        }
        auto written =
            co_await write(resources, is_agent ? ResourceKind::agent : ResourceKind::tool, tenant,
                           std::move(*body), !is_agent);
        if (!written) {
            co_return fail("the example's " + std::string(file.name) + ": " + written.error());
        }
    }
    co_return true;
}

Task<Result<bool, std::string>> RestaurantExample::write(services::Resources& resources,
                                                         ResourceKind kind, TenantId tenant,
                                                         Json body, bool replaces) {
    const std::string name = member_text(body, "name");
    auto written = co_await resources.create(kind, tenant, body);
    if (!written && written.error().code == services::ServiceErrorCode::conflict) {
        if (!replaces) {
            co_return true;
        }
        services::Resources::Target target{kind, tenant, name, {}};
        written = co_await resources.replace(std::move(target), std::move(body));
    }
    if (!written) {
        co_return fail(written.error().message);
    }
    co_return true;
}

Task<void> RestaurantExample::close() {
    if (has_started_) {
        co_await server_.stop();
    }
}

}  // namespace studio::apps
