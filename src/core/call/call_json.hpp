#pragma once

#include <string>

#include "base/json.hpp"
#include "base/result.hpp"
#include "core/call/call_record.hpp"

namespace studio::core {

/// How calls are written down, in columns and files. Absent figures are left out; unknown members
/// are passed over, so that what a later program wrote can be read.
[[nodiscard]] Json metrics_to_json(const CallMetrics& metrics);
[[nodiscard]] CallMetrics metrics_from_json(const Json& json);
/// The stages that were reached, in microseconds: {"endpoint_us": …}. Nothing is read from what is
/// no object, or where a stage is no whole number.
[[nodiscard]] Json latency_to_json(const TurnLatency& latency);
[[nodiscard]] std::optional<TurnLatency> latency_from_json(const Json& json);

/// A list of names; nothing where `json` is something else.
[[nodiscard]] Json names_to_json(const std::vector<std::string>& names);
[[nodiscard]] std::optional<std::vector<std::string>> names_from_json(const Json& json);

[[nodiscard]] std::optional<TranscriptRole> parse_transcript_role(std::string_view name);

/// Whole values, with everything in them: for files that are as private as the database.
[[nodiscard]] Json record_to_json(const CallRecord& record);
/// The error names the member that is missing or wrong.
[[nodiscard]] Result<CallRecord, std::string> record_from_json(const Json& json);
[[nodiscard]] Json entry_to_json(const TranscriptEntry& entry);
[[nodiscard]] Result<TranscriptEntry, std::string> entry_from_json(const Json& json);

}  // namespace studio::core
