#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "core/context/condition.hpp"

/// A condition that parses can be evaluated, and parses again from its own text to the same answer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto condition = studio::core::Condition::parse(studio::text_of({data, size}));
    if (!condition) {
        return 0;
    }
    const studio::JsonObject root{{"a", 1}, {"b", "2"}, {"flags", studio::JsonObject{{"x", true}}}};
    const studio::core::JsonSource source(root);
    const auto again = studio::core::Condition::parse(condition->text());
    STUDIO_CHECK(again.has_value(), "a condition's own text parses");
    STUDIO_CHECK(again->holds(source) == condition->holds(source), "and means the same");
    return 0;
}
