#include <sstream>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "services/replay/call_log.hpp"
#include "services/replay/event_json.hpp"
#include "services/replay/plan_json.hpp"

/// Any bytes are read to an end or an error, and what parses is written as what parses again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace studio;
    using namespace studio::services;
    std::istringstream stream{std::string(text_of({data, size}))};
    CallLogReader reader(stream);
    while (true) {
        const auto record = reader.next();
        if (!record || !*record) {
            return 0;
        }
        const Json& json = (*record)->data;
        static_cast<void>(parse_recorded_plan(json));
        static_cast<void>(parse_media_event(json));
        static_cast<void>(parse_speech_event(json));
        static_cast<void>(parse_model_event(json));
        static_cast<void>(parse_http_outcome(json));
        static_cast<void>(parse_inbound_frame(json, Instant(seconds(1))));
        if (const auto event = parse_synthesis_event(json)) {
            STUDIO_CHECK(parse_synthesis_event(to_json(*event)).has_value(),
                         "what is written can be read");
        }
    }
}
