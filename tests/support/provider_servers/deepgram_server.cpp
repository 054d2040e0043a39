#include "support/provider_servers/deepgram_server.hpp"

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
#include <boost/beast/websocket.hpp>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

#include "base/json.hpp"

namespace studio::test {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using asio::use_awaitable;
using Tcp = asio::ip::tcp;
using WebSocketStream = websocket::stream<Tcp::socket>;
template <class Value>
using Awaitable = asio::awaitable<Value>;

struct DeepgramServer::State {
    State(asio::io_context& io, DeepgramServerOptions given)
        : context(io),
          acceptor(io, {asio::ip::address_v4::loopback(), given.port}),
          options(std::move(given)) {}

    asio::io_context& context;
    Tcp::acceptor acceptor;
    DeepgramServerOptions options;
    DeepgramSeen seen;
    std::size_t open = 0;
};

namespace {

constexpr std::size_t samples_per_ms = 16;
constexpr std::size_t speech_samples_min = 200 * samples_per_ms;
/// Shorter pauses are inside of a sentence, whatever `endpointing` asks for.
constexpr std::size_t pause_samples_min = 100 * samples_per_ms;
/// -50 dBFS as an amplitude.
constexpr int loud_amplitude = 104;

/// One recognition: what came since the stream began, and since the last Finalize.
struct Hearing {
    std::size_t samples = 0;
    std::size_t begin_samples = 0;
    std::size_t loud_samples = 0;
    std::size_t interim_at = 0;
    /// Since the last loud sample.
    std::size_t quiet_samples = 0;
};

struct Result {
    std::string text;
    bool is_final = false;
    bool from_finalize = false;
};

std::string serialize(const Hearing& hearing, const Result& result) {
    const auto to_seconds = [](std::size_t samples) {
        return static_cast<double>(samples) / 16'000.0;
    };
    JsonArray words;
    for (std::size_t at = 0; at < result.text.size();) {
        const std::size_t end = std::min(result.text.find(' ', at), result.text.size());
        words.push_back(JsonObject{{"word", result.text.substr(at, end - at)},
                                   {"start", to_seconds(hearing.begin_samples)},
                                   {"end", to_seconds(hearing.samples)},
                                   {"confidence", 0.98}});
        at = end + 1;
    }
    return serialize_json(JsonObject{
        {"type", "Results"},
        {"channel_index", JsonArray{0, 1}},
        {"start", to_seconds(hearing.begin_samples)},
        {"duration", to_seconds(hearing.samples - hearing.begin_samples)},
        {"is_final", result.is_final},
        {"speech_final", result.is_final},
        {"from_finalize", result.from_finalize},
        {"metadata", JsonObject{{"request_id", "mock"}}},
        {"channel",
         JsonObject{{"alternatives", JsonArray{JsonObject{{"transcript", result.text},
                                                          {"confidence", 0.98},
                                                          {"words", std::move(words)}}}}}}});
}

void hear(Hearing& hearing, const unsigned char* bytes, std::size_t size) {
    for (std::size_t index = 0; index + 1 < size; index += 2) {
        const auto sample = static_cast<std::int16_t>(bytes[index] | (bytes[index + 1] << 8));
        const bool is_loud = sample > loud_amplitude || sample < -loud_amplitude;
        hearing.loud_samples += is_loud ? 1U : 0U;
        hearing.quiet_samples = is_loud ? 0 : hearing.quiet_samples + 1;
    }
    hearing.samples += size / 2;
}

/// So many words of the transcript as the speech that was heard has room for: three a second.
std::string interim_text(const Hearing& hearing, const std::string& transcript) {
    std::size_t words = 1 + hearing.loud_samples * 3 / 16'000;
    std::size_t end = 0;
    while (words-- > 0 && end != std::string::npos) {
        end = transcript.find(' ', end + 1);
    }
    return transcript.substr(0, end);
}

Awaitable<void> send(WebSocketStream& socket, std::string text) {
    socket.text(true);
    co_await socket.async_write(asio::buffer(text), use_awaitable);
}

Awaitable<void> pause(milliseconds duration) {
    if (duration > milliseconds::zero()) {
        asio::steady_timer timer(co_await asio::this_coro::executor, duration);
        co_await timer.async_wait(use_awaitable);
    }
}

Awaitable<void> finalize(WebSocketStream& socket, const DeepgramServerOptions& options,
                         Hearing& hearing, bool from_finalize) {
    co_await pause(options.final_delay);
    const bool is_speech = hearing.loud_samples >= speech_samples_min;
    // Made outside of the co_await: GCC 12 destroys an aggregate inside of one twice.
    const Result result{is_speech ? options.transcript : "", true, from_finalize};
    co_await send(socket, serialize(hearing, result));
    hearing.begin_samples = hearing.interim_at = hearing.samples;
    hearing.loud_samples = 0;
}

websocket::close_reason reason_of(Fault fault) {
    if (fault == Fault::closes_1008) {
        return {websocket::close_code::policy_error, "DATA-0000"};
    }
    return {websocket::close_code::internal_error, "NET-0001"};
}

/// True where the fault ends the connection.
Awaitable<bool> fail(WebSocketStream& socket, Fault fault) {
    switch (fault) {
        case Fault::closes_1008:
        case Fault::closes_1011:
            co_await socket.async_close(reason_of(fault), use_awaitable);
            co_return true;
        case Fault::cut:
            socket.next_layer().close();
            co_return true;
        case Fault::rubbish_json:
            co_await send(socket, "{\"type\":");
            co_return false;
        case Fault::error_message:
            co_await send(socket, R"({"type":"Error","description":"mock","variant":"MOCK"})");
            co_return false;
        case Fault::huge:
            co_await send(socket, std::string(1U << 20U, 'x'));
            co_return false;
        default:
            co_return false;
    }
}

/// After how much silence the client wants a final result, from `endpointing=` in milliseconds;
/// nothing where it does not say: clients of ours do their own endpointing.
std::optional<std::size_t> endpointing_samples(const std::string& target) {
    const std::string_view name = "endpointing=";
    const std::size_t found = target.find(name);
    if (found == std::string::npos) {
        return std::nullopt;
    }
    const unsigned long wanted = std::strtoul(target.c_str() + found + name.size(), nullptr, 10);
    if (wanted == 0) {
        return std::nullopt;
    }
    return std::max(pause_samples_min, wanted * samples_per_ms);
}

/// Reads until the stream is closed.
Awaitable<void> listen(WebSocketStream& socket, const DeepgramServerOptions& options,
                       DeepgramSeen& seen) {
    const auto pause_samples = endpointing_samples(seen.target);
    Hearing hearing;
    boost::beast::flat_buffer buffer;
    for (;;) {
        co_await socket.async_read(buffer, use_awaitable);
        const auto data = buffer.data();
        if (socket.got_text()) {
            const std::string type = member_text(
                parse_json({static_cast<const char*>(data.data()), data.size()}).value_or(Json()),
                "type");
            seen.keep_alives += type == "KeepAlive" ? 1U : 0U;
            seen.finalizes += type == "Finalize" ? 1U : 0U;
            if (type == "CloseStream") {
                seen.has_close_stream = true;
                co_await send(socket, R"({"type":"Metadata","request_id":"mock"})");
                co_await socket.async_close(websocket::close_code::normal, use_awaitable);
                co_return;
            }
            if (type == "Finalize" && options.fault != Fault::never_final &&
                options.fault != Fault::deaf) {
                co_await finalize(socket, options, hearing, true);
            }
        } else {
            hear(hearing, static_cast<const unsigned char*>(data.data()), data.size());
            seen.audio_bytes += data.size();
            ++seen.audio_messages;
            const auto every = static_cast<std::size_t>(options.interim_every.count());
            if (hearing.loud_samples >= speech_samples_min && options.fault != Fault::deaf &&
                hearing.samples >= hearing.interim_at + every * samples_per_ms) {
                hearing.interim_at = hearing.samples;
                const Result result{interim_text(hearing, options.transcript), false, false};
                co_await send(socket, serialize(hearing, result));
            }
            if (pause_samples && hearing.quiet_samples >= *pause_samples &&
                hearing.loud_samples >= speech_samples_min) {
                co_await finalize(socket, options, hearing, false);
            }
            if (co_await fail(socket, options.fault)) {
                co_return;
            }
        }
        buffer.consume(buffer.size());
    }
}

constexpr std::size_t eager_samples = 160 * samples_per_ms;
constexpr std::size_t end_samples = 320 * samples_per_ms;

/// The present turn of `/v2/listen`.
struct FluxTurn {
    Hearing hearing{};
    int index = 0;
    bool has_started = false;
    bool is_eager = false;
    std::string text{};
};

Awaitable<void> send_turn(WebSocketStream& socket, const FluxTurn& turn, const char* event) {
    const double end = static_cast<double>(turn.hearing.samples) / 16'000.0;
    const double confidence = turn.hearing.quiet_samples >= end_samples ? 0.9 : 0.5;
    std::string message = serialize_json(JsonObject{{"type", "TurnInfo"},
                                                    {"event", event},
                                                    {"turn_index", turn.index},
                                                    {"audio_window_start", 0.0},
                                                    {"audio_window_end", end},
                                                    {"transcript", turn.text},
                                                    {"words", JsonArray{}},
                                                    {"end_of_turn_confidence", confidence},
                                                    {"sequence_id", 1}});
    co_await send(socket, std::move(message));
}

/// What a message of audio changes.
Awaitable<void> judge(WebSocketStream& socket, FluxTurn& turn, const std::string& transcript,
                      bool tells_eager) {
    Hearing& hearing = turn.hearing;
    if (hearing.loud_samples < speech_samples_min) {
        co_return;
    }
    const std::string text = interim_text(hearing, transcript);
    const bool is_news = text != turn.text;
    turn.text = text;
    if (!std::exchange(turn.has_started, true)) {
        co_await send_turn(socket, turn, "StartOfTurn");
    } else if (is_news) {
        co_await send_turn(socket, turn, "Update");
    }
    if (turn.is_eager && hearing.quiet_samples < eager_samples) {
        turn.is_eager = false;
        co_await send_turn(socket, turn, "TurnResumed");
    } else if (tells_eager && !turn.is_eager && hearing.quiet_samples >= eager_samples) {
        turn.is_eager = true;
        co_await send_turn(socket, turn, "EagerEndOfTurn");
    }
    if (hearing.quiet_samples >= end_samples) {
        co_await send_turn(socket, turn, "EndOfTurn");
        turn = {.hearing = {.samples = hearing.samples}, .index = turn.index + 1};
    }
}

Awaitable<void> listen_to_turns(WebSocketStream& socket, const DeepgramServerOptions& options,
                                DeepgramSeen& seen) {
    co_await send(socket, R"({"type":"Connected","request_id":"mock","sequence_id":0})");
    const bool tells_eager = seen.target.find("eager_eot_threshold=") != std::string::npos;
    FluxTurn turn;
    boost::beast::flat_buffer buffer;
    for (;;) {
        co_await socket.async_read(buffer, use_awaitable);
        const auto data = buffer.data();
        const auto* bytes = static_cast<const unsigned char*>(data.data());
        if (socket.got_text()) {
            seen.has_close_stream = true;
            co_await socket.async_close(websocket::close_code::normal, use_awaitable);
            co_return;
        }
        const std::size_t loud_before = turn.hearing.loud_samples;
        hear(turn.hearing, bytes, data.size());
        seen.audio_bytes += data.size();
        seen.silent_messages += turn.hearing.loud_samples == loud_before ? 1U : 0U;
        ++seen.audio_messages;
        if (co_await fail(socket, options.fault)) {
            co_return;
        }
        if (options.fault != Fault::deaf && options.fault != Fault::never_final) {
            co_await judge(socket, turn, options.transcript, tells_eager);
        }
        buffer.consume(buffer.size());
    }
}

/// The HTTP answer instead of a WebSocket; empty where the handshake goes on.
std::string refusal(Fault fault) {
    const auto with = [](const std::string& status) {
        return "HTTP/1.1 " + status + " Whatever\r\nContent-Length: 2\r\n\r\n{}";
    };
    switch (fault) {
        case Fault::status_400:
            return with("400");
        case Fault::status_401:
            return with("401");
        case Fault::status_429:
            return with("429");
        case Fault::status_500:
            return with("500");
        case Fault::status_503:
            return with("503");
        case Fault::rubbish_body:
            return "<html>not even HTTP</html>\r\n\r\n";
        default:
            return {};
    }
}

}  // namespace

DeepgramServer::DeepgramServer(asio::io_context& context, DeepgramServerOptions options)
    : state_(std::make_shared<State>(context, std::move(options))) {
    struct Sessions {
        static Awaitable<void> serve(std::shared_ptr<State> state, Tcp::socket socket) {
            struct Leaves {
                State& state;
                ~Leaves() { --state.open; }
            } leaves{*state};
            try {
                socket.set_option(Tcp::no_delay(true));
                boost::beast::flat_buffer buffer;
                http::request<http::empty_body> request;
                co_await http::async_read(socket, buffer, request, use_awaitable);
                ++state->seen.connections;
                state->seen.target = std::string(request.target());
                state->seen.authorization = std::string(request[http::field::authorization]);
                if (state->options.fault == Fault::silent) {
                    // Until the client sends more, or goes.
                    co_await socket.async_wait(Tcp::socket::wait_read, use_awaitable);
                    co_return;
                }
                const std::string answer = refusal(state->options.fault);
                if (!answer.empty()) {
                    co_await asio::async_write(socket, asio::buffer(answer), use_awaitable);
                    co_return;
                }
                WebSocketStream stream(std::move(socket));
                stream.auto_fragment(false);
                co_await stream.async_accept(request, use_awaitable);
                if (state->seen.target.starts_with("/v2/")) {
                    co_await listen_to_turns(stream, state->options, state->seen);
                } else {
                    co_await listen(stream, state->options, state->seen);
                }
            } catch (const boost::system::system_error&) {
                // The client went away, which is its right.
            }
        }

        static Awaitable<void> accept(std::shared_ptr<State> state) {
            try {
                for (;;) {
                    Tcp::socket socket = co_await state->acceptor.async_accept(use_awaitable);
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

DeepgramServer::~DeepgramServer() {
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
}

std::string DeepgramServer::base_url() const {
    return "ws://127.0.0.1:" + std::to_string(state_->acceptor.local_endpoint().port());
}

void DeepgramServer::set_fault(Fault fault) {
    state_->options.fault = fault;
}

const DeepgramSeen& DeepgramServer::seen() const {
    return state_->seen;
}
std::size_t DeepgramServer::connections_open() const {
    return state_->open;
}

}  // namespace studio::test
