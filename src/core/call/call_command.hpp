#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/json.hpp"
#include "base/result.hpp"

namespace studio::core {

/// What somebody who watches a call does in it.
struct CallCommand {
    /// Of `text`, in bytes.
    static constexpr std::size_t text_bytes_max = 20'000;

    enum class Kind : std::uint8_t {
        /// The agent says `text`; with `flag` at once, in place of what it says.
        say,
        /// The model is told `text` before its next answer; with `flag` it answers now.
        inject,
        /// The agent named `text` takes over, as soon as what is being said was heard.
        transfer_to_agent,
        /// The telephone is handed over to the number `text`.
        transfer_to_number,
        /// With `flag` the agent says and thinks nothing more; else it goes on.
        mute_agent,
    };
    Kind kind = Kind::say;
    std::string text{};
    bool flag = false;
};

/// As events and transcripts name it: `say`, `inject`, `transfer`, `mute_agent`.
[[nodiscard]] std::string name_of(CallCommand::Kind kind);

/// {kind, text, flag}, for the way to whoever holds the call.
[[nodiscard]] JsonObject command_json(const CallCommand& command);
/// The error names what is wrong.
[[nodiscard]] Result<CallCommand, std::string> parse_command(const Json& json);

}  // namespace studio::core
