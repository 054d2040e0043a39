#include "core/call/call_command.hpp"

#include <array>
#include <string_view>

namespace studio::core {
namespace {

constexpr std::array<std::string_view, 5> kinds{"say", "inject", "transfer_to_agent",
                                                "transfer_to_number", "mute_agent"};

}  // namespace

std::string name_of(CallCommand::Kind kind) {
    if (kind == CallCommand::Kind::transfer_to_agent ||
        kind == CallCommand::Kind::transfer_to_number) {
        return "transfer";
    }
    return std::string(kinds.at(static_cast<std::size_t>(kind)));
}

JsonObject command_json(const CallCommand& command) {
    const std::string_view kind = kinds.at(static_cast<std::size_t>(command.kind));
    return {{"kind", std::string(kind)}, {"text", command.text}, {"flag", command.flag}};
}

Result<CallCommand, std::string> parse_command(const Json& json) {
    const std::string kind = member_text(json, "kind");
    CallCommand command;
    command.text = member_text(json, "text");
    const Json* const flag = find_member(json, "flag");
    if (flag == nullptr || !flag->is_bool()) {
        return fail(std::string("flag"));
    }
    command.flag = flag->get_bool();
    if (command.text.size() > CallCommand::text_bytes_max) {
        return fail(std::string("text"));
    }
    for (std::size_t index = 0; index < kinds.size(); ++index) {
        if (kinds.at(index) == kind) {
            command.kind = static_cast<CallCommand::Kind>(index);
            return command;
        }
    }
    return fail(std::string("kind"));
}

}  // namespace studio::core
