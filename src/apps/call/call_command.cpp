#include "apps/call/call_command.hpp"

#include <fstream>
#include <iostream>
#include <optional>
#include <string>

#include "adapters/curl/curl_http_client.hpp"
#include "adapters/flite/flite_text_to_speech.hpp"
#include "adapters/web_socket/beast_web_socket_client.hpp"
#include "apps/call/caller.hpp"
#include "audio/wav.hpp"
#include "base/log.hpp"
#include "runtime/blocking_pool.hpp"

namespace studio::apps {
namespace {

/// A word of trouble, where the file cannot be written.
std::optional<std::string> write_recording(const std::string& path,
                                           const audio::Recording& recording) {
    const Bytes bytes = audio::serialize_wav(recording);
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    return file.good() ? std::nullopt : std::optional("cannot write " + path);
}

}  // namespace

int run_call(const CallOptions& options) {
    set_log_level(LogLevel::warning);
    runtime::AsioLoop loop({.name = "caller"});
    runtime::BlockingPool pool({.name = "caller", .threads = 1});
    std::optional<std::string> trouble;
    {
        SystemEntropy entropy;
        adapters::CurlHttpClient http(loop);
        adapters::BeastWebSocketClient sockets(loop);
        adapters::FliteTextToSpeech voice(loop, pool);
        CallView view(std::cout, options.json);
        Caller caller(options, {loop, entropy, http, sockets, voice, view},
                      [&](std::optional<std::string> outcome) {
                          trouble = std::move(outcome);
                          loop.stop();
                      });
        caller.start();
        loop.run();
        if (!trouble && !options.record.empty()) {
            trouble = write_recording(options.record, caller.recording());
        }
    }
    pool.stop();
    if (trouble) {
        std::cerr << "error: " << *trouble << '\n';
        return 1;
    }
    return 0;
}

}  // namespace studio::apps
