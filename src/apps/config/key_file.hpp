#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/sensitive.hpp"

namespace studio::apps {

/// Where `serve` leaves the key that it made, beside its database, so that commands of the same
/// person on the same machine need no key to be typed: `agent-studio.db.key`.
[[nodiscard]] std::string key_file_of(const std::string& database);

/// Writes the key to a file that only its owner may read (mode 0600); one that is there is
/// exchanged. On failure one line for people.
[[nodiscard]] Result<bool, std::string> write_key_file(const std::string& path,
                                                       const Secret<std::string>& key);

/// The key in such a file; nothing where there is none, or where others than its owner may read or
/// write it.
[[nodiscard]] std::optional<Secret<std::string>> read_key_file(const std::string& path);

/// Whether an http URL leads to this machine: `localhost`, 127.0.0.0/8 or ::1. A key of this
/// machine is sent nowhere else.
[[nodiscard]] bool is_local_url(const std::string& url);

}  // namespace studio::apps
