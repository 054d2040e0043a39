#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"
#include "core/agent/field_error.hpp"

namespace studio::core {

/// Bounds of a text field.
struct TextRule {
    bool required = false;
    /// In characters (code points), as the contract counts them.
    std::size_t length_max = 1024;
    /// The text is a template and must be a sound one.
    bool is_template = false;
};

/// Reads the members of one JSON object of a configuration and reports everything that is wrong
/// with it, each with its dotted path: wrong types, values out of range, and in finish() every
/// member that nobody asked for. A member that is wrong or absent leaves the target as it was; null
/// counts as absent. Borrows the value and the list of errors.
class ObjectReader {
public:
    /// Reports where `json` is no object; every read then finds nothing. nullptr means absent.
    ObjectReader(const Json* json, std::string path, std::vector<FieldError>& errors);

    void read_text(std::string_view name, std::string& target, const TextRule& rule = {});
    void read_boolean(std::string_view name, bool& target);
    void read_number(std::string_view name, double& target, double least, double most);
    void read_integer(std::string_view name, int& target, int least, int most);
    /// A number of seconds, whole or not, into milliseconds.
    void read_seconds(std::string_view name, milliseconds& target, milliseconds least,
                      milliseconds most);
    void read_texts(std::string_view name, std::vector<std::string>& target,
                    std::size_t count_max = 64);
    /// An object of any content of at most `bytes_max`, kept as it is.
    void read_object(std::string_view name, Json& target, std::size_t bytes_max = 64U << 10U);

    /// The member for the caller to read; counts as known. nullptr where absent or null.
    [[nodiscard]] const Json* find(std::string_view name);
    /// The same where it must be a list of at most `count_max` items; else reported, and nullptr.
    [[nodiscard]] const JsonArray* find_list(std::string_view name, std::size_t count_max = 64);

    /// `path.name` of a member.
    [[nodiscard]] std::string path_of(std::string_view name) const;
    void report(std::string_view name, std::string message);
    /// Reports members that nobody asked for. Call last.
    void finish();

private:
    const JsonObject* object_ = nullptr;
    std::string path_;
    std::vector<FieldError>& errors_;
    std::set<std::string, std::less<>> known_;
};

/// `path[index]`.
[[nodiscard]] std::string item_path(std::string_view path, std::size_t index);

}  // namespace studio::core
