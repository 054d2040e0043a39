#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/json.hpp"
#include "base/utf8.hpp"

/// Whatever is accepted is written as plain text that reads back, with every stance.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(studio::text_of({data, size}));
    for (const studio::JsonRules& rules :
         {studio::JsonRules{}, studio::json_to_repair, studio::json_as_stored}) {
        const auto value = studio::parse_json(text, rules);
        if (!value) {
            continue;
        }
        const std::string written = studio::serialize_json(*value);
        STUDIO_CHECK(studio::is_plain_text(written), "JSON is written as plain text");
        const auto again = studio::parse_json(written, studio::json_as_stored);
        STUDIO_CHECK(again, "JSON that was written can be read");
        STUDIO_CHECK(studio::serialize_json(*again) == written, "reading it again changes nothing");
    }
    return 0;
}
