#include "protocol/rtp/rtcp.hpp"

namespace studio::rtp {
namespace {

// RFC 3550, section 12.1, and RFC 4585, section 6.1.
constexpr std::uint8_t type_sender_report = 200;
constexpr std::uint8_t type_receiver_report = 201;
constexpr std::uint8_t type_source_description = 202;
constexpr std::uint8_t type_goodbye = 203;
constexpr std::uint8_t type_transport_feedback = 205;
constexpr std::uint8_t format_generic_nack = 1;
constexpr std::uint8_t item_cname = 1;

ReportBlocks read_blocks(ByteReader& reader, std::uint8_t count) {
    ReportBlocks blocks;
    for (std::uint8_t index = 0; index < count; ++index) {
        ReportBlock block;
        block.ssrc = reader.u32();
        block.fraction_lost = reader.u8();
        const std::uint32_t lost = reader.u24();
        // Sign extension of 24 bits.
        block.cumulative_lost = (lost & 0x800000U) != 0
                                    ? static_cast<std::int32_t>(lost) - 0x1000000
                                    : static_cast<std::int32_t>(lost);
        block.highest_sequence = reader.u32();
        block.jitter = reader.u32();
        block.last_sender_report = reader.u32();
        block.delay_since_sender_report = reader.u32();
        blocks.try_push(block);
    }
    return blocks;
}

RtcpItem read_sender_report(ByteReader& reader, std::uint8_t count) {
    SenderReport report;
    report.ssrc = reader.u32();
    report.ntp_time = reader.u64();
    report.rtp_timestamp = reader.u32();
    report.packet_count = reader.u32();
    report.octet_count = reader.u32();
    report.reports = read_blocks(reader, count);
    return report;
}

RtcpItem read_receiver_report(ByteReader& reader, std::uint8_t count) {
    ReceiverReport report;
    report.ssrc = reader.u32();
    report.reports = read_blocks(reader, count);
    return report;
}

RtcpItem read_nack(ByteReader& reader) {
    Nack nack;
    nack.sender_ssrc = reader.u32();
    nack.media_ssrc = reader.u32();
    while (reader.remaining() >= 4 && !nack.sequences.full()) {
        const std::uint16_t first = reader.u16();
        const std::uint16_t mask = reader.u16();
        nack.sequences.try_push(first);
        for (unsigned bit = 0; bit < 16; ++bit) {
            if (((mask >> bit) & 1U) != 0) {
                nack.sequences.try_push(static_cast<std::uint16_t>(first + bit + 1));
            }
        }
    }
    return nack;
}

}  // namespace

std::optional<RtcpItem> RtcpReader::next() {
    while (ok_) {
        if (chunks_left_ > 0) {
            if (auto item = read_chunk()) {
                return item;
            }
        } else if (rest_.empty()) {
            return std::nullopt;
        } else if (auto item = read_packet()) {
            return item;
        }
    }
    return std::nullopt;
}

std::optional<RtcpItem> RtcpReader::read_packet() {
    ByteReader header(rest_);
    const std::uint8_t first = header.u8();
    const std::uint8_t type = header.u8();
    const std::size_t body_bytes = header.u16() * std::size_t{4};
    ByteView body = header.bytes(body_bytes);
    const bool last = header.remaining() == 0;
    ok_ = header.ok() && first >> 6U == 2;
    rest_ = header.rest();
    if (ok_ && (first & 0x20U) != 0) {
        // Only the last packet of a compound may be padded (RFC 3550, section 6.4.1).
        const std::size_t padding = body.empty() ? 0 : body.back();
        ok_ = last && padding != 0 && padding % 4 == 0 && padding <= body.size();
        body = ok_ ? body.first(body.size() - padding) : ByteView{};
    }
    if (!ok_) {
        return std::nullopt;
    }
    const std::uint8_t count = first & 0x1FU;
    ByteReader reader(body);
    std::optional<RtcpItem> item;
    if (type == type_sender_report) {
        item = read_sender_report(reader, count);
    } else if (type == type_receiver_report) {
        item = read_receiver_report(reader, count);
    } else if (type == type_transport_feedback && count == format_generic_nack) {
        item = read_nack(reader);
    } else if (type == type_source_description || type == type_goodbye) {
        chunks_ = body;
        chunks_left_ = count;
        chunks_type_ = type;
    }
    ok_ = reader.ok();
    return ok_ ? item : std::nullopt;
}

std::optional<RtcpItem> RtcpReader::read_chunk() {
    --chunks_left_;
    ByteReader reader(chunks_);
    const std::uint32_t ssrc = reader.u32();
    if (chunks_type_ == type_goodbye) {
        ok_ = reader.ok();
        chunks_ = reader.rest();
        return ok_ ? std::optional<RtcpItem>(Goodbye{ssrc}) : std::nullopt;
    }
    std::optional<RtcpItem> found;
    while (reader.ok()) {
        const std::uint8_t item = reader.u8();
        if (item == 0) {
            break;
        }
        const ByteView text = reader.bytes(reader.u8());
        if (item == item_cname && reader.ok() && !found) {
            found = SourceDescription{ssrc, text_of(text)};
        }
    }
    // The list of items ends in zeros up to the next 32-bit boundary.
    while (reader.ok() && reader.offset() % 4 != 0) {
        reader.skip(1);
    }
    ok_ = reader.ok();
    chunks_ = reader.rest();
    return ok_ ? found : std::nullopt;
}

}  // namespace studio::rtp
