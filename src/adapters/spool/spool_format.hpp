#pragma once

#include <cstddef>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "core/call/call_record.hpp"
#include "ports/call_store.hpp"

namespace studio::adapters {

/// A spool file: eight bytes that name the format, then entries of
///
///     length of the payload (4) | CRC-32 of the payload (4) | payload: one JSON object
///
/// Numbers are big-endian. A file whose writer died may end in the middle of an entry, which was
/// then never acknowledged.
constexpr std::string_view spool_header = "STSPOOL1";
constexpr std::size_t spool_entry_bytes_max = std::size_t{1} << 20U;

/// One write of a call that the store has not got yet.
struct SpoolEntry {
    WallTime written_at{};
    std::variant<core::CallRecord, TranscriptWrite> write;
    /// In the file, with length and sum; filled by parse_spool.
    std::size_t bytes = 0;
};

/// Empty where the entry is longer than allowed.
[[nodiscard]] Bytes serialize_spool_entry(const SpoolEntry& entry);

/// What could be read of some bytes that begin at an entry.
struct SpoolChunk {
    std::vector<SpoolEntry> entries;
    /// The next byte belongs to no entry that was ever written whole. False for a mere rest.
    bool is_damaged = false;
};

/// Reads entries up to the first that is incomplete or damaged. Hostile bytes are harmless.
[[nodiscard]] SpoolChunk parse_spool(ByteView bytes);

}  // namespace studio::adapters
