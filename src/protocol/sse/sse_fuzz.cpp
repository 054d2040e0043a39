#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "protocol/sse/sse_parser.hpp"

namespace {

std::vector<std::string> read(std::string_view stream, std::size_t piece_size) {
    studio::sse::SseParser parser({.line_bytes_max = 64, .event_bytes_max = 128});
    std::vector<std::string> events;
    for (std::size_t offset = 0; offset < stream.size(); offset += piece_size) {
        parser.handle(stream.substr(offset, piece_size));
        while (const auto event = parser.poll()) {
            STUDIO_CHECK(event->data.size() <= 128, "an event keeps to its limit");
            events.emplace_back(event->data);
        }
    }
    return events;
}

}  // namespace

/// The first byte chooses the size of the pieces; the events may not depend on it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::string_view stream = studio::text_of({data + 1, size - 1});
    const std::size_t piece_size = std::max<std::size_t>(1, data[0]);
    STUDIO_CHECK(read(stream, piece_size) == read(stream, stream.size()),
                 "events do not depend on how the stream was cut");
    return 0;
}
