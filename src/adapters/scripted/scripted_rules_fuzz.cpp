#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "adapters/scripted/internal/script.hpp"
#include "base/bytes.hpp"
#include "base/check.hpp"

/// The first line is what a caller says, the rest a script: what parses can always be asked.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace studio;
    const std::string_view input = text_of({data, size});
    const std::size_t line = std::min(input.find('\n'), input.size());
    const auto options = parse_json(input.substr(std::min(line + 1, input.size())));
    if (!options) {
        return 0;
    }
    const auto script = adapters::Script::parse(*options);
    if (!script) {
        STUDIO_CHECK(!script.error().empty(), "a refusal has a reason");
        return 0;
    }
    const ModelMessage said{.role = ModelRole::user,
                            .content = std::string(input.substr(0, line)),
                            .tool_calls = {},
                            .tool_call_id = {}};
    static_cast<void>(script->answer({said, said}));
    return 0;
}
