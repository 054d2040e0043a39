#include "adapters/web_socket/beast_web_socket_client.hpp"

#include <algorithm>
#include <boost/asio/ssl/context.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <deque>
#include <optional>
#include <utility>

#include "adapters/web_socket/internal/connection.hpp"
#include "base/live_count.hpp"

namespace studio::adapters {
namespace {

namespace ssl = boost::asio::ssl;

/// The messages that wait, and the connection that they go to one by one.
///
///     connecting ──on_open──▶ open ──on_end──▶ over
///         └── let_go() ────────┴──▶ sends what waits, then closes
class Socket final : public ConnectionListener,
                     public std::enable_shared_from_this<Socket>,
                     private LiveCount<Socket> {
public:
    Socket(runtime::AsioLoop& loop, WebSocketListener& listener)
        : loop_(loop), listener_(&listener) {}

    void open(ConnectionOptions options) {
        queue_bytes_max_ = options.request.queue_bytes_max;
        connection_ = make_connection(loop_.context(), options);
        connection_->open(std::move(options), *this);
    }

    /// There will be no connection.
    void fail(WebSocketError error) {
        loop_.post([self = shared_from_this(), error] { self->on_end({error, 0, 0}); });
    }

    bool send(std::string_view bytes, WebSocketMessage kind) {
        if (is_over_ || queued_bytes_ + bytes.size() > queue_bytes_max_) {
            return false;
        }
        std::string text = std::move(spare_);
        text.assign(bytes);
        queue_.push_back({std::move(text), kind});
        queued_bytes_ += bytes.size();
        write_next();
        return true;
    }

    void let_go() {
        listener_ = nullptr;
        if (connection_ && !is_over_ && (!is_open_ || queue_.empty())) {
            is_over_ = true;
            connection_->close();
        }
    }

    [[nodiscard]] std::size_t queued_bytes() const { return queued_bytes_; }

private:
    struct Message {
        std::string bytes;
        WebSocketMessage kind;
    };

    void on_open() override {
        const auto self = shared_from_this();
        is_open_ = true;
        write_next();
        if (listener_ != nullptr) {
            listener_->on_web_socket_open();
        }
    }

    void on_message(std::string_view bytes, WebSocketMessage kind) override {
        const auto self = shared_from_this();
        if (listener_ != nullptr) {
            listener_->on_web_socket_message(bytes, kind);
        }
    }

    void on_written() override {
        const auto self = shared_from_this();
        is_writing_ = false;
        queued_bytes_ -= queue_.front().bytes.size();
        spare_ = std::move(queue_.front().bytes);
        queue_.pop_front();
        if (!queue_.empty()) {
            write_next();
        } else if (listener_ != nullptr) {
            listener_->on_web_socket_drained();
        } else {
            is_over_ = true;
            connection_->close();
        }
    }

    void on_end(const WebSocketEnd& end) override {
        const auto self = shared_from_this();
        is_over_ = true;
        if (listener_ != nullptr) {
            std::exchange(listener_, nullptr)->on_web_socket_end(end);
        }
    }

    void write_next() {
        if (is_open_ && !is_over_ && !is_writing_ && !queue_.empty()) {
            is_writing_ = true;
            connection_->write(queue_.front().bytes, queue_.front().kind, shared_from_this());
        }
    }

    runtime::AsioLoop& loop_;
    WebSocketListener* listener_;
    std::shared_ptr<Connection> connection_;
    std::deque<Message> queue_;
    // Keeps the capacity of the last message for the next.
    std::string spare_;
    std::size_t queued_bytes_ = 0;
    std::size_t queue_bytes_max_ = 0;
    bool is_open_ = false;
    bool is_writing_ = false;
    bool is_over_ = false;
};

/// What the user holds; the socket itself may live a little longer, to say goodbye.
class OwnedSocket final : public WebSocket {
public:
    explicit OwnedSocket(std::shared_ptr<Socket> socket) : socket_(std::move(socket)) {}
    ~OwnedSocket() override { socket_->let_go(); }

    bool send(std::string_view bytes, WebSocketMessage kind) override {
        return socket_->send(bytes, kind);
    }
    [[nodiscard]] std::size_t queued_bytes() const override { return socket_->queued_bytes(); }

private:
    std::shared_ptr<Socket> socket_;
};

bool has_line_break(std::string_view text) {
    return text.find_first_of("\r\n") != std::string_view::npos;
}

std::string text_of(boost::urls::string_view view) {
    return {view.data(), view.size()};
}

/// Nothing where the URL or a header is not acceptable.
std::optional<ConnectionOptions> make_options(WebSocketRequest request) {
    const auto url = boost::urls::parse_uri(request.url);
    if (!url || (url->scheme() != "ws" && url->scheme() != "wss") || url->host().empty() ||
        has_line_break(request.authorization.reveal()) ||
        std::ranges::any_of(request.headers, [](const auto& header) {
            return has_line_break(header.first) || has_line_break(header.second);
        })) {
        return std::nullopt;
    }
    ConnectionOptions options;
    options.is_tls = url->scheme() == "wss";
    // Without the brackets of an IPv6 address, which is how names are resolved.
    options.host = url->host_type() == boost::urls::host_type::ipv6 ? url->host_address()
                                                                    : text_of(url->encoded_host());
    options.port = text_of(url->port());
    if (options.port.empty()) {
        options.port = options.is_tls ? "443" : "80";
    }
    options.target = text_of(url->encoded_target());
    if (options.target.empty() || options.target.front() != '/') {
        options.target.insert(options.target.begin(), '/');
    }
    options.request = std::move(request);
    return options;
}

}  // namespace

/// The TLS context that the sockets of a client share.
struct BeastWebSocketClient::Tls {
    std::shared_ptr<ssl::context> context;
};

BeastWebSocketClient::BeastWebSocketClient(runtime::AsioLoop& loop, BeastWebSocketOptions options)
    : loop_(loop), options_(std::move(options)), tls_(std::make_unique<Tls>()) {
    tls_->context = std::make_shared<ssl::context>(ssl::context::tls_client);
    tls_->context->set_verify_mode(ssl::verify_peer);
    boost::system::error_code error;
    if (options_.ca_file.empty()) {
        tls_->context->set_default_verify_paths(error);
    } else {
        tls_->context->load_verify_file(options_.ca_file, error);
    }
    // Without authorities every certificate is refused, which each socket then reports.
}

BeastWebSocketClient::~BeastWebSocketClient() = default;

std::unique_ptr<WebSocket> BeastWebSocketClient::open(WebSocketRequest request,
                                                      WebSocketListener& listener) {
    auto socket = std::make_shared<Socket>(loop_, listener);
    if (auto options = make_options(std::move(request))) {
        options->tls = tls_->context;
        if (!options->request.is_operator_url) {
            options->addresses = options_.addresses;
            options->address_option = options_.address_option;
        }
        socket->open(std::move(*options));
    } else {
        socket->fail(WebSocketError::bad_url);
    }
    return std::make_unique<OwnedSocket>(std::move(socket));
}

}  // namespace studio::adapters
