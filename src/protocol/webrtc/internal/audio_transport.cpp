#include "protocol/webrtc/internal/audio_transport.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace studio::webrtc {
namespace {

rtp::SenderOptions sender_options(const AudioTransport::Options& options) {
    rtp::SenderOptions sender;
    sender.payload_type = options.audio.outbound.number;
    sender.clock_rate_hz = clock_rate_hz(options.audio.outbound.codec);
    sender.ssrc = options.ssrc;
    sender.wall_at_start = options.wall_now;
    return sender;
}

}  // namespace

AudioTransport::AudioTransport(srtp::SrtpSession session, const Options& options, Entropy& entropy,
                               Instant now)
    : session_(std::move(session)),
      audio_(options.audio),
      cname_(options.cname),
      sender_(sender_options(options), entropy, now),
      schedule_(entropy, now) {
    streams_.reserve(streams_max);
}

void AudioTransport::update(const NegotiatedAudio& audio) {
    audio_.inbound = audio.inbound;
    audio_.telephone_events = audio.telephone_events;
}

void AudioTransport::handle_rtp(std::span<std::uint8_t> packet, Instant now, OutputQueue& outputs) {
    const auto size = session_.unprotect_rtp(packet);
    if (!size) {
        // A repeat is nobody's fault; what is not authentic is noise or an attack.
        refused_ += size.error() == srtp::SrtpError::replayed ? 0U : 1U;
        return;
    }
    const auto parsed = rtp::parse_packet(packet.first(*size));
    if (!parsed) {
        ++refused_;
        return;
    }
    const PayloadType* payload_type = find_payload(parsed->payload_type);
    const bool is_event = is_telephone_event(parsed->payload_type);
    if (payload_type == nullptr && !is_event) {
        ++refused_;
        return;
    }
    const AudioCodec codec = payload_type != nullptr ? payload_type->codec : audio_.outbound.codec;
    rtp::Receiver* receiver = find_stream(parsed->ssrc, codec);
    if (receiver == nullptr) {
        ++refused_;
        return;
    }
    const rtp::Arrival arrival = receiver->handle_packet(*parsed, now).arrival;
    if (arrival == rtp::Arrival::duplicate || arrival == rtp::Arrival::out_of_range) {
        return;
    }
    if (is_event) {
        if (const auto digit = telephone_events_.handle_packet(*parsed)) {
            outputs.digit(*digit);
        }
    } else if (!parsed->payload.empty()) {
        // Empty ones are padding that some servers send to probe; they count but are not heard.
        outputs.audio(
            {parsed->ssrc, codec, parsed->sequence, parsed->timestamp, parsed->marker, {}},
            parsed->payload);
    }
}

void AudioTransport::handle_rtcp(std::span<std::uint8_t> packet, const net::Address& destination,
                                 Instant now, OutputQueue& outputs) {
    const auto size = session_.unprotect_rtcp(packet);
    if (!size) {
        refused_ += size.error() == srtp::SrtpError::replayed ? 0U : 1U;
        return;
    }
    rtp::RtcpReader reader(packet.first(*size));
    while (const auto item = reader.next()) {
        if (const auto* sender_report = std::get_if<rtp::SenderReport>(&*item)) {
            for (Stream& stream : streams_) {
                if (stream.ssrc == sender_report->ssrc) {
                    stream.receiver.handle_sender_report(*sender_report, now);
                }
            }
            on_reports(sender_report->reports, now);
        } else if (const auto* receiver_report = std::get_if<rtp::ReceiverReport>(&*item)) {
            on_reports(receiver_report->reports, now);
        } else if (const auto* nack = std::get_if<rtp::Nack>(&*item)) {
            on_nack(*nack, destination, now, outputs);
        }
    }
    refused_ += reader.ok() ? 0U : 1U;
}

void AudioTransport::on_reports(const rtp::ReportBlocks& blocks, Instant now) {
    for (const rtp::ReportBlock& block : blocks) {
        sender_.handle_report(block, now);
    }
    for (Stream& stream : streams_) {
        stream.receiver.set_round_trip(sender_.stats().round_trip);
    }
}

void AudioTransport::on_nack(const rtp::Nack& nack, const net::Address& destination, Instant now,
                             OutputQueue& outputs) {
    if (!audio_.use_nack || nack.media_ssrc != sender_.ssrc()) {
        return;
    }
    for (const std::uint16_t sequence : nack.sequences) {
        if (const auto packet = sender_.repeat(sequence, now)) {
            outputs.transmit(destination, *packet);
        }
    }
}

bool AudioTransport::send(ByteView payload, std::uint64_t media_time, bool marker,
                          const net::Address& destination, Instant now, OutputQueue& outputs) {
    if (payload.empty() || payload.size() > payload_bytes_max) {
        return false;
    }
    const rtp::PacketHeader header = sender_.next_header(media_time, marker, payload.size(), now);
    rtp::write_header(header, std::span(buffer_).first<rtp::packet_header_bytes>());
    std::ranges::copy(payload, buffer_.begin() + rtp::packet_header_bytes);
    const auto size = session_.protect_rtp(buffer_, rtp::packet_header_bytes + payload.size());
    if (!size) {
        return false;
    }
    const ByteView packet = ByteView(buffer_).first(*size);
    sender_.remember(header.sequence, packet);
    outputs.transmit(destination, packet);
    return true;
}

void AudioTransport::handle_timeout(const net::Address& destination, Instant now,
                                    OutputQueue& outputs) {
    if (schedule_.expire(now)) {
        send_report(destination, now, outputs, false);
    }
    if (audio_.use_nack) {
        send_nacks(destination, now, outputs);
    }
}

void AudioTransport::say_goodbye(const net::Address& destination, Instant now,
                                 OutputQueue& outputs) {
    send_report(destination, now, outputs, true);
}

std::span<std::uint8_t> AudioTransport::rtcp_room() {
    return std::span<std::uint8_t>(buffer_).first(buffer_.size() - srtp::overhead_bytes_max);
}

void AudioTransport::write_head(rtp::RtcpWriter& writer, Instant now, bool with_blocks) {
    rtp::ReportBlocks blocks;
    for (Stream& stream : streams_) {
        if (const auto block = with_blocks ? stream.receiver.make_report(now) : std::nullopt) {
            blocks.try_push(*block);
        }
    }
    if (auto report = with_blocks ? sender_.make_report(now) : std::nullopt) {
        report->reports = blocks;
        writer.write(*report);
    } else {
        writer.write(rtp::ReceiverReport{sender_.ssrc(), blocks});
    }
    writer.write(rtp::SourceDescription{sender_.ssrc(), cname_});
}

void AudioTransport::send_report(const net::Address& destination, Instant now, OutputQueue& outputs,
                                 bool is_last) {
    rtp::RtcpWriter writer(rtcp_room());
    write_head(writer, now, true);
    if (is_last) {
        writer.write(rtp::Goodbye{sender_.ssrc()});
    }
    send_rtcp(writer.size(), destination, outputs);
}

void AudioTransport::send_nacks(const net::Address& destination, Instant now,
                                OutputQueue& outputs) {
    for (Stream& stream : streams_) {
        const rtp::NackSequences sequences = stream.receiver.poll_nack(now);
        if (sequences.empty()) {
            continue;
        }
        rtp::RtcpWriter writer(rtcp_room());
        // A whole compound packet, so that peers without RFC 5506 take it as well. Without report
        // blocks: making those would start a new interval of the loss statistics.
        write_head(writer, now, false);
        writer.write(rtp::Nack{sender_.ssrc(), stream.ssrc, sequences});
        send_rtcp(writer.size(), destination, outputs);
    }
}

void AudioTransport::send_rtcp(std::size_t size, const net::Address& destination,
                               OutputQueue& outputs) {
    if (const auto protected_size = session_.protect_rtcp(buffer_, size)) {
        outputs.transmit(destination, ByteView(buffer_).first(*protected_size));
    }
}

rtp::Receiver* AudioTransport::find_stream(std::uint32_t ssrc, AudioCodec codec) {
    const auto found = std::ranges::find(streams_, ssrc, &Stream::ssrc);
    if (found != streams_.end()) {
        return &found->receiver;
    }
    if (streams_.size() == streams_max) {
        // Sources come and go in a long call; the oldest has most likely gone.
        streams_.erase(streams_.begin());
    }
    rtp::ReceiverOptions options;
    options.clock_rate_hz = clock_rate_hz(codec);
    return &streams_.emplace_back(Stream{ssrc, rtp::Receiver(options)}).receiver;
}

const PayloadType* AudioTransport::find_payload(std::uint8_t number) const {
    const auto found = std::ranges::find(audio_.inbound, number, &PayloadType::number);
    return found == audio_.inbound.end() ? nullptr : &*found;
}

bool AudioTransport::is_telephone_event(std::uint8_t number) const {
    return std::ranges::find(audio_.telephone_events, number) != audio_.telephone_events.end();
}

Deadline AudioTransport::next_deadline() const {
    Deadline next = schedule_.next_deadline();
    if (audio_.use_nack) {
        for (const Stream& stream : streams_) {
            next = earlier(next, stream.receiver.next_deadline());
        }
    }
    return next;
}

void AudioTransport::add_stats(PeerStats& stats) const {
    const rtp::SenderStats& sent = sender_.stats();
    stats.packets_sent = sent.packets_sent;
    stats.packets_resent = sent.packets_repeated;
    stats.reported_loss = sent.fraction_lost / 256.0;
    if (sent.round_trip > microseconds{0}) {
        stats.round_trip = sent.round_trip;
    }
    for (const Stream& stream : streams_) {
        const rtp::ReceiverStats received = stream.receiver.stats();
        stats.packets_received += received.packets_received;
        stats.packets_lost += received.packets_lost;
        stats.jitter = received.jitter;
    }
}

}  // namespace studio::webrtc
