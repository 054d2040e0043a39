#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace studio::core {

/// Whether an answer is asked for as soon as the caller's turn seems over. Nothing of it is said or
/// done before the turn is over, and it is thrown away where they go on.
enum class EarlyAnswers : std::uint8_t {
    /// Where the recogniser tells early ends.
    automatic,
    /// Also where it does not, at a final transcript that is a whole sentence.
    on,
    off,
};

/// In the order of EarlyAnswers.
inline constexpr std::array<std::string_view, 3> early_answers_names{"auto", "on", "off"};

[[nodiscard]] constexpr std::string_view name_of(EarlyAnswers answers) {
    return early_answers_names[static_cast<std::size_t>(answers)];
}
/// Nothing for a name that none has.
[[nodiscard]] constexpr std::optional<EarlyAnswers> parse_early_answers(std::string_view name) {
    for (std::size_t index = 0; index < early_answers_names.size(); ++index) {
        if (early_answers_names[index] == name) {
            return static_cast<EarlyAnswers>(index);
        }
    }
    return std::nullopt;
}

}  // namespace studio::core
