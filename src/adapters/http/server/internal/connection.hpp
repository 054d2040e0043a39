#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <string>

#include "adapters/http/server/http_server.hpp"
#include "adapters/http/server/internal/async_operation.hpp"
#include "adapters/http/server/internal/header_fields.hpp"
#include "adapters/http/server/router.hpp"
#include "base/live_count.hpp"
#include "base/metric.hpp"
#include "runtime/cancellation.hpp"

namespace studio::adapters::http {

/// What the connections of a server share.
struct ServerContext {
    HttpServerOptions options;
    HttpServer::Parts parts;
    Router router;
    bool stopping = false;
    Gauge& in_flight = metrics().gauge("studio_http_requests_in_flight",
                                       "Requests that were read and are not answered yet.");
};

/// One connection: reads requests, answers them one after another, and closes. Its coroutine owns
/// it; the server may ask it to go.
class Connection : LiveCount<Connection> {
public:
    Connection(boost::asio::ip::tcp::socket socket, ServerContext& context);

    /// Serves until the connection is closed.
    [[nodiscard]] Task<void> serve();
    /// The server stops: closes it if it waits for a request, asks what writes a stream or talks
    /// over a WebSocket to end.
    void wind_down();
    /// Closes it whatever it does.
    void cut();

private:
    using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

    /// One request and what is known of its reply.
    struct Exchange {
        Parser parser;
        Instant started_at{};
        std::string request_id;
        std::string method;
        const Router::Entry* route = nullptr;
        ApiRequest request;
        /// How the key stands to its rate; for every reply from then on.
        HeaderList rate_headers;
        bool body_pending = false;
        bool keep_alive = false;
    };

    [[nodiscard]] Task<bool> wait_for_request();
    [[nodiscard]] Task<bool> handle_request();
    [[nodiscard]] Task<ApiReply> answer(Exchange& exchange);
    /// Checks of the header alone; status 0 where all is well.
    [[nodiscard]] ApiReply check_header(Exchange& exchange);
    [[nodiscard]] bool is_internal_request(const RequestMessage& message) const;
    [[nodiscard]] ApiReply find_route(Exchange& exchange);
    [[nodiscard]] Task<ApiReply> authorize(Exchange& exchange);
    [[nodiscard]] Task<ApiReply> check_rate(Exchange& exchange,
                                            const services::Principal& principal);
    [[nodiscard]] Task<ApiReply> read_body(Exchange& exchange);
    [[nodiscard]] Task<bool> send(const Exchange& exchange, const ApiReply& reply);
    [[nodiscard]] Task<bool> write_head(const Exchange& exchange, const ApiReply& reply,
                                        std::string_view body);
    [[nodiscard]] Task<bool> send_stream(const Exchange& exchange, const ApiReply& reply);
    [[nodiscard]] Task<void> upgrade(Exchange& exchange, const ApiReply& reply);
    [[nodiscard]] Task<void> linger();
    void account(const Exchange& exchange, const ApiReply& reply) const;

    void start_deadline(milliseconds duration);
    void end_deadline() { deadline_.reset(); }

    boost::asio::ip::tcp::socket socket_;
    ServerContext& context_;
    boost::beast::flat_buffer buffer_;
    std::unique_ptr<runtime::Timer> deadline_;
    // Asks a reply that takes its time to end.
    runtime::CancellationSource stop_;
    bool timed_out_ = false;
    bool idle_ = false;
};

}  // namespace studio::adapters::http
