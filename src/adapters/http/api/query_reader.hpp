#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/server/api_message.hpp"
#include "base/time.hpp"
#include "core/agent/field_error.hpp"
#include "ports/store_error.hpp"

namespace studio::adapters {

/// Reads a route's query fields and reports wrong, repeated and unknown ones. Borrows the fields.
class QueryReader {
public:
    explicit QueryReader(const HeaderList& fields) : fields_(fields) {}

    /// As read_page, without an offset.
    [[nodiscard]] std::uint32_t read_limit();
    /// `limit` from 1 to 200, 50 unless given, and `offset` from 0 to 2^31-1.
    [[nodiscard]] PageRequest read_page();
    /// `true` or `false`.
    [[nodiscard]] std::optional<bool> read_boolean(std::string_view name);
    /// At most `length_max` characters; empty where absent.
    [[nodiscard]] std::string read_text(std::string_view name, std::size_t length_max);
    /// One of these words; empty where absent.
    [[nodiscard]] std::string read_word(std::string_view name,
                                        const std::vector<std::string_view>& words);
    /// A moment or a date (base/rfc3339.hpp).
    [[nodiscard]] std::optional<WallTime> read_time(std::string_view name);
    /// Whether the field is there at all.
    [[nodiscard]] bool has(std::string_view name) { return find(name).has_value(); }
    void report(std::string_view name, std::string message);

    /// What was wrong, unknown fields included. Call last.
    [[nodiscard]] std::vector<core::FieldError> finish();

private:
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name);
    [[nodiscard]] std::uint32_t read_number(std::string_view name, std::uint32_t otherwise,
                                            std::uint32_t least, std::uint32_t most);

    const HeaderList& fields_;
    std::set<std::string, std::less<>> known_;
    std::vector<core::FieldError> errors_;
};

}  // namespace studio::adapters
