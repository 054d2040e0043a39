#pragma once

#include <string>
#include <string_view>

#include "adapters/sherpa/internal/utterance.hpp"

namespace studio::adapters::sherpa {

/// Whether a piece of audio may hold words at all; where not, the model is not even asked, since it
/// makes up words for noise.
[[nodiscard]] bool may_hold_words(const PieceEvidence& evidence);

/// `text` as it may go on: what a model says of noise and music is taken out. Models of this kind
/// were trained on subtitles, and fall into three habits where nobody speaks: marks of subtitles
/// (`♪`, `[music]`), the same words again and again, and a few phrases that end films. Empty where
/// nothing remains.
[[nodiscard]] std::string plausible_text(std::string_view text, const PieceEvidence& evidence);

/// `text` without its last full stop where the words themselves go on ("a table for."): the models
/// end every piece with one, and who decides whether the caller has finished trusts it. Without a
/// last comma, with which they end what they are not sure of.
[[nodiscard]] std::string without_false_stop(std::string text);

}  // namespace studio::adapters::sherpa
