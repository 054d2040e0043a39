#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/sensitive.hpp"
#include "base/time.hpp"

namespace CLI {
class App;
}

namespace studio::apps {

/// What `agent-studio call` is told.
struct CallOptions {
    std::string server = "http://127.0.0.1:8000";
    Secret<std::string> api_key;
    std::string agent;
    /// Called instead of an agent.
    std::string workflow;
    /// A media server whose room is entered instead of making a call.
    std::string room_url;
    /// The right to enter that room.
    Secret<std::string> room_token;
    /// The database of a server on this machine, beside which its key is found.
    std::string database = "agent-studio.db";
    /// What the caller says, one line a turn, spoken by the embedded voice.
    std::vector<std::string> lines;
    /// Recordings that are played instead, one a turn.
    std::vector<std::string> recordings;
    /// Where to write what was heard (left) and said (right) as a stereo WAV file; empty for
    /// nowhere.
    std::string record;
    /// The call's `user_context`, as JSON.
    std::string user_context = "{}";
    /// Sends media to this `address:port` instead of the server's: for tests through a relay.
    std::string via;
    /// Prints one JSON object per event instead of text.
    bool json = false;
    /// The whole call may last so long.
    seconds timeout{300};
};

/// Adds the options of `call` to a command; they are written to `options` when it is parsed. The
/// key comes from the environment variable STUDIO_API_KEY or, for a server of this machine, from
/// the file beside its database, so that it is not in the process list; a room's token, which is
/// good for minutes, may also come from STUDIO_CALL_TOKEN.
void add_call_options(CLI::App& command, CallOptions& options);

/// Takes the key of a server of this machine from the file that it left beside its database, where
/// no other was given. After parsing.
void find_key(CallOptions& options);

/// The relay of `--via`.
struct RelayAddress {
    std::string ip;
    std::uint16_t port = 0;
};

/// Reads `address:port`, an IPv6 address in brackets; nothing where it is not that.
[[nodiscard]] std::optional<RelayAddress> parse_relay(const std::string& text);

/// What is wrong with the options, as one line for people.
[[nodiscard]] Result<bool, std::string> validate(const CallOptions& options);

}  // namespace studio::apps
