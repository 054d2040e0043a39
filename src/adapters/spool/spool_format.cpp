#include "adapters/spool/spool_format.hpp"

#include <array>
#include <optional>

#include "core/call/call_json.hpp"

namespace studio::adapters {

namespace {

constexpr std::size_t prefix_bytes = 8;

/// CRC-32 as in ISO 3309 and zlib: reflected polynomial 0xEDB88320.
constexpr std::array<std::uint32_t, 256> make_crc_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
        std::uint32_t value = byte;
        for (int bit = 0; bit < 8; ++bit) {
            value = (value >> 1U) ^ ((value & 1U) != 0 ? 0xEDB88320U : 0U);
        }
        table.at(byte) = value;
    }
    return table;
}

std::uint32_t crc32_of(ByteView bytes) {
    static constexpr auto table = make_crc_table();
    std::uint32_t value = 0xFFFFFFFFU;
    for (const std::uint8_t byte : bytes) {
        value = (value >> 8U) ^ table.at((value ^ byte) & 0xFFU);
    }
    return ~value;
}

Json lines_to_json(const TranscriptWrite& write) {
    JsonArray entries;
    for (const core::TranscriptEntry& entry : write.entries) {
        entries.push_back(core::entry_to_json(entry));
    }
    return JsonObject{{"tenant_id", write.tenant_id.text()},
                      {"call_id", write.call_id.text()},
                      {"fencing_token", write.fencing_token},
                      {"entries", std::move(entries)}};
}

std::optional<TranscriptWrite> lines_from_json(const Json& json) {
    const Json* token = find_member(json, "fencing_token");
    const Json* entries = find_member(json, "entries");
    if (token == nullptr || entries == nullptr || !entries->is_array()) {
        return std::nullopt;
    }
    TranscriptWrite write;
    write.tenant_id = TenantId(member_text(json, "tenant_id"));
    write.call_id = CallId(member_text(json, "call_id"));
    boost::json::error_code error;
    write.fencing_token = token->to_number<std::uint64_t>(error);
    if (error || write.tenant_id.empty() || write.call_id.empty()) {
        return std::nullopt;
    }
    // By now another worker may hold the call.
    write.late = true;
    for (const Json& line : entries->get_array()) {
        auto entry = core::entry_from_json(line);
        if (!entry) {
            return std::nullopt;
        }
        write.entries.push_back(std::move(*entry));
    }
    return write;
}

std::optional<SpoolEntry> read_payload(ByteView payload) {
    const auto json = parse_json(text_of(payload), json_as_stored);
    const Json* time = json ? find_member(*json, "written_at") : nullptr;
    if (time == nullptr || !time->is_int64()) {
        return std::nullopt;
    }
    SpoolEntry entry;
    entry.written_at = WallTime{milliseconds{time->get_int64()}};
    entry.bytes = payload.size() + prefix_bytes;
    if (const Json* record = find_member(*json, "record")) {
        auto read = core::record_from_json(*record);
        if (!read) {
            return std::nullopt;
        }
        entry.write = std::move(*read);
        return entry;
    }
    const Json* lines = find_member(*json, "lines");
    auto read = lines == nullptr ? std::nullopt : lines_from_json(*lines);
    if (!read) {
        return std::nullopt;
    }
    entry.write = std::move(*read);
    return entry;
}

}  // namespace

Bytes serialize_spool_entry(const SpoolEntry& entry) {
    JsonObject object{{"written_at", entry.written_at.time_since_epoch().count()}};
    if (const auto* record = std::get_if<core::CallRecord>(&entry.write)) {
        object["record"] = core::record_to_json(*record);
    } else {
        object["lines"] = lines_to_json(std::get<TranscriptWrite>(entry.write));
    }
    const std::string payload = serialize_json(object);
    Bytes bytes;
    if (payload.size() + prefix_bytes > spool_entry_bytes_max) {
        return bytes;
    }
    ByteWriter writer(bytes);
    writer.u32(static_cast<std::uint32_t>(payload.size()));
    writer.u32(crc32_of(bytes_of(payload)));
    writer.bytes(bytes_of(payload));
    return bytes;
}

SpoolChunk parse_spool(ByteView bytes) {
    SpoolChunk chunk;
    ByteReader reader(bytes);
    while (reader.remaining() >= prefix_bytes) {
        const std::size_t size = reader.u32();
        const std::uint32_t sum = reader.u32();
        if (size + prefix_bytes > spool_entry_bytes_max) {
            chunk.is_damaged = true;
            break;
        }
        if (size > reader.remaining()) {
            break;
        }
        const ByteView payload = reader.bytes(size);
        auto entry = crc32_of(payload) == sum ? read_payload(payload) : std::nullopt;
        if (!entry) {
            chunk.is_damaged = true;
            break;
        }
        chunk.entries.push_back(std::move(*entry));
    }
    return chunk;
}

}  // namespace studio::adapters
