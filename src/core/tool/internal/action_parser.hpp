#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "core/agent/object_reader.hpp"
#include "core/tool/action.hpp"

namespace studio::core::internal {

/// Reads the action lists of one tool into flat programs and counts their actions together.
class ActionParser {
public:
    explicit ActionParser(std::vector<FieldError>& errors) : errors_(errors) {}

    [[nodiscard]] ActionProgram parse(ObjectReader& owner, std::string_view member);

private:
    void read_list(ObjectReader& owner, std::string_view member, ActionProgram& program,
                   std::size_t depth);
    void read_action(const Json& json, const std::string& path, ActionProgram& program,
                     std::size_t depth);
    void read_conditional(ObjectReader& reader, ActionProgram& program, std::size_t depth);
    void read_rules(ObjectReader& reader, ActionProgram& program);

    std::vector<FieldError>& errors_;
    std::size_t count_ = 0;
};

/// Why a URL template is refused, or nothing: it must be http or https, and what stands before its
/// path may come from `user` and `tenant` only, because what a caller or model says must not choose
/// the server that we talk to.
[[nodiscard]] std::string url_template_error(std::string_view url);

/// Whether, after the literal text `before` of a URL template, the server is settled. Where the
/// template starts with a value (`starts_with_value`), that value holds scheme and server.
[[nodiscard]] bool is_past_server(std::string_view before, bool starts_with_value);

/// Whether a telephone may be handed over to it: E.164, or a sip: or sips: URI of at most 512
/// bytes.
[[nodiscard]] bool is_transfer_target(std::string_view text);

/// Whether `text` is 1 to 64 telephone keys, with w for pauses.
[[nodiscard]] bool is_digit_string(std::string_view text);

/// Whether a header may be set by a tool: an RFC 9110 token that neither frames the message nor
/// fences the request.
[[nodiscard]] bool is_header_allowed(std::string_view name);

}  // namespace studio::core::internal
