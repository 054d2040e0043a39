#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "core/tool/tool_run.hpp"

/// A tool that parses has a schema and runs to its end, whatever its requests are answered with.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto json = studio::parse_json(studio::text_of({data, size}));
    if (!json) {
        return 0;
    }
    auto tool = studio::core::parse_tool_definition("tool", *json, "description");
    if (!tool) {
        STUDIO_CHECK(!tool.error().empty(), "a refusal has a reason");
        return 0;
    }
    static_cast<void>(studio::core::to_json_schema(*tool));
    studio::core::ToolRun run(std::make_shared<studio::core::ToolDefinition>(*tool));
    studio::core::CallContext context;
    run.handle(studio::core::ToolStart{.arguments = R"({"a": 1, "b": "x"})"}, context);
    for (int answers = 0; answers < 200 && !run.is_finished(); ++answers) {
        while (run.poll_output()) {
        }
        run.handle(studio::core::ToolHttpFinished{.status = 200, .body = R"({"id": "{{params}}"})"},
                   context);
    }
    STUDIO_CHECK(run.is_finished(), "every run ends");
    return 0;
}
