#include "apps/call/call_options.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <utility>

#include "apps/config/key_file.hpp"
#include "apps/config/value_check.hpp"

namespace studio::apps {
namespace {

/// A day.
constexpr std::uint64_t timeout_max = 86'400;

}  // namespace

void add_call_options(CLI::App& command, CallOptions& options) {
    command.add_option("--server", options.server, "URL of the server")
        ->envname("STUDIO_SERVER")
        ->capture_default_str();
    auto* agent = command.add_option("--agent", options.agent, "name of the agent to call");
    auto* workflow =
        command.add_option("--workflow", options.workflow, "slug of the workflow to call")
            ->excludes(agent);
    command.add_option("--url", options.room_url, "enter a room of this media server (ws, wss)")
        ->excludes(agent)
        ->excludes(workflow);
    command
        .add_option_function<std::string>(
            "--token",
            [&options](const std::string& token) {
                options.room_token = Secret<std::string>(token);
            },
            "the token of that room")
        ->envname("STUDIO_CALL_TOKEN");
    command
        .add_option("--database", options.database,
                    "the database of a server on this machine: its key is in the file beside it")
        ->envname("STUDIO_DATABASE")
        ->capture_default_str();
    auto* say = command.add_option("--say", options.lines, "a line to say; repeat for more turns");
    command
        .add_option("--wav", options.recordings,
                    "a WAV file to play instead; repeat for more turns")
        ->excludes(say);
    command.add_option("--record", options.record,
                       "write the call to a stereo WAV file: left heard, right said");
    command.add_option("--context", options.user_context, "the call's user_context as JSON")
        ->capture_default_str();
    command.add_option("--via", options.via, "send media to this address:port (a relay)");
    command.add_flag("--json", options.json, "print one JSON object per event");
    command
        .add_option_function<std::string>(
            "--timeout",
            [&options](const std::string& value) {
                if (const std::string wrong = number_check(1, timeout_max)(value); !wrong.empty()) {
                    throw CLI::ValidationError("--timeout " + wrong);
                }
                options.timeout = seconds(std::stoi(value));
            },
            "seconds after which the call is given up [300]")
        ->type_name("SECONDS");
    const char* key = std::getenv("STUDIO_API_KEY");
    options.api_key = Secret<std::string>(key == nullptr ? "" : key);
}

void find_key(CallOptions& options) {
    if (options.api_key.reveal().empty() && is_local_url(options.server)) {
        if (auto key = read_key_file(key_file_of(options.database))) {
            options.api_key = *std::move(key);
        }
    }
}

std::optional<RelayAddress> parse_relay(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0) {
        return std::nullopt;
    }
    std::string ip = text.substr(0, colon);
    if (ip.front() == '[' && ip.back() == ']') {
        ip = ip.substr(1, ip.size() - 2);
    }
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + colon + 1, end, port);
    if (ip.empty() || parsed.ec != std::errc{} || parsed.ptr != end || port == 0) {
        return std::nullopt;
    }
    return RelayAddress{std::move(ip), port};
}

Result<bool, std::string> validate(const CallOptions& options) {
    if (options.room_url.empty() == (options.agent.empty() && options.workflow.empty())) {
        return fail(std::string(
            "give whom to call: --agent NAME, --workflow SLUG, or --url URL with --token TOKEN"));
    }
    if (!options.room_url.empty()) {
        if (!options.room_url.starts_with("ws://") && !options.room_url.starts_with("wss://")) {
            return fail(std::string("--url must be a ws or wss URL"));
        }
        if (options.room_token.reveal().empty()) {
            return fail(std::string("--url needs the room's --token"));
        }
    } else if (options.api_key.reveal().empty()) {
        return fail(
            "set STUDIO_API_KEY to the server's API key, or name the database of a server "
            "on this machine with --database: there is no key in " +
            key_file_of(options.database));
    }
    if (const std::string wrong = url_check({"http", "https"})(options.server); !wrong.empty()) {
        return fail("--server (or STUDIO_SERVER) " + wrong);
    }
    if (options.lines.empty() && options.recordings.empty()) {
        return fail(std::string("give the caller something to say: --say TEXT or --wav FILE"));
    }
    for (const std::string& recording : options.recordings) {
        if (!std::ifstream(recording)) {
            return fail("--wav: " + recording + " cannot be read");
        }
    }
    if (!options.record.empty() && !std::ofstream(options.record, std::ios::app)) {
        return fail("--record: " + options.record + " cannot be written");
    }
    const auto context = parse_json(options.user_context);
    if (!context || !context->is_object()) {
        return fail(std::string("--context must be a JSON object"));
    }
    if (!options.via.empty() && !parse_relay(options.via)) {
        return fail(std::string("--via must be a numeric address:port"));
    }
    return true;
}

}  // namespace studio::apps
