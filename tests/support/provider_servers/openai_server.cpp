#include "support/provider_servers/openai_server.hpp"

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cmath>
#include <numbers>

#include "base/json.hpp"
#include "support/provider_servers/strict_chat.hpp"

namespace studio::test {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::use_awaitable;
using Tcp = asio::ip::tcp;
template <class Value>
using Awaitable = asio::awaitable<Value>;
using Request = http::request<http::string_body>;

struct OpenaiServer::State {
    State(asio::io_context& io, OpenaiServerOptions given)
        : context(io),
          acceptor(io, {asio::ip::address_v4::loopback(), given.port}),
          options(std::move(given)) {}

    asio::io_context& context;
    Tcp::acceptor acceptor;
    OpenaiServerOptions options;
    std::vector<SeenRequest> requests;
    std::size_t accepted = 0;
    std::size_t open = 0;
};

namespace {

constexpr std::size_t pcm_bytes_per_ms = 48;
/// Requests seen that are kept for tests; a bench would keep millions.
constexpr std::size_t requests_kept_max = 64;

Awaitable<void> pause(milliseconds duration) {
    if (duration > milliseconds::zero()) {
        asio::steady_timer timer(co_await asio::this_coro::executor, duration);
        co_await timer.async_wait(use_awaitable);
    }
}

/// Until the client sends more, or goes.
Awaitable<void> wait_for_goodbye(Tcp::socket& socket) {
    co_await socket.async_wait(Tcp::socket::wait_read, use_awaitable);
}

Awaitable<void> send(Tcp::socket& socket, std::string bytes) {
    co_await asio::async_write(socket, asio::buffer(bytes), use_awaitable);
}

Awaitable<void> send_chunk(Tcp::socket& socket, std::string bytes) {
    char size[24];
    std::snprintf(size, sizeof(size), "%zx\r\n", bytes.size());
    co_await send(socket, size + std::move(bytes) + "\r\n");
}

std::string head(int status, const std::string& more) {
    return "HTTP/1.1 " + std::to_string(status) + " Whatever\r\n" + more + "\r\n";
}

std::string whole(int status, const std::string& type, const std::string& body,
                  const std::string& retry_after = {}) {
    return head(status, "Content-Type: " + type + "\r\n" +
                            (status == 429 ? "Retry-After: " + retry_after + "\r\n" : "") +
                            "Content-Length: " + std::to_string(body.size()) + "\r\n") +
           body;
}

int status_of(Fault fault) {
    switch (fault) {
        case Fault::status_400:
            return 400;
        case Fault::status_401:
            return 401;
        case Fault::status_402:
            return 402;
        case Fault::status_429:
            return 429;
        case Fault::status_500:
            return 500;
        default:
            return 200;
    }
}

std::string event_of(const std::string& delta, const char* finish_reason = nullptr) {
    JsonObject choice{{"index", 0}, {"delta", nullptr}, {"finish_reason", nullptr}};
    choice["delta"] = *parse_json(delta);
    if (finish_reason != nullptr) {
        choice["finish_reason"] = finish_reason;
    }
    return "data: " +
           serialize_json(JsonObject{{"id", "chatcmpl-1"},
                                     {"object", "chat.completion.chunk"},
                                     {"model", "mock"},
                                     {"choices", JsonArray{std::move(choice)}}}) +
           "\n\n";
}

// A function of its own: GCC 12 cannot compile an initialiser list inside a co_await expression.
std::string text_event(const std::string& piece) {
    return event_of(serialize_json(JsonObject{{"content", piece}}));
}

std::string refusal(const std::string& fault) {
    const JsonObject error{{"message", fault}, {"code", "invalid_messages"}};
    return whole(400, "application/json", serialize_json(JsonObject{{"error", error}}));
}

/// False where the connection must be dropped.
Awaitable<bool> answer_chat(Tcp::socket& socket, const OpenaiServerOptions& options) {
    co_await pause(options.token_delay);
    co_await send(socket, head(200,
                               "Content-Type: text/event-stream; charset=utf-8\r\n"
                               "Transfer-Encoding: chunked\r\n"));
    co_await send_chunk(socket, event_of(R"({"role":"assistant","content":""})"));
    std::size_t sent = 0;
    for (const std::string& piece : options.answer) {
        co_await send_chunk(socket, options.noise + text_event(piece));
        co_await pause(options.token_pace);
        if (++sent < 2) {
            continue;
        }
        if (options.fault == Fault::cut) {
            co_return false;
        }
        if (options.fault == Fault::stalls) {
            co_await wait_for_goodbye(socket);
            co_return false;
        }
        if (options.fault == Fault::rubbish_json) {
            co_await send_chunk(socket, "data: {\"choices\":[{\n\n");
        } else if (options.fault == Fault::error_message) {
            co_await send_chunk(socket, "data: {\"error\":{\"message\":\"overloaded\"}}\n\n");
        } else if (options.fault == Fault::huge) {
            co_await send_chunk(socket, "data: " + std::string(2U << 20U, 'x'));
        }
    }
    for (const std::string& delta : options.deltas) {
        co_await send_chunk(socket, options.noise + event_of(delta));
    }
    co_await send_chunk(socket, event_of("{}", options.deltas.empty() ? "stop" : "tool_calls"));
    if (!options.says_done) {
        co_await wait_for_goodbye(socket);
        co_return false;
    }
    co_await send_chunk(socket,
                        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":11,"
                        "\"completion_tokens\":4,\"total_tokens\":15}}\n\n");
    co_await send_chunk(socket, "data: [DONE]\n\n");
    co_await send(socket, "0\r\n\r\n");
    co_return true;
}

/// A 220 Hz tone that swells and fades as syllables do: 24 kHz, 16 bit, little-endian.
std::string make_tone(std::size_t duration_ms) {
    std::string bytes;
    bytes.reserve(duration_ms * pcm_bytes_per_ms);
    for (std::size_t index = 0; index < duration_ms * 24; ++index) {
        const double time = static_cast<double>(index) / 24'000.0;
        const double swell = 0.6 + 0.4 * std::sin(2.0 * std::numbers::pi * 4.0 * time);
        const auto sample = static_cast<std::uint16_t>(static_cast<std::int16_t>(
            8'000.0 * swell * std::sin(2.0 * std::numbers::pi * 220.0 * time)));
        bytes += static_cast<char>(sample & 0xFFU);
        bytes += static_cast<char>(sample >> 8U);
    }
    return bytes;
}

Awaitable<bool> answer_speech(Tcp::socket& socket, const OpenaiServerOptions& options,
                              std::size_t text_bytes) {
    co_await pause(options.audio_delay);
    if (!options.audio_body.empty()) {
        co_await send(socket, whole(200, options.audio_type, options.audio_body));
        co_return true;
    }
    co_await send(socket, head(200, "Content-Type: audio/pcm\r\nTransfer-Encoding: chunked\r\n"));
    const std::size_t duration_ms = std::clamp<std::size_t>(
        text_bytes * static_cast<std::size_t>(options.audio_per_byte.count()), 200, 60'000);
    // One second is made once and repeated: the bench measures us, not sines.
    static const std::string tone = make_tone(1000);
    constexpr std::size_t piece_ms = 200;
    for (std::size_t at_ms = 0; at_ms < duration_ms; at_ms += piece_ms) {
        const std::size_t size_ms = std::min(piece_ms, duration_ms - at_ms);
        co_await send_chunk(
            socket, tone.substr((at_ms % 1000) * pcm_bytes_per_ms, size_ms * pcm_bytes_per_ms));
        if (options.fault == Fault::cut) {
            co_return false;
        }
        co_await pause(options.fault == Fault::stalls
                           ? milliseconds(60'000)
                           : milliseconds(static_cast<std::int64_t>(static_cast<double>(size_ms) *
                                                                    options.audio_pace)));
    }
    co_await send(socket, "0\r\n\r\n");
    co_return true;
}

/// False where the connection must be dropped.
Awaitable<bool> answer(Tcp::socket& socket, const OpenaiServerOptions& options,
                       const Request& request) {
    const bool is_chat = request.target() == "/v1/chat/completions";
    const int status = status_of(options.fault);
    if (options.fault == Fault::silent) {
        co_await wait_for_goodbye(socket);
        co_return false;
    }
    if (status != 200) {
        co_await send(socket,
                      whole(status, "application/json", options.error_body, options.retry_after));
        co_return true;
    }
    if (options.fault == Fault::rubbish_body ||
        (!is_chat && options.fault == Fault::rubbish_json)) {
        co_await send(socket, whole(200, "text/html", "<html>\n\n<p>Welcome!</p>\n\n</html>"));
        co_return true;
    }
    const auto body = parse_json(request.body());
    if (!body || (!is_chat && request.target() != "/v1/audio/speech")) {
        co_await send(socket, whole(404, "application/json", "{}"));
        co_return true;
    }
    const std::string fault = is_chat ? find_chat_fault(*body) : std::string();
    if (!fault.empty()) {
        co_await send(socket, refusal(fault));
        co_return true;
    }
    if (is_chat) {
        co_return co_await answer_chat(socket, options);
    }
    co_return co_await answer_speech(socket, options, member_text(*body, "input").size());
}

}  // namespace

OpenaiServer::OpenaiServer(asio::io_context& context, OpenaiServerOptions options)
    : state_(std::make_shared<State>(context, std::move(options))) {
    struct Sessions {
        static Awaitable<void> serve(std::shared_ptr<State> state, Tcp::socket socket) {
            struct Leaves {
                State& state;
                ~Leaves() { --state.open; }
            } leaves{*state};
            try {
                boost::beast::flat_buffer buffer;
                socket.set_option(Tcp::no_delay(true));
                for (;;) {
                    Request request;
                    co_await http::async_read(socket, buffer, request, use_awaitable);
                    if (state->requests.size() < requests_kept_max) {
                        state->requests.push_back({std::string(request.target()),
                                                   std::string(request[http::field::authorization]),
                                                   request.body()});
                    }
                    // A copy: the test may change the options meanwhile.
                    const OpenaiServerOptions options = state->options;
                    if (!co_await answer(socket, options, request)) {
                        break;
                    }
                }
            } catch (const boost::system::system_error&) {
                // The client went away, which is its right.
            }
        }

        static Awaitable<void> accept(std::shared_ptr<State> state) {
            try {
                for (;;) {
                    Tcp::socket socket = co_await state->acceptor.async_accept(use_awaitable);
                    ++state->accepted;
                    ++state->open;
                    asio::co_spawn(state->context, serve(state, std::move(socket)), asio::detached);
                }
            } catch (const boost::system::system_error&) {
                // The acceptor was closed.
            }
        }
    };
    asio::co_spawn(context, Sessions::accept(state_), asio::detached);
}

OpenaiServer::~OpenaiServer() {
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
}

std::string OpenaiServer::base_url() const {
    return "http://127.0.0.1:" + std::to_string(state_->acceptor.local_endpoint().port()) + "/v1";
}

OpenaiServerOptions& OpenaiServer::options() {
    return state_->options;
}
const std::vector<SeenRequest>& OpenaiServer::requests() const {
    return state_->requests;
}
std::size_t OpenaiServer::connections_accepted() const {
    return state_->accepted;
}
std::size_t OpenaiServer::connections_open() const {
    return state_->open;
}

}  // namespace studio::test
