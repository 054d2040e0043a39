#include "adapters/http/server/internal/connection.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>

#include "adapters/http/server/internal/peer_address.hpp"
#include "adapters/http/server/internal/request_checks.hpp"
#include "adapters/http/server/internal/web_socket.hpp"
#include "adapters/http/server/replies.hpp"
#include "adapters/http/server/request_target.hpp"
#include "base/check.hpp"
#include "base/log.hpp"

namespace studio::adapters::http {

namespace beast_http = boost::beast::http;

Connection::Connection(boost::asio::ip::tcp::socket socket, ServerContext& context)
    : socket_(std::move(socket)),
      context_(context),
      // Room for the longest header and one full read behind it.
      buffer_(context.options.header_bytes_max + (64U << 10U)) {}

void Connection::start_deadline(milliseconds duration) {
    timed_out_ = false;
    deadline_ = context_.parts.loop.start_timer(context_.parts.loop.now() + duration, [this] {
        timed_out_ = true;
        boost::system::error_code ignored;
        socket_.cancel(ignored);
    });
}

void Connection::wind_down() {
    stop_.request();
    if (idle_) {
        cut();
    }
}

void Connection::cut() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

Task<void> Connection::serve() {
    boost::system::error_code ignored;
    socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
    std::size_t requests_left = context_.options.requests_per_connection_max;
    // Not one condition: GCC 12 awaits behind `&&` also where it need not.
    while (requests_left > 0) {
        const bool has_come = co_await wait_for_request();
        if (!has_come) {
            break;
        }
        --requests_left;
        const bool again = co_await handle_request();
        if (!again) {
            break;
        }
    }
    end_deadline();
    cut();
}

Task<bool> Connection::wait_for_request() {
    if (buffer_.size() > 0) {
        co_return true;
    }
    if (context_.stopping) {
        co_return false;
    }
    idle_ = true;
    start_deadline(context_.options.idle_timeout);
    // Reads no more than a little: what belongs to it follows in the header's own time.
    AsyncOperation read([this](auto handler) {
        socket_.async_read_some(buffer_.prepare(1'024), std::move(handler));
    });
    const IoResult result = co_await read;
    end_deadline();
    idle_ = false;
    buffer_.commit(result.size);
    co_return !result.error;
}

Task<bool> Connection::handle_request() {
    Exchange exchange;
    exchange.started_at = context_.parts.loop.now();
    exchange.request_id = context_.parts.entropy.text(16);
    exchange.parser.eager(false);
    exchange.parser.header_limit(static_cast<std::uint32_t>(context_.options.header_bytes_max));
    exchange.parser.body_limit(context_.options.body_bytes_max);

    start_deadline(context_.options.header_timeout);
    AsyncOperation read([this, &exchange](auto handler) {
        beast_http::async_read_header(socket_, buffer_, exchange.parser, std::move(handler));
    });
    const IoResult result = co_await read;
    end_deadline();

    ApiReply reply;
    if (result.error) {
        reply = header_error(result.error, timed_out_, context_.options);
        if (reply.status == 0) {
            co_return false;
        }
    } else {
        exchange.keep_alive = exchange.parser.keep_alive();
        exchange.body_pending = !exchange.parser.is_done();
        context_.in_flight.add(1);
        try {
            reply = co_await answer(exchange);
        } catch (...) {
            note_exception("request");
            reply = error_reply({services::ServiceErrorCode::internal_error,
                                 "the request could not be answered",
                                 {}});
        }
        context_.in_flight.add(-1);
        if (reply.status == 0) {
            co_return false;
        }
        reply.headers.insert(reply.headers.end(), exchange.rate_headers.begin(),
                             exchange.rate_headers.end());
    }
    exchange.keep_alive = exchange.keep_alive && !exchange.body_pending && !context_.stopping;
    account(exchange, reply);
    if (reply.status == 101) {
        co_await upgrade(exchange, reply);
        co_return false;
    }
    if (!co_await send(exchange, reply)) {
        co_return false;
    }
    if (!exchange.keep_alive) {
        co_await linger();
    }
    co_return exchange.keep_alive;
}

Task<ApiReply> Connection::answer(Exchange& exchange) {
    ApiReply refusal = check_header(exchange);
    if (refusal.status == 0) {
        refusal = find_route(exchange);
    }
    if (refusal.status != 0) {
        co_return refusal;
    }
    refusal = co_await authorize(exchange);
    if (refusal.status == 0) {
        refusal = check_body_header(exchange.parser.get(), exchange.parser.content_length(),
                                    exchange.route->route.body, context_.options);
    }
    if (refusal.status != 0) {
        co_return refusal;
    }
    if (exchange.body_pending) {
        refusal = co_await read_body(exchange);
        if (exchange.body_pending) {
            co_return refusal;
        }
    }
    auto& message = exchange.parser.get();
    if (exchange.route->route.body != BodyKind::none) {
        exchange.request.body = std::move(message.body());
    }
    const BodyKind kind = exchange.route->route.body;
    if (kind == BodyKind::json || kind == BodyKind::merge_patch) {
        refusal = read_json(exchange.request);
    }
    if (refusal.status == 0) {
        refusal = read_fields(message, exchange.request);
    }
    if (refusal.status != 0) {
        co_return refusal;
    }
    if (exchange.route->route.body == BodyKind::webhook) {
        exchange.request.authorization = Secret<std::string>(read_field(message, "Authorization"));
    }
    if (auto bearer = read_api_key(message)) {
        exchange.request.bearer = std::move(*bearer);
    }
    exchange.request.is_internal = is_internal_request(message);
    // What a client sends before it was let in would be lost.
    if (exchange.route->route.upgrades && (!is_web_socket_request(message) || buffer_.size() > 0)) {
        ApiReply required = protocol_error_reply(426, "this path is a WebSocket");
        required.headers = {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}};
        co_return required;
    }
    co_return co_await exchange.route->route.handler(std::move(exchange.request));
}

bool Connection::is_internal_request(const RequestMessage& message) const {
    boost::system::error_code error;
    const auto peer = socket_.remote_endpoint(error);
    return !error && is_internal_address(peer.address()) &&
           read_field(message, "X-Forwarded-For").empty() &&
           read_field(message, "Forwarded").empty() && read_field(message, "Via").empty();
}

ApiReply Connection::check_header(Exchange& exchange) {
    const auto& message = exchange.parser.get();
    exchange.method = std::string(message.method_string());
    if (const auto id = read_field(message, "X-Request-Id"); is_request_id(id)) {
        exchange.request_id = id;
    }
    if (const std::string trouble = find_framing_error(message); !trouble.empty()) {
        // How long the message is cannot be told: nothing behind it is to be believed.
        exchange.keep_alive = false;
        return protocol_error_reply(400, trouble);
    }
    return no_reply();
}

ApiReply Connection::find_route(Exchange& exchange) {
    const auto& text = exchange.parser.get().target();
    if (exchange.method == "OPTIONS" && text == "*") {
        return options_reply("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    }
    auto target = parse_request_target({text.data(), text.size()});
    if (!target) {
        return protocol_error_reply(400, "the request target cannot be read");
    }
    Router::Match match = context_.router.find(exchange.method, target->path);
    if (match.allowed.empty()) {
        return protocol_error_reply(404, "there is nothing at this path");
    }
    if (exchange.method == "OPTIONS") {
        return options_reply(std::move(match.allowed));
    }
    if (match.entry == nullptr) {
        ApiReply reply = protocol_error_reply(405, "this path knows only " + match.allowed);
        reply.headers.emplace_back("Allow", std::move(match.allowed));
        return reply;
    }
    exchange.route = match.entry;
    exchange.request.parameters = std::move(match.parameters);
    exchange.request.query = std::move(target->query);
    return no_reply();
}

Task<ApiReply> Connection::authorize(Exchange& exchange) {
    const Route& route = exchange.route->route;
    if (route.scope.empty()) {
        co_return no_reply();
    }
    auto key = read_api_key(exchange.parser.get());
    if (!key) {
        co_return error_reply({services::ServiceErrorCode::authentication_error,
                               "an API key is needed: Authorization: Bearer as_live_…",
                               {}});
    }
    auto principal = co_await context_.parts.accounts->authenticate(std::move(*key));
    if (!principal) {
        co_return error_reply(principal.error());
    }
    ApiReply refusal = co_await check_rate(exchange, *principal);
    if (refusal.status != 0) {
        co_return refusal;
    }
    if (route.scope != any_scope && !principal->has_scope(route.scope)) {
        co_return error_reply({services::ServiceErrorCode::authorization_error,
                               "the API key lacks the scope " + route.scope,
                               {}});
    }
    exchange.request.principal = std::move(*principal);
    co_return no_reply();
}

Task<ApiReply> Connection::check_rate(Exchange& exchange, const services::Principal& principal) {
    if (context_.parts.limits == nullptr) {
        co_return no_reply();
    }
    const auto verdict = co_await context_.parts.limits->take(principal);
    if (!verdict) {
        co_return no_reply();
    }
    exchange.rate_headers = rate_headers_of(*verdict);
    if (verdict->is_admitted) {
        co_return no_reply();
    }
    co_return error_reply(
        {services::ServiceErrorCode::rate_limit_exceeded,
         "the key has made its " + std::to_string(verdict->limit) + " requests of this minute",
         {},
         std::chrono::ceil<seconds>(verdict->left)});
}

Task<ApiReply> Connection::read_body(Exchange& exchange) {
    start_deadline(context_.options.body_timeout);
    if (wants_continue(exchange.parser.get())) {
        AsyncOperation write([this](auto handler) {
            static constexpr std::string_view line = "HTTP/1.1 100 Continue\r\n\r\n";
            boost::asio::async_write(socket_, boost::asio::buffer(line), std::move(handler));
        });
        const IoResult written = co_await write;
        if (written.error) {
            co_return no_reply();
        }
    }
    const std::size_t limit = body_limit(exchange.route->route.body, context_.options);
    exchange.parser.body_limit(limit);
    AsyncOperation read([this, &exchange](auto handler) {
        beast_http::async_read(socket_, buffer_, exchange.parser, std::move(handler));
    });
    const IoResult result = co_await read;
    end_deadline();
    if (!result.error) {
        exchange.body_pending = false;
        co_return no_reply();
    }
    if (result.error == beast_http::error::body_limit) {
        co_return protocol_error_reply(
            413, "the body is longer than " + std::to_string(limit) + " bytes");
    }
    co_return header_error(result.error, timed_out_, context_.options);
}

void Connection::account(const Exchange& exchange, const ApiReply& reply) const {
    const nanoseconds taken = context_.parts.loop.now() - exchange.started_at;
    std::string route = "unmatched";
    if (exchange.route != nullptr) {
        route = exchange.route->route.method + ' ' + exchange.route->route.pattern;
    }
    const std::string family = std::to_string(reply.status / 100) + "xx";
    metrics()
        .histogram("studio_http_request_seconds",
                   "Time from a request's header to its reply, by route and class of status.",
                   latency_bounds_seconds(), "route=\"" + route + "\",status=\"" + family + '"')
        .observe(std::chrono::duration<double>(taken).count());
    metrics()
        .counter("studio_http_requests_total", "Requests answered, by route and status.",
                 "route=\"" + route + "\",status=\"" + std::to_string(reply.status) + '"')
        .add();
    STUDIO_LOG(info, "http_request", {"route", route}, {"status", reply.status},
               {"duration_ms", to_milliseconds(taken)}, {"request_id", exchange.request_id});
}

}  // namespace studio::adapters::http
