// What a text is cut into, the phonemes that come back, and a voice's own files.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/sherpa/internal/voice_folder.hpp"
#include "adapters/sherpa/internal/voice_phonemes.hpp"
#include "adapters/sherpa/internal/voice_pieces.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace studio::adapters::sherpa;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const PhonemeSet known{' ', 'a', 'b', '.', ',', 0x259, 0x303};
    for (const VoicePiece& piece : cut_pieces(text)) {
        PhonemePiece phonemes;
        for (const Clause& clause : piece.clauses) {
            if (clause.text.empty() || clause.text.size() > 170 ||
                text.substr(clause.offset, clause.text.size()) != clause.text) {
                std::abort();
            }
            add_clause(phonemes, clause.text, clause.mark, known);
            for (const WordShare& word : share_words(clause.text, phonemes)) {
                if (word.offset >= clause.text.size() || !(word.begin >= 0.0 && word.begin < 1.0)) {
                    std::abort();
                }
            }
        }
        for (const std::int32_t phoneme : phonemes.phonemes) {
            if (!known.contains(static_cast<char32_t>(phoneme))) {
                std::abort();
            }
        }
    }
    VoiceFolder voice;
    static_cast<void>(parse_voice_config(text, voice));
    static_cast<void>(parse_tokens(text));
    return 0;
}
