#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "core/context/value_source.hpp"

namespace studio::core {

/// What happens to each substituted value; the literal text of a template is never changed.
enum class Escape : std::uint8_t {
    none,
    /// Everything but RFC 3986's unreserved characters becomes %XX: for paths and queries.
    url_component,
    /// Control characters (CR, LF, NUL …) become spaces: for header values.
    header,
};

struct RenderOptions {
    Escape escape = Escape::none;
    /// The result is cut here, at a character's edge. 64 KiB is far above any prompt or body.
    std::size_t bytes_max = 64U << 10U;
};

struct RenderedText {
    std::string text;
    /// The result was cut at bytes_max.
    bool truncated = false;
};

struct RenderedValue {
    Json value;
    bool truncated = false;
};

/// Replaces each `{{path}}` by the value there (docs/adr/0005): text as it is, numbers and booleans
/// as JSON writes them, objects and lists as JSON text, what is missing or null as nothing. What
/// was substituted is not read again, so a value that contains `{{…}}` stays as it is. `{{` that
/// starts no valid substitution is literal text.
[[nodiscard]] RenderedText render_text(std::string_view text, const ValueSource& source,
                                       const RenderOptions& options = {});

/// Renders every text inside a JSON value; names of members stay as they are. A text that is
/// exactly one `{{path}}` becomes the value there with its type, null where it is missing.
[[nodiscard]] RenderedValue render_value(const Json& value, const ValueSource& source,
                                         const RenderOptions& options = {});

/// What is wrong with a template, in words for its author: an unclosed `{{`, or no path inside.
[[nodiscard]] std::optional<std::string> check_template(std::string_view text);

/// One scalar as templates render it; objects and lists as JSON text.
[[nodiscard]] std::string text_of_value(const Json& value);

/// The parts of a template, one after the other, for callers that treat substitutions differently.
class TemplateReader {
public:
    struct Part {
        /// Literal text, or the trimmed path of a substitution.
        std::string_view text;
        bool is_path = false;
    };

    explicit TemplateReader(std::string_view text) : rest_(text) {}
    /// The next part, or nothing at the end.
    [[nodiscard]] std::optional<Part> next();

private:
    std::string_view rest_;
};

}  // namespace studio::core
