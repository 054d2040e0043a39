#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "ports/provider_error.hpp"

namespace studio::adapters::pocketsphinx {

/// What an agent's `stt.options` ask of the decoder; empty is the general model.
struct Hints {
    /// Lower case, one space between words, no punctuation but apostrophes.
    std::vector<std::string> phrases;
    std::string grammar;

    friend bool operator==(const Hints&, const Hints&) = default;
};

/// The words that the model can recognise. Read once; afterwards any thread.
class Vocabulary {
public:
    /// Reads a dictionary in the format of CMUdict. Empty where it cannot be read.
    explicit Vocabulary(const std::string& path);

    [[nodiscard]] bool contains(std::string_view word) const;
    [[nodiscard]] bool empty() const { return words_.empty(); }

private:
    std::string text_;
    /// Into text_, sorted.
    std::vector<std::string_view> words_;
};

/// Reads and checks `stt.options`; every trouble with its path. An empty vocabulary knows each
/// word, because the trouble is then with the installation and not with the agent.
[[nodiscard]] Result<Hints, std::vector<OptionError>> parse_hints(const Json& options,
                                                                  const Vocabulary& vocabulary);

/// A bigram model of the phrases in ARPA format, each phrase as likely as the others.
[[nodiscard]] std::string make_phrase_model(const std::vector<std::string>& phrases);

/// How many words a JSGF grammar has when its rules are written out in place of their names, which
/// is what the vendor does with it; nothing where rules contain themselves or miss. An upper bound
/// for anything that the vendor accepts.
[[nodiscard]] std::size_t expanded_size(std::string_view grammar);

}  // namespace studio::adapters::pocketsphinx
