/// chaos_callers: the callers of ./dev chaos in one process. Standard input, one JSON object a
/// line: {"op": "join", "call": name, "url": …, "token": …}, {"op": "say", "call": name, "hz": …},
/// {"op": "leave", "call": name}, {"op": "quit"}. Standard output: what each caller reports.

#include <unistd.h>
#include <CLI/CLI.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>

#include "adapters/livekit/livekit_caller.hpp"
#include "adapters/web_socket/beast_web_socket_client.hpp"
#include "audio/wav.hpp"
#include "chaos_caller.hpp"
#include "protocol/webrtc/peer_options.hpp"

namespace studio::chaos {
namespace {

class Callers {
public:
    explicit Callers(std::vector<std::int16_t> speech)
        : speech_(std::move(speech)),
          loop_({.name = "callers"}),
          sockets_(loop_),
          identity_(webrtc::make_identity()),
          input_(loop_.context(), ::dup(STDIN_FILENO)) {}

    void run() {
        read();
        loop_.run();
    }

private:
    struct Call {
        std::unique_ptr<ChaosCaller> caller;
        std::unique_ptr<adapters::LivekitCaller> media;
    };

    void read() {
        boost::asio::async_read_until(input_, buffer_, '\n', [this](auto error, std::size_t) {
            if (error) {
                loop_.stop();
                return;
            }
            std::istream lines(&buffer_);
            std::string line;
            std::getline(lines, line);
            if (const auto order = parse_json(line)) {
                obey(*order);
            }
            read();
        });
    }

    void obey(const Json& order) {
        const std::string op = member_text(order, "op");
        const std::string name = member_text(order, "call");
        const auto found = calls_.find(name);
        if (op == "quit") {
            loop_.stop();
        } else if (op == "join") {
            join(name, order);
        } else if (found == calls_.end() || found->second.caller->is_closed()) {
            return;  // It was cut off meanwhile, which was reported.
        } else if (op == "leave") {
            found->second.media->close();
        } else if (const Json* hz = find_member(order, "hz"); op == "say" && hz != nullptr) {
            found->second.caller->say(hz->to_number<double>());
        }
    }

    void join(const std::string& name, const Json& order) {
        adapters::LivekitCallerOptions options;
        options.livekit.url = member_text(order, "url");
        options.livekit.webrtc.bind_address = "127.0.0.1";
        options.token = Secret<std::string>(member_text(order, "token"));
        options.tick_offset = milliseconds(calls_.size() * 7 % 20);
        Call& call = calls_[name];
        call.caller = std::make_unique<ChaosCaller>(speech_, [name](JsonObject report) {
            report["call"] = name;
            std::cout << serialize_json(report) << std::endl;
        });
        call.media = std::make_unique<adapters::LivekitCaller>(
            options, adapters::LivekitCaller::Parts{loop_, sockets_, entropy_}, identity_);
        call.media->start(*call.caller);
    }

    std::vector<std::int16_t> speech_;
    SystemEntropy entropy_;
    runtime::AsioLoop loop_;
    adapters::BeastWebSocketClient sockets_;
    std::shared_ptr<const webrtc::Identity> identity_;
    boost::asio::posix::stream_descriptor input_;
    boost::asio::streambuf buffer_;
    std::map<std::string, Call> calls_;
};

int run(const std::string& wav) {
    std::ifstream file(wav, std::ios::binary);
    const Bytes bytes{std::istreambuf_iterator<char>(file), {}};
    const auto recording = audio::parse_wav(bytes);
    if (!recording) {
        std::cerr << "error: --wav must name a WAV file\n";
        return 2;
    }
    const auto voice = audio::to_voice(*recording);
    Callers({voice.begin(), voice.end()}).run();
    return 0;
}

}  // namespace
}  // namespace studio::chaos

int main(int count, char** values) {
    std::string wav;
    CLI::App app("Callers of the chaos run, many in one process");
    app.add_option("--wav", wav, "what each caller says")->required();
    CLI11_PARSE(app, count, values);
    return studio::chaos::run(wav);
}
