#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace studio::adapters::sherpa {

/// A stretch of text between two marks, as it was written but for spaces at its ends.
struct Clause {
    /// In bytes of the request's text.
    std::size_t offset = 0;
    std::string text;
    /// How it ends: one of `. ? ! , ; :`; zero where it was cut between two words.
    char mark = 0;
};

/// What is made in one go: whole clauses, heard as one breath.
struct VoicePiece {
    std::vector<Clause> clauses;

    [[nodiscard]] char mark() const { return clauses.back().mark; }
};

struct PieceOptions {
    /// The first piece is the first clause. A shorter one goes with the next: its audio would be
    /// over before that one is made.
    std::size_t first_bytes_min = 4;
    /// A longer clause is cut between words; the first one sooner, since it is waited for.
    std::size_t bytes_max = 160;
    std::size_t first_bytes_max = 90;
    /// Later pieces join clauses up to here, and up to so many times the size of the one before.
    /// Making 1 s of audio takes a fifth to a third of a second, so that a piece is there before
    /// the last one was heard.
    std::size_t joined_bytes = 40;
    std::size_t growth = 2;
};

/// Cuts a text, at marks that end a clause and stand before a space or an end, or in the scripts of
/// Asia anywhere. What has no letter or digit is no clause. Any bytes.
[[nodiscard]] std::vector<VoicePiece> cut_pieces(std::string_view text,
                                                 const PieceOptions& options = {});

}  // namespace studio::adapters::sherpa
