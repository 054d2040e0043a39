#include "protocol/webrtc/internal/negotiation.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace studio::webrtc {
namespace {

using sdp::Format;
using sdp::MediaDescription;
using sdp::SessionDescription;
using sdp::Setup;

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char left, char right) {
        const auto lower = [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        };
        return lower(left) == lower(right);
    });
}

bool is_codec(const Format& format, AudioCodec codec) {
    return equal_ignoring_case(format.encoding, encoding_name(codec)) &&
           format.clock_rate_hz == clock_rate_hz(codec) &&
           (codec == AudioCodec::opus || format.channels == 1);
}

bool is_telephone_event(const Format& format) {
    return equal_ignoring_case(format.encoding, "telephone-event") &&
           (format.clock_rate_hz == 8'000 || format.clock_rate_hz == 48'000);
}

const Format* find_codec(const MediaDescription& section, AudioCodec codec) {
    const auto found = std::ranges::find_if(
        section.formats, [codec](const Format& format) { return is_codec(format, codec); });
    return found == section.formats.end() ? nullptr : &*found;
}

/// Of the codecs that we speak, in our order, those of the section; nothing where there are none.
std::optional<NegotiatedAudio> match_audio(const MediaDescription& section,
                                           const PeerOptions& options) {
    NegotiatedAudio audio;
    for (const AudioCodec codec : options.codecs) {
        const Format* format = find_codec(section, codec);
        if (format == nullptr) {
            continue;
        }
        const PayloadType payload_type{format->payload_type, codec};
        if (audio.inbound.empty()) {
            audio.outbound = payload_type;
            audio.peer_wants_fec = format->parameters.find("useinbandfec=1") != std::string::npos;
            audio.use_nack = options.use_nack &&
                             std::ranges::any_of(format->feedback, [](const std::string& feedback) {
                                 return feedback == "nack" || feedback == "nack ";
                             });
        }
        audio.inbound.push_back(payload_type);
    }
    for (const Format& format : section.formats) {
        if (is_telephone_event(format)) {
            audio.telephone_events.push_back(format.payload_type);
        }
    }
    if (audio.inbound.empty()) {
        return std::nullopt;
    }
    return audio;
}

bool is_audio(const MediaDescription& section) {
    return section.kind == "audio" && section.rtcp_mux &&
           (section.port != 0 || section.bundle_only) && section.protocol == "UDP/TLS/RTP/SAVPF";
}

bool is_channel_section(const MediaDescription& section) {
    const auto& words = section.format_words;
    return section.kind == "application" && (section.port != 0 || section.bundle_only) &&
           section.protocol.ends_with("DTLS/SCTP") && section.sctp_port && !words.empty();
}

const std::vector<std::string>* bundle_of(const SessionDescription& description,
                                          const MediaDescription& section) {
    const auto found =
        std::ranges::find_if(description.bundles, [&](const std::vector<std::string>& mids) {
            return std::ranges::find(mids, section.mid) != mids.end();
        });
    return found == description.bundles.end() ? nullptr : &*found;
}

/// A bundle has one transport; sections behind the first may leave its description out (RFC 8843,
/// section 7.1.3).
const MediaDescription& transport_section(const SessionDescription& description,
                                          const MediaDescription& section) {
    const auto* mids = bundle_of(description, section);
    if (mids == nullptr || !description.ufrag_of(section).empty()) {
        return section;
    }
    const auto first = std::ranges::find(description.media, mids->front(), &MediaDescription::mid);
    return first == description.media.end() ? section : *first;
}

void add_candidates(NegotiatedSession& session, const std::vector<std::string>& lines) {
    for (const std::string& line : lines) {
        if (auto candidate = ice::parse_candidate(line)) {
            session.candidates.push_back(std::move(*candidate));
        }
    }
}

/// What both directions of negotiation read from the peer's transport; false where it is not
/// usable.
bool read_transport(NegotiatedSession& session, const SessionDescription& description,
                    const MediaDescription& section) {
    const MediaDescription& carrier = transport_section(description, section);
    session.remote = {description.ufrag_of(carrier), description.password_of(carrier)};
    session.peer_is_lite = description.ice_lite;
    for (const std::string& text : description.fingerprints_of(carrier)) {
        if (auto fingerprint = dtls::parse_fingerprint(text)) {
            session.fingerprints.push_back(std::move(*fingerprint));
        }
    }
    add_candidates(session, description.transport.candidates);
    for (const MediaDescription& each : description.media) {
        add_candidates(session, each.transport.candidates);
    }
    return !session.remote.ufrag.empty() && !session.remote.password.empty() &&
           !session.fingerprints.empty();
}

sdp::Direction reversed(sdp::Direction direction) {
    switch (direction) {
        case sdp::Direction::sendonly:
            return sdp::Direction::recvonly;
        case sdp::Direction::recvonly:
            return sdp::Direction::sendonly;
        case sdp::Direction::sendrecv:
        case sdp::Direction::inactive:
            break;
    }
    return direction;
}

Format format_of(const PayloadType& payload_type, bool with_nack) {
    Format format;
    format.payload_type = payload_type.number;
    format.encoding = encoding_name(payload_type.codec);
    format.clock_rate_hz = clock_rate_hz(payload_type.codec);
    if (payload_type.codec == AudioCodec::opus) {
        // RFC 7587, section 7: always two channels in the map; ours is mono inside.
        format.channels = 2;
        format.parameters = "minptime=10;useinbandfec=1";
    }
    if (with_nack) {
        format.feedback.emplace_back("nack");
    }
    return format;
}

Format telephone_event_format(std::uint8_t payload_type, std::uint32_t rate) {
    Format format;
    format.payload_type = payload_type;
    format.encoding = "telephone-event";
    format.clock_rate_hz = rate;
    format.parameters = "0-15";
    return format;
}

void list_formats(MediaDescription& section) {
    for (const Format& format : section.formats) {
        section.format_words.push_back(std::to_string(format.payload_type));
    }
}

/// Our ICE and DTLS parameters; `with_candidates` on the first section of the bundle only.
sdp::TransportDescription transport_of(const LocalSession& local, Setup setup,
                                       bool with_candidates) {
    sdp::TransportDescription transport;
    transport.ice_ufrag = local.credentials.ufrag;
    transport.ice_password = local.credentials.password;
    transport.fingerprints = {local.fingerprint};
    transport.setup = setup;
    if (!with_candidates) {
        return transport;
    }
    std::uint16_t preference = 65535;
    for (const net::Address& address : local.addresses) {
        const ice::Candidate candidate{
            address, ice::CandidateType::host,
            ice::candidate_priority(ice::CandidateType::host, preference--),
            std::to_string(transport.candidates.size() + 1)};
        transport.candidates.push_back(ice::serialize_candidate(candidate));
    }
    transport.end_of_candidates = true;
    return transport;
}

MediaDescription channel_section(std::string protocol, std::uint32_t message_bytes_max) {
    MediaDescription section;
    section.kind = "application";
    section.protocol = std::move(protocol);
    section.format_words = {"webrtc-datachannel"};
    section.sctp_port = sctp_port;
    section.max_message_bytes = message_bytes_max;
    return section;
}

MediaDescription refused_section(const MediaDescription& offered) {
    MediaDescription section;
    section.kind = offered.kind;
    section.port = 0;
    section.protocol = offered.protocol;
    section.format_words = offered.format_words;
    section.mid = offered.mid;
    section.direction = sdp::Direction::inactive;
    return section;
}

MediaDescription answered_audio(const MediaDescription& offered, const NegotiatedAudio& audio,
                                const LocalSession& local) {
    MediaDescription section;
    section.kind = "audio";
    section.protocol = offered.protocol;
    section.mid = offered.mid;
    section.direction = reversed(offered.direction);
    section.rtcp_mux = true;
    section.rtcp_reduced_size = offered.rtcp_reduced_size;
    for (const PayloadType& payload_type : audio.inbound) {
        section.formats.push_back(format_of(
            payload_type, audio.use_nack && payload_type.number == audio.outbound.number));
    }
    for (const Format& format : offered.formats) {
        if (is_telephone_event(format)) {
            section.formats.push_back(
                telephone_event_format(format.payload_type, format.clock_rate_hz));
        }
    }
    list_formats(section);
    section.msid = "agent-studio voice";
    section.sources = {{local.ssrc, local.cname}};
    return section;
}

MediaDescription offered_audio(const AudioSection& wanted, const PeerOptions& options) {
    MediaDescription section;
    section.kind = "audio";
    section.protocol = "UDP/TLS/RTP/SAVPF";
    section.direction = wanted.direction;
    section.rtcp_mux = true;
    section.rtcp_reduced_size = true;
    for (const AudioCodec codec : wanted.codecs.empty() ? options.codecs : wanted.codecs) {
        // 111 is what everybody calls Opus, and some servers assume it.
        const std::uint8_t number = codec == AudioCodec::opus   ? 111
                                    : codec == AudioCodec::pcmu ? 0
                                                                : 8;
        section.formats.push_back(format_of({number, codec}, options.use_nack));
    }
    const bool has_opus = find_codec(section, AudioCodec::opus) != nullptr;
    section.formats.push_back(has_opus ? telephone_event_format(110, 48'000)
                                       : telephone_event_format(101, 8'000));
    list_formats(section);
    return section;
}

void add_inbound(NegotiatedAudio& audio, const NegotiatedAudio& more) {
    for (const PayloadType& payload_type : more.inbound) {
        if (std::ranges::find(audio.inbound, payload_type.number, &PayloadType::number) ==
            audio.inbound.end()) {
            audio.inbound.push_back(payload_type);
        }
    }
    for (const std::uint8_t number : more.telephone_events) {
        if (std::ranges::find(audio.telephone_events, number) == audio.telephone_events.end()) {
            audio.telephone_events.push_back(number);
        }
    }
}

}  // namespace

Result<NegotiatedSession, SdpRefusal> negotiate_offer(const SessionDescription& offer,
                                                      const PeerOptions& options) {
    NegotiatedSession session;
    // Two lite agents would wait for each other's checks for ever.
    if (offer.ice_lite) {
        return fail(SdpRefusal::unsupported);
    }
    const MediaDescription* audio = nullptr;
    for (std::size_t index = 0; index < offer.media.size() && audio == nullptr; ++index) {
        if (is_audio(offer.media[index])) {
            if (const auto matched = match_audio(offer.media[index], options)) {
                audio = &offer.media[index];
                session.audio = *matched;
                session.audio_section = index;
            }
        }
    }
    if (audio == nullptr || !read_transport(session, offer, *audio)) {
        return fail(SdpRefusal::unsupported);
    }
    // RFC 8842, section 5.3: to actpass the answerer says active.
    const auto setup = offer.setup_of(transport_section(offer, *audio)).value_or(Setup::actpass);
    session.dtls_role = setup == Setup::active ? srtp::Role::server : srtp::Role::client;
    const auto* mids = bundle_of(offer, *audio);
    for (std::size_t index = 0; index < offer.media.size() && mids != nullptr; ++index) {
        const MediaDescription& section = offer.media[index];
        if (is_channel_section(section) && bundle_of(offer, section) == mids) {
            session.channels = NegotiatedChannels{*section.sctp_port};
            session.channel_section = index;
            break;
        }
    }
    return session;
}

SessionDescription make_answer(const SessionDescription& offer, const NegotiatedSession& session,
                               const LocalSession& local) {
    SessionDescription answer;
    answer.session_id = local.session_id;
    answer.session_version = 1;
    answer.ice_lite = true;
    const Setup setup = session.dtls_role == srtp::Role::client ? Setup::active : Setup::passive;
    std::vector<std::string> mids;
    for (std::size_t index = 0; index < offer.media.size(); ++index) {
        const MediaDescription& offered = offer.media[index];
        const bool is_voice = index == session.audio_section;
        if (!is_voice && index != session.channel_section) {
            answer.media.push_back(refused_section(offered));
            continue;
        }
        MediaDescription section =
            is_voice ? answered_audio(offered, session.audio, local)
                     : channel_section(offered.protocol, OfferOptions().message_bytes_max);
        section.mid = offered.mid;
        section.transport = transport_of(local, setup, mids.empty());
        mids.push_back(section.mid);
        answer.media.push_back(std::move(section));
    }
    if (bundle_of(offer, offer.media[session.audio_section]) != nullptr) {
        answer.bundles.push_back(std::move(mids));
    }
    return answer;
}

SessionDescription make_offer_description(const OfferOptions& options, const LocalSession& local,
                                          Entropy& entropy) {
    SessionDescription offer;
    offer.session_id = local.session_id;
    offer.session_version = 1;
    offer.ice_trickle = true;
    std::vector<std::string> mids;
    bool voice_is_placed = false;
    for (const AudioSection& wanted : options.audio) {
        MediaDescription section = offered_audio(wanted, options.peer);
        const bool sends = wanted.direction == sdp::Direction::sendrecv ||
                           wanted.direction == sdp::Direction::sendonly;
        if (sends && !voice_is_placed) {
            voice_is_placed = true;
            const std::string stream =
                wanted.stream_id.empty() ? entropy.text(16) : wanted.stream_id;
            const std::string track = wanted.track_id.empty() ? entropy.text(16) : wanted.track_id;
            section.msid = stream + ' ' + track;
            section.sources = {{local.ssrc, local.cname}};
        }
        offer.media.push_back(std::move(section));
    }
    if (!options.channel_labels.empty()) {
        offer.media.push_back(channel_section("UDP/DTLS/SCTP", options.message_bytes_max));
    }
    for (MediaDescription& section : offer.media) {
        section.mid = std::to_string(mids.size());
        section.transport = transport_of(local, Setup::actpass, mids.empty());
        mids.push_back(section.mid);
    }
    offer.bundles.push_back(std::move(mids));
    return offer;
}

void extend_offer(SessionDescription& offer, std::size_t more_audio, const OfferOptions& options,
                  const LocalSession& local) {
    constexpr std::size_t offered_sections_max = 24;
    ++offer.session_version;
    for (; more_audio > 0 && offer.media.size() < offered_sections_max; --more_audio) {
        AudioSection wanted;
        wanted.direction = sdp::Direction::recvonly;
        MediaDescription section = offered_audio(wanted, options.peer);
        section.mid = std::to_string(offer.media.size());
        section.transport = transport_of(local, Setup::actpass, false);
        offer.bundles.front().push_back(section.mid);
        offer.media.push_back(std::move(section));
    }
    for (MediaDescription& section : offer.media) {
        section.transport.ice_ufrag = local.credentials.ufrag;
        section.transport.ice_password = local.credentials.password;
    }
}

Result<NegotiatedSession, SdpRefusal> negotiate_answer(const SessionDescription& offer,
                                                       const SessionDescription& answer,
                                                       const OfferOptions& options) {
    if (answer.media.size() != offer.media.size()) {
        return fail(SdpRefusal::malformed);
    }
    NegotiatedSession session;
    bool has_audio = false;
    for (std::size_t index = 0; index < answer.media.size(); ++index) {
        const MediaDescription& section = answer.media[index];
        if (is_audio(section) && section.port != 0) {
            const auto matched = match_audio(section, options.peer);
            // The section with our voice decides what we send; it comes first of those that send.
            const bool is_voice = !offer.media[index].sources.empty();
            if (matched && (!has_audio || is_voice)) {
                NegotiatedAudio before = std::exchange(session.audio, *matched);
                add_inbound(session.audio, before);
                has_audio = true;
                session.audio_section = index;
            } else if (matched) {
                // Each section has payload types of its own; a bundle must not use one for two
                // codecs (RFC 8843, section 9.1).
                add_inbound(session.audio, *matched);
            }
        } else if (is_channel_section(section) && offer.media[index].kind == "application") {
            session.channels = NegotiatedChannels{*section.sctp_port};
            session.channel_section = index;
        }
    }
    if (!has_audio || !read_transport(session, answer, answer.media[session.audio_section])) {
        return fail(SdpRefusal::unsupported);
    }
    const auto setup =
        answer.setup_of(transport_section(answer, answer.media[session.audio_section]));
    if (!setup || *setup == Setup::actpass) {
        return fail(SdpRefusal::unsupported);
    }
    session.dtls_role = *setup == Setup::active ? srtp::Role::server : srtp::Role::client;
    return session;
}

}  // namespace studio::webrtc
