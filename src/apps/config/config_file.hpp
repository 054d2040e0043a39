#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace studio::apps {

/// One `key = value` of a configuration file. Of a list the items stand with commas between.
struct ConfigItem {
    std::string key;
    std::string value;
    /// From 1.
    std::size_t line = 0;
};

/// Reads the part of TOML 1.0 (https://toml.io/en/v1.0.0) that options need: `key = value` lines
/// and comments, where a value is a text in quotes, a whole number, `true`, `false` or a list of
/// texts. The error is one sentence with the line's number that shows nothing of the values.
[[nodiscard]] Result<std::vector<ConfigItem>, std::string> parse_config(std::string_view text);

/// Reads a file of at most 1 MiB. The error is one sentence that names the file.
[[nodiscard]] Result<std::vector<ConfigItem>, std::string> load_config(const std::string& path);

}  // namespace studio::apps
