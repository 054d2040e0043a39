#include "adapters/http/server/http_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <set>

#include "adapters/http/server/internal/connection.hpp"
#include "adapters/http/server/internal/reply_text.hpp"
#include "adapters/http/server/replies.hpp"
#include "base/check.hpp"
#include "base/log.hpp"
#include "base/metric.hpp"
#include "runtime/task_scope.hpp"

namespace studio::adapters {

using boost::asio::ip::tcp;

std::vector<std::string> validate(const HttpServerOptions& options) {
    std::vector<std::string> errors;
    boost::system::error_code error;
    boost::asio::ip::make_address(options.address, error);
    if (error) {
        errors.push_back("HTTP address '" + options.address + "' is not an IP address");
    }
    if (options.connections_max == 0) {
        errors.emplace_back("the number of HTTP connections is zero");
    }
    if (options.header_bytes_max < 1'024 || options.header_bytes_max > (1U << 20U)) {
        errors.emplace_back("the HTTP header limit is not within 1 KiB to 1 MiB");
    }
    if (options.body_bytes_max < options.sdp_bytes_max || options.body_bytes_max > (64U << 20U)) {
        errors.emplace_back("the HTTP body limit is not within the SDP limit to 64 MiB");
    }
    for (const milliseconds timeout :
         {options.idle_timeout, options.header_timeout, options.body_timeout, options.write_timeout,
          options.stop_timeout}) {
        if (timeout <= milliseconds{0} || timeout > std::chrono::hours{1}) {
            errors.emplace_back("an HTTP timeout is not within 1 ms to 1 h");
        }
    }
    return errors;
}

struct HttpServer::State {
    State(HttpServerOptions options, Parts parts)
        : context{std::move(options), parts, {}, false},
          acceptor(parts.loop.context()),
          scope(parts.loop) {}

    [[nodiscard]] Task<void> accept_all();
    [[nodiscard]] Task<void> run(std::unique_ptr<http::Connection> connection);
    void refuse(tcp::socket socket);

    http::ServerContext context;
    tcp::acceptor acceptor;
    std::set<http::Connection*> connections;
    runtime::TaskScope scope;
    Gauge& open = metrics().gauge("studio_http_connections", "HTTP connections that are open.");
    bool started = false;
    bool stopped = false;
};

Task<void> HttpServer::State::run(std::unique_ptr<http::Connection> connection) {
    connections.insert(connection.get());
    open.add(1);
    co_await connection->serve();
    open.add(-1);
    connections.erase(connection.get());
}

/// Says 503 without waiting: the few bytes fit into a fresh socket's buffer.
void HttpServer::State::refuse(tcp::socket socket) {
    const ApiReply reply = protocol_error_reply(503, "too many connections; try again");
    const std::string text = http::format_head(reply, {.request_id = "none",
                                                       .now = context.parts.loop.wall_now(),
                                                       .keep_alive = false}) +
                             reply.body;
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(boost::asio::buffer(text), ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
}

Task<void> HttpServer::State::accept_all() {
    while (!context.stopping) {
        tcp::socket socket(acceptor.get_executor());
        http::AsyncOperation accept(
            [this, &socket](auto handler) { acceptor.async_accept(socket, std::move(handler)); });
        const http::IoResult result = co_await accept;
        if (context.stopping) {
            break;
        }
        if (result.error) {
            // Mostly out of file descriptors: wait until some are free.
            STUDIO_LOG(warning, "http_accept_failed", {"message", result.error.message()});
            co_await runtime::sleep_for(context.parts.loop, milliseconds{100}, scope.token());
        } else if (connections.size() >= context.options.connections_max) {
            refuse(std::move(socket));
        } else {
            scope.spawn(run(std::make_unique<http::Connection>(std::move(socket), context)));
        }
    }
}

HttpServer::HttpServer(HttpServerOptions options, Parts parts, std::vector<Route> routes)
    : state_(std::make_unique<State>(std::move(options), parts)) {
    for (Route& route : routes) {
        state_->context.router.add(std::move(route));
    }
}

HttpServer::~HttpServer() {
    STUDIO_CHECK(!state_->started || state_->stopped, "an HTTP server is stopped before it goes");
}

Result<std::uint16_t, std::string> HttpServer::bind() {
    const HttpServerOptions& options = state_->context.options;
    boost::system::error_code error;
    const tcp::endpoint endpoint(boost::asio::ip::make_address(options.address, error),
                                 options.port);
    tcp::acceptor& acceptor = state_->acceptor;
    if (!error) {
        acceptor.open(endpoint.protocol(), error);
    }
    if (!error) {
        acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    }
    if (!error) {
        acceptor.bind(endpoint, error);
    }
    if (!error) {
        acceptor.listen(boost::asio::socket_base::max_listen_connections, error);
    }
    if (error) {
        return fail("cannot listen on " + options.address + " port " +
                    std::to_string(options.port) + ": " + error.message());
    }
    return acceptor.local_endpoint().port();
}

Result<std::uint16_t, std::string> HttpServer::start() {
    if (!state_->acceptor.is_open()) {
        if (auto bound = bind(); !bound) {
            return bound;
        }
    }
    state_->started = true;
    state_->scope.spawn(state_->accept_all());
    return state_->acceptor.local_endpoint().port();
}

Task<void> HttpServer::stop() {
    State& state = *state_;
    state.context.stopping = true;
    boost::system::error_code ignored;
    state.acceptor.close(ignored);
    for (http::Connection* connection : state.connections) {
        connection->wind_down();
    }
    runtime::Loop& loop = state.context.parts.loop;
    const auto deadline =
        loop.start_timer(loop.now() + state.context.options.stop_timeout, [&state] {
            for (http::Connection* connection : state.connections) {
                connection->cut();
            }
        });
    co_await state.scope.close();
    state.stopped = true;
}

std::size_t HttpServer::connections() const {
    return state_->connections.size();
}

}  // namespace studio::adapters
