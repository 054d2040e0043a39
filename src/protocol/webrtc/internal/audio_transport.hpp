#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/entropy.hpp"
#include "base/time.hpp"
#include "protocol/net/address.hpp"
#include "protocol/rtp/receiver.hpp"
#include "protocol/rtp/rtcp.hpp"
#include "protocol/rtp/rtcp_schedule.hpp"
#include "protocol/rtp/sender.hpp"
#include "protocol/rtp/telephone_event.hpp"
#include "protocol/srtp/srtp_session.hpp"
#include "protocol/webrtc/internal/negotiation.hpp"
#include "protocol/webrtc/internal/output_queue.hpp"

namespace studio::webrtc {

/// Voice of one connected peer: RTP and RTCP both ways under SRTP. Made when the keys are known.
/// Everything it sends goes to `destination` of the call. Thread-compatible.
class AudioTransport {
public:
    struct Options {
        NegotiatedAudio audio;
        std::uint32_t ssrc = 0;
        std::string cname;
        WallTime wall_now{};
    };

    AudioTransport(srtp::SrtpSession session, const Options& options, Entropy& entropy,
                   Instant now);

    /// What is taken from now on; what we send stays as it was agreed first.
    void update(const NegotiatedAudio& audio);
    /// Protected packets of the peer's, decrypted in place.
    void handle_rtp(std::span<std::uint8_t> packet, Instant now, OutputQueue& outputs);
    void handle_rtcp(std::span<std::uint8_t> packet, const net::Address& destination, Instant now,
                     OutputQueue& outputs);
    bool send(ByteView payload, std::uint64_t media_time, bool marker,
              const net::Address& destination, Instant now, OutputQueue& outputs);
    void handle_timeout(const net::Address& destination, Instant now, OutputQueue& outputs);
    void say_goodbye(const net::Address& destination, Instant now, OutputQueue& outputs);

    [[nodiscard]] Deadline next_deadline() const;
    [[nodiscard]] std::uint64_t refused() const { return refused_; }
    void add_stats(PeerStats& stats) const;

private:
    /// Sources that we keep account of; a room forwards a few, and srtp has a limit of its own.
    static constexpr std::size_t streams_max = 6;
    static constexpr std::size_t payload_bytes_max = 1200;

    struct Stream {
        std::uint32_t ssrc = 0;
        rtp::Receiver receiver;
    };

    [[nodiscard]] rtp::Receiver* find_stream(std::uint32_t ssrc, AudioCodec codec);
    [[nodiscard]] const PayloadType* find_payload(std::uint8_t number) const;
    [[nodiscard]] bool is_telephone_event(std::uint8_t number) const;
    void on_nack(const rtp::Nack& nack, const net::Address& destination, Instant now,
                 OutputQueue& outputs);
    void on_reports(const rtp::ReportBlocks& blocks, Instant now);
    void send_report(const net::Address& destination, Instant now, OutputQueue& outputs,
                     bool is_last);
    void send_nacks(const net::Address& destination, Instant now, OutputQueue& outputs);
    void write_head(rtp::RtcpWriter& writer, Instant now, bool with_blocks);
    /// Where RTCP packets are written, with room left for their protection.
    [[nodiscard]] std::span<std::uint8_t> rtcp_room();
    void send_rtcp(std::size_t size, const net::Address& destination, OutputQueue& outputs);

    srtp::SrtpSession session_;
    NegotiatedAudio audio_;
    std::string cname_;
    rtp::Sender sender_;
    rtp::RtcpSchedule schedule_;
    std::vector<Stream> streams_;
    rtp::TelephoneEventReceiver telephone_events_;
    std::array<std::uint8_t, 1500> buffer_{};
    std::uint64_t refused_ = 0;
};

}  // namespace studio::webrtc
