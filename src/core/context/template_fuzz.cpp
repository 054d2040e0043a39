#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "core/context/call_context.hpp"
#include "core/context/template.hpp"

/// The first line is a value of the context, the rest the template: rendering keeps its bound,
/// never reads a result again, and agrees with the check for authors.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input = studio::text_of({data, size});
    const std::size_t line = input.find('\n');
    const std::string_view value = input.substr(0, line);
    const std::string_view text = line == std::string_view::npos ? input : input.substr(line + 1);
    studio::core::CallContext context;
    static_cast<void>(context.set("workflow.v", studio::Json(std::string(value))));
    static_cast<void>(context.set(value.substr(0, 64), "x"));
    static_cast<void>(context.erase(value.substr(0, 64)));
    static_cast<void>(studio::core::check_template(text));
    for (const auto escape : {studio::core::Escape::none, studio::core::Escape::url_component,
                              studio::core::Escape::header}) {
        const auto rendered =
            studio::core::render_text(text, context, {.escape = escape, .bytes_max = 1000});
        STUDIO_CHECK(rendered.text.size() <= 1000, "a rendered text keeps its bound");
    }
    static_cast<void>(studio::core::render_value(studio::Json(std::string(text)), context));
    return 0;
}
