// Mock providers for benches: the servers of the tests, on one thread, until the process is killed.

#include <boost/asio/io_context.hpp>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>

#include "support/provider_servers/deepgram_server.hpp"
#include "support/provider_servers/openai_server.hpp"

namespace {

constexpr const char* usage = R"(usage: provider_mocks [--name value]…
Serves Deepgram's and OpenAI's public protocols on the loopback address with fixed answers.
Prints `deepgram ws://…` and `openai http://…/v1`, then serves until it is killed.

  --deepgram-port N     0 (any)   WebSocket /v1/listen
  --openai-port N       0 (any)   /v1/chat/completions and /v1/audio/speech
  --stt-delay-ms N      0         from Finalize to the final transcript
  --llm-delay-ms N      0         from the request to the first token
  --llm-pace-ms N       0         between tokens
  --tts-delay-ms N      0         from the request to the first audio
  --tts-pace-percent N  0         time that audio takes, of its own length; 0 is all at once
)";

}  // namespace

int main(int count, char** arguments) {
    std::map<std::string, int> values{
        {"--deepgram-port", 0},    {"--openai-port", 0}, {"--stt-delay-ms", 0},
        {"--llm-delay-ms", 0},     {"--llm-pace-ms", 0}, {"--tts-delay-ms", 0},
        {"--tts-pace-percent", 0},
    };
    for (int index = 1; index < count; index += 2) {
        const auto found = values.find(arguments[index]);
        const char* text = index + 1 < count ? arguments[index + 1] : "";
        const char* end = text + std::strlen(text);
        if (found == values.end() || text == end ||
            std::from_chars(text, end, found->second).ptr != end || found->second < 0) {
            const bool asks = std::strcmp(arguments[index], "--help") == 0;
            std::fputs(usage, asks ? stdout : stderr);
            return asks ? 0 : 2;
        }
    }
    const auto duration = [&](const char* name) {
        return studio::milliseconds(values.find(name)->second);
    };
    studio::test::DeepgramServerOptions deepgram;
    deepgram.port = static_cast<std::uint16_t>(values["--deepgram-port"]);
    deepgram.final_delay = duration("--stt-delay-ms");
    studio::test::OpenaiServerOptions openai;
    openai.port = static_cast<std::uint16_t>(values["--openai-port"]);
    openai.token_delay = duration("--llm-delay-ms");
    openai.token_pace = duration("--llm-pace-ms");
    openai.audio_delay = duration("--tts-delay-ms");
    openai.audio_pace = values["--tts-pace-percent"] / 100.0;
    try {
        boost::asio::io_context context(1);
        const studio::test::DeepgramServer deepgram_server(context, deepgram);
        const studio::test::OpenaiServer openai_server(context, openai);
        std::printf("deepgram %s\nopenai %s\n", deepgram_server.base_url().c_str(),
                    openai_server.base_url().c_str());
        std::fflush(stdout);
        context.run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "provider_mocks: %s\n", error.what());
        return 1;
    }
    return 0;
}
