#pragma once

#include <string_view>

namespace studio {

/// A file that was built into the program (cmake/embed.cmake). Lives as long as the process.
struct EmbeddedFile {
    /// Without its folder: `0001_foundation.sql`.
    std::string_view name;
    std::string_view content;
};

}  // namespace studio
