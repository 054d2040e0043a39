#include "protocol/sdp/session_description.hpp"

#include <algorithm>

namespace studio::sdp {
namespace {

const char* name_of(Direction direction) {
    switch (direction) {
        case Direction::sendrecv:
            return "sendrecv";
        case Direction::sendonly:
            return "sendonly";
        case Direction::recvonly:
            return "recvonly";
        case Direction::inactive:
            return "inactive";
    }
    return "inactive";
}

const char* name_of(Setup setup) {
    switch (setup) {
        case Setup::actpass:
            return "actpass";
        case Setup::active:
            return "active";
        case Setup::passive:
            return "passive";
    }
    return "actpass";
}

/// Joins pieces into lines.
class LineWriter {
public:
    template <class... Pieces>
    void line(const Pieces&... pieces) {
        (add(pieces), ...);
        text_ += "\r\n";
    }
    std::string take() { return std::move(text_); }

private:
    void add(std::string_view piece) { text_ += piece; }
    void add(std::uint64_t number) { text_ += std::to_string(number); }

    std::string text_;
};

void write_transport(LineWriter& writer, const TransportDescription& transport) {
    if (!transport.ice_ufrag.empty()) {
        writer.line("a=ice-ufrag:", transport.ice_ufrag);
    }
    if (!transport.ice_password.empty()) {
        writer.line("a=ice-pwd:", transport.ice_password);
    }
    for (const std::string& fingerprint : transport.fingerprints) {
        writer.line("a=fingerprint:", fingerprint);
    }
    if (transport.setup) {
        writer.line("a=setup:", name_of(*transport.setup));
    }
    for (const std::string& candidate : transport.candidates) {
        writer.line("a=", candidate);
    }
    if (transport.end_of_candidates) {
        writer.line("a=end-of-candidates");
    }
}

void write_format(LineWriter& writer, const Format& format) {
    const std::uint64_t payload_type = format.payload_type;
    if (!format.encoding.empty()) {
        if (format.channels == 1) {
            writer.line("a=rtpmap:", payload_type, " ", format.encoding, "/",
                        std::uint64_t{format.clock_rate_hz});
        } else {
            writer.line("a=rtpmap:", payload_type, " ", format.encoding, "/",
                        std::uint64_t{format.clock_rate_hz}, "/", std::uint64_t{format.channels});
        }
    }
    if (!format.parameters.empty()) {
        writer.line("a=fmtp:", payload_type, " ", format.parameters);
    }
    for (const std::string& feedback : format.feedback) {
        writer.line("a=rtcp-fb:", payload_type, " ", feedback);
    }
}

void write_media(LineWriter& writer, const MediaDescription& section) {
    std::string words;
    for (const std::string& word : section.format_words) {
        words += ' ' + word;
    }
    writer.line("m=", section.kind, " ", std::uint64_t{section.port}, " ", section.protocol, words);
    writer.line("c=IN IP4 0.0.0.0");
    if (!section.mid.empty()) {
        writer.line("a=mid:", section.mid);
    }
    if (section.kind != "application") {
        writer.line("a=", name_of(section.direction));
    }
    write_transport(writer, section.transport);
    if (section.rtcp_mux) {
        writer.line("a=rtcp-mux");
    }
    if (section.rtcp_reduced_size) {
        writer.line("a=rtcp-rsize");
    }
    if (section.bundle_only) {
        writer.line("a=bundle-only");
    }
    for (const HeaderExtension& extension : section.extensions) {
        writer.line("a=extmap:", std::uint64_t{extension.id}, " ", extension.uri);
    }
    if (!section.msid.empty()) {
        writer.line("a=msid:", section.msid);
    }
    for (const Format& format : section.formats) {
        write_format(writer, format);
    }
    for (const Source& source : section.sources) {
        writer.line("a=ssrc:", std::uint64_t{source.ssrc}, " cname:", source.cname);
    }
    if (section.sctp_port) {
        writer.line("a=sctp-port:", std::uint64_t{*section.sctp_port});
    }
    if (section.max_message_bytes) {
        writer.line("a=max-message-size:", *section.max_message_bytes);
    }
}

}  // namespace

const std::string& SessionDescription::ufrag_of(const MediaDescription& section) const {
    return section.transport.ice_ufrag.empty() ? transport.ice_ufrag : section.transport.ice_ufrag;
}

const std::string& SessionDescription::password_of(const MediaDescription& section) const {
    return section.transport.ice_password.empty() ? transport.ice_password
                                                  : section.transport.ice_password;
}

const std::vector<std::string>& SessionDescription::fingerprints_of(
    const MediaDescription& section) const {
    return section.transport.fingerprints.empty() ? transport.fingerprints
                                                  : section.transport.fingerprints;
}

std::optional<Setup> SessionDescription::setup_of(const MediaDescription& section) const {
    return section.transport.setup ? section.transport.setup : transport.setup;
}

std::string serialize_description(const SessionDescription& description) {
    LineWriter writer;
    writer.line("v=0");
    writer.line("o=- ", description.session_id, " ", description.session_version,
                " IN IP4 127.0.0.1");
    writer.line("s=-");
    writer.line("t=0 0");
    for (const std::vector<std::string>& mids : description.bundles) {
        std::string words;
        for (const std::string& mid : mids) {
            words += ' ' + mid;
        }
        writer.line("a=group:BUNDLE", words);
    }
    if (description.extmap_allow_mixed) {
        writer.line("a=extmap-allow-mixed");
    }
    writer.line("a=msid-semantic: WMS *");
    if (description.ice_lite) {
        writer.line("a=ice-lite");
    }
    if (description.ice_trickle) {
        writer.line("a=ice-options:trickle");
    }
    write_transport(writer, description.transport);
    for (const MediaDescription& section : description.media) {
        write_media(writer, section);
    }
    return writer.take();
}

}  // namespace studio::sdp
