#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "core/dialog/sentence_cutter.hpp"

namespace {

/// Written and spoken text of all sentences.
std::string cut(std::string_view text, std::size_t piece_size) {
    studio::core::SentenceCutter cutter;
    std::string all;
    const auto add = [&all](const studio::core::CutSentence& sentence) {
        STUDIO_CHECK(sentence.spoken.empty() || studio::core::has_speech(sentence.spoken),
                     "what is said can be said");
        STUDIO_CHECK(!sentence.text.empty(), "what is said was written");
        all += sentence.text + '\0' + sentence.spoken + '\0';
    };
    for (std::size_t offset = 0; offset < text.size(); offset += piece_size) {
        cutter.add(text.substr(offset, piece_size));
        while (const auto sentence = cutter.next()) {
            STUDIO_CHECK(!sentence->spoken.empty(), "what cannot be said waits for the next");
            add(*sentence);
        }
    }
    while (const auto sentence = cutter.flush()) {
        add(*sentence);
    }
    return all;
}

}  // namespace

/// The first byte chooses the size of the pieces; what is said may not depend on it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2 || size > 4'096) {
        return 0;
    }
    const std::string_view text = studio::text_of({data + 1, size - 1});
    STUDIO_CHECK(cut(text, std::max<std::size_t>(1, data[0])) == cut(text, text.size()),
                 "sentences do not depend on how the text was cut");
    return 0;
}
