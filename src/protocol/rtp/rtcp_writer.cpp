#include "protocol/rtp/rtcp.hpp"

#include <algorithm>

namespace studio::rtp {
namespace {

constexpr std::size_t header_bytes = 4;
constexpr std::size_t block_bytes = 24;

/// Writes big-endian numbers into room that was measured before.
class Cursor {
public:
    explicit Cursor(std::span<std::uint8_t> target) : target_(target) {}

    void number(std::uint64_t value, unsigned bytes) {
        for (unsigned index = bytes; index-- > 0;) {
            target_[offset_++] = static_cast<std::uint8_t>(value >> (8U * index));
        }
    }
    void text(std::string_view value) {
        for (const char byte : value) {
            target_[offset_++] = static_cast<std::uint8_t>(byte);
        }
    }

private:
    std::span<std::uint8_t> target_;
    std::size_t offset_ = 0;
};

void write_blocks(Cursor& cursor, const ReportBlocks& blocks) {
    for (const ReportBlock& block : blocks) {
        cursor.number(block.ssrc, 4);
        cursor.number(block.fraction_lost, 1);
        // 24 bits signed; RFC 3550, A.3 clamps.
        const std::int32_t lost = std::clamp(block.cumulative_lost, -0x800000, 0x7FFFFF);
        cursor.number(static_cast<std::uint32_t>(lost) & 0xFFFFFFU, 3);
        cursor.number(block.highest_sequence, 4);
        cursor.number(block.jitter, 4);
        cursor.number(block.last_sender_report, 4);
        cursor.number(block.delay_since_sender_report, 4);
    }
}

}  // namespace

std::span<std::uint8_t> RtcpWriter::start(std::uint8_t count, std::uint8_t type,
                                          std::size_t body_bytes) {
    if (target_.size() - size_ < header_bytes + body_bytes) {
        ok_ = false;
        return {};
    }
    Cursor cursor(target_.subspan(size_));
    cursor.number(0x80U | count, 1);
    cursor.number(type, 1);
    cursor.number(body_bytes / 4, 2);
    const auto body = target_.subspan(size_ + header_bytes, body_bytes);
    size_ += header_bytes + body_bytes;
    return body;
}

void RtcpWriter::write(const SenderReport& report) {
    const auto body = start(static_cast<std::uint8_t>(report.reports.size()), 200,
                            24 + report.reports.size() * block_bytes);
    if (body.empty()) {
        return;
    }
    Cursor cursor(body);
    cursor.number(report.ssrc, 4);
    cursor.number(report.ntp_time, 8);
    cursor.number(report.rtp_timestamp, 4);
    cursor.number(report.packet_count, 4);
    cursor.number(report.octet_count, 4);
    write_blocks(cursor, report.reports);
}

void RtcpWriter::write(const ReceiverReport& report) {
    const auto body = start(static_cast<std::uint8_t>(report.reports.size()), 201,
                            4 + report.reports.size() * block_bytes);
    if (body.empty()) {
        return;
    }
    Cursor cursor(body);
    cursor.number(report.ssrc, 4);
    write_blocks(cursor, report.reports);
}

void RtcpWriter::write(const SourceDescription& description) {
    const std::string_view cname = description.cname.substr(0, 255);
    // SSRC, item type, length, text, and at least one zero up to the boundary.
    const std::size_t body_bytes = (4 + 2 + cname.size() + 4) / 4 * 4;
    const auto body = start(1, 202, body_bytes);
    if (body.empty()) {
        return;
    }
    std::fill(body.begin(), body.end(), std::uint8_t{0});
    Cursor cursor(body);
    cursor.number(description.ssrc, 4);
    cursor.number(1, 1);
    cursor.number(cname.size(), 1);
    cursor.text(cname);
}

void RtcpWriter::write(const Goodbye& goodbye) {
    const auto body = start(1, 203, 4);
    if (!body.empty()) {
        Cursor(body).number(goodbye.ssrc, 4);
    }
}

void RtcpWriter::write(const Nack& nack) {
    struct Pair {
        std::uint16_t first = 0;
        std::uint16_t mask = 0;
    };
    FixedList<Pair, nack_sequences_max> pairs;
    for (std::size_t index = 0; index < nack.sequences.size();) {
        Pair pair{nack.sequences[index++], 0};
        for (; index < nack.sequences.size(); ++index) {
            const auto distance = static_cast<std::uint16_t>(nack.sequences[index] - pair.first);
            if (distance == 0 || distance > 16) {
                break;
            }
            pair.mask = static_cast<std::uint16_t>(pair.mask | 1U << (distance - 1U));
        }
        pairs.try_push(pair);
    }
    if (pairs.empty()) {
        return;
    }
    const auto body = start(1, 205, 8 + pairs.size() * 4);
    if (body.empty()) {
        return;
    }
    Cursor cursor(body);
    cursor.number(nack.sender_ssrc, 4);
    cursor.number(nack.media_ssrc, 4);
    for (const Pair& pair : pairs) {
        cursor.number(pair.first, 2);
        cursor.number(pair.mask, 2);
    }
}

}  // namespace studio::rtp
