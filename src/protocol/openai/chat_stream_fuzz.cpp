#include <algorithm>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "protocol/openai/chat_stream.hpp"

/// The first byte chooses the size of the pieces. Whatever comes, there is exactly one last output.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) {
        return 0;
    }
    const std::string_view stream = studio::text_of({data + 1, size - 1});
    static_cast<void>(studio::openai::parse_chat_chunk(stream));
    static_cast<void>(studio::openai::parse_api_error(stream));
    studio::openai::ChatStream chat({.text_bytes_max = 256, .argument_bytes_max = 256, .sse = {}});
    const std::size_t piece_size = std::max<std::size_t>(1, data[0]);
    for (std::size_t offset = 0; offset < stream.size(); offset += piece_size) {
        chat.handle(stream.substr(offset, piece_size));
    }
    chat.handle_end();
    int last_outputs = 0;
    std::size_t text_bytes = 0;
    while (const auto output = chat.poll()) {
        STUDIO_CHECK(last_outputs == 0, "nothing follows the last output");
        if (const auto* text = std::get_if<studio::openai::ChatText>(&*output)) {
            text_bytes += text->text.size();
        } else if (!std::holds_alternative<studio::openai::ChatToolCall>(*output)) {
            ++last_outputs;
        }
    }
    STUDIO_CHECK(last_outputs == 1, "an answer ends exactly once");
    STUDIO_CHECK(text_bytes <= 256, "the text keeps to its limit");
    return 0;
}
