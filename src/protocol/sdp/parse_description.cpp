#include <algorithm>
#include <charconv>

#include "protocol/sdp/session_description.hpp"

namespace studio::sdp {
namespace {

using Outcome = Result<void, SdpError>;

template <class Number>
std::optional<Number> read_number(std::string_view text) {
    Number value{};
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc() || stopped != end) {
        return std::nullopt;
    }
    return value;
}

std::string_view next_word(std::string_view& rest) {
    const std::size_t start = std::min(rest.find_first_not_of(' '), rest.size());
    const std::size_t end = std::min(rest.find(' ', start), rest.size());
    const std::string_view word = rest.substr(start, end - start);
    rest.remove_prefix(end);
    return word;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t start = text.find_first_not_of(' ');
    return start == std::string_view::npos ? std::string_view() : text.substr(start);
}

template <class Item>
bool push_bounded(std::vector<Item>& list, Item item, std::size_t max) {
    if (list.size() >= max) {
        return false;
    }
    list.push_back(std::move(item));
    return true;
}

Outcome bounded(bool fitted) {
    if (!fitted) {
        return fail(SdpError::too_large);
    }
    return {};
}

bool is_ice_text(std::string_view text, std::size_t least) {
    // RFC 8839, section 5.4: ufrag 4 to 256, password 22 to 256 ice-chars. Some peers use '-', '_'
    // and
    // '=' as well, which do no harm.
    return text.size() >= least && text.size() <= 256 && std::ranges::all_of(text, [](char letter) {
               return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                      (letter >= '0' && letter <= '9') || letter == '+' || letter == '/' ||
                      letter == '-' || letter == '_' || letter == '=';
           });
}

/// What reading one description needs to know from line to line.
class Parser {
public:
    Outcome read_line(char type, std::string_view value) {
        switch (type) {
            case 'o':
                return read_origin(value);
            case 'm':
                return read_media(value);
            case 'a':
                return read_attribute(value);
            default:
                return {};
        }
    }
    SessionDescription take() { return std::move(description_); }

private:
    Outcome read_origin(std::string_view value) {
        next_word(value);
        const std::string_view session_id = next_word(value).substr(0, 64);
        if (!session_id.empty()) {
            description_.session_id = std::string(session_id);
        }
        // Some peers write versions of more than 64 bits; only equality would matter.
        description_.session_version = read_number<std::uint64_t>(next_word(value)).value_or(0);
        return {};
    }

    Outcome read_media(std::string_view value) {
        MediaDescription section;
        section.kind = std::string(next_word(value).substr(0, 32));
        std::string_view port_word = next_word(value);
        port_word = port_word.substr(0, port_word.find('/'));
        const auto port = read_number<std::uint16_t>(port_word);
        section.protocol = std::string(next_word(value).substr(0, 64));
        if (!port || section.kind.empty() || section.protocol.empty()) {
            return fail(SdpError::bad_value);
        }
        section.port = *port;
        section.direction = session_direction_;
        const bool is_rtp = section.kind == "audio" || section.kind == "video";
        for (std::string_view word = next_word(value); !word.empty(); word = next_word(value)) {
            if (!push_bounded(section.format_words, std::string(word), formats_max)) {
                return fail(SdpError::too_large);
            }
            if (is_rtp) {
                add_format(section, word);
            }
        }
        return bounded(push_bounded(description_.media, std::move(section), sections_max));
    }

    static void add_format(MediaDescription& section, std::string_view word) {
        const auto payload_type = read_number<std::uint8_t>(word);
        if (!payload_type || *payload_type > 127 ||
            find_format(section, *payload_type) != nullptr) {
            return;
        }
        Format format;
        format.payload_type = *payload_type;
        if (*payload_type == 0 || *payload_type == 8) {
            format.encoding = *payload_type == 0 ? "PCMU" : "PCMA";
            format.clock_rate_hz = 8000;
        }
        section.formats.push_back(std::move(format));
    }

    static Format* find_format(MediaDescription& section, std::uint8_t payload_type) {
        const auto found = std::ranges::find(section.formats, payload_type, &Format::payload_type);
        return found == section.formats.end() ? nullptr : &*found;
    }

    Outcome read_attribute(std::string_view line) {
        const std::size_t colon = line.find(':');
        const std::string_view name = line.substr(0, colon);
        const std::string_view value =
            colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
        TransportDescription& transport = description_.media.empty()
                                              ? description_.transport
                                              : description_.media.back().transport;
        if (name == "candidate") {
            return bounded(push_bounded(transport.candidates, std::string(line), candidates_max));
        }
        if (const auto read = read_transport(transport, name, value); !read) {
            return read;
        }
        if (read_direction(name)) {
            return {};
        }
        return description_.media.empty() ? read_session_attribute(name, value)
                                          : read_media_attribute(name, value);
    }

    static Outcome read_transport(TransportDescription& transport, std::string_view name,
                                  std::string_view value) {
        if (name == "ice-ufrag" || name == "ice-pwd") {
            const bool is_ufrag = name == "ice-ufrag";
            if (!is_ice_text(value, is_ufrag ? 4 : 22)) {
                return fail(SdpError::bad_value);
            }
            (is_ufrag ? transport.ice_ufrag : transport.ice_password) = std::string(value);
        } else if (name == "fingerprint") {
            return bounded(push_bounded(transport.fingerprints, std::string(trimmed(value)), 8));
        } else if (name == "setup") {
            if (value == "actpass") {
                transport.setup = Setup::actpass;
            } else if (value == "active") {
                transport.setup = Setup::active;
            } else if (value == "passive") {
                transport.setup = Setup::passive;
            } else {
                return fail(SdpError::bad_value);
            }
        } else if (name == "end-of-candidates") {
            transport.end_of_candidates = true;
        }
        return {};
    }

    bool read_direction(std::string_view name) {
        std::optional<Direction> direction;
        if (name == "sendrecv") {
            direction = Direction::sendrecv;
        } else if (name == "sendonly") {
            direction = Direction::sendonly;
        } else if (name == "recvonly") {
            direction = Direction::recvonly;
        } else if (name == "inactive") {
            direction = Direction::inactive;
        } else {
            return false;
        }
        (description_.media.empty() ? session_direction_ : description_.media.back().direction) =
            *direction;
        return true;
    }

    Outcome read_session_attribute(std::string_view name, std::string_view value) {
        if (name == "ice-lite") {
            description_.ice_lite = true;
        } else if (name == "ice-options") {
            note_ice_options(value);
        } else if (name == "extmap-allow-mixed") {
            description_.extmap_allow_mixed = true;
        } else if (name == "group" && next_word(value) == "BUNDLE") {
            std::vector<std::string> mids;
            for (std::string_view mid = next_word(value); !mid.empty(); mid = next_word(value)) {
                if (!push_bounded(mids, std::string(mid), sections_max)) {
                    return fail(SdpError::too_large);
                }
            }
            return bounded(push_bounded(description_.bundles, std::move(mids), 8));
        }
        return {};
    }

    void note_ice_options(std::string_view value) {
        for (std::string_view word = next_word(value); !word.empty(); word = next_word(value)) {
            description_.ice_trickle = description_.ice_trickle || word == "trickle";
        }
    }

    Outcome read_media_attribute(std::string_view name, std::string_view value) {
        MediaDescription& section = description_.media.back();
        if (name == "mid") {
            section.mid = std::string(value.substr(0, 64));
        } else if (name == "msid") {
            section.msid = std::string(value.substr(0, 256));
        } else if (name == "rtcp-mux") {
            section.rtcp_mux = true;
        } else if (name == "rtcp-rsize") {
            section.rtcp_reduced_size = true;
        } else if (name == "bundle-only") {
            section.bundle_only = true;
        } else if (name == "ice-options") {
            note_ice_options(value);
        } else if (name == "rtpmap" || name == "fmtp" || name == "rtcp-fb") {
            return read_format_attribute(section, name, value);
        } else if (name == "ssrc") {
            return read_source(section, value);
        } else if (name == "extmap") {
            return read_extension(section, value);
        } else if (name == "sctp-port") {
            section.sctp_port = read_number<std::uint16_t>(value);
        } else if (name == "sctpmap") {
            // The form before RFC 8841, which old peers still send: "5000 webrtc-datachannel 256".
            section.sctp_port = read_number<std::uint16_t>(next_word(value));
        } else if (name == "max-message-size") {
            section.max_message_bytes = read_number<std::uint64_t>(value);
        }
        return {};
    }

    static Outcome read_format_attribute(MediaDescription& section, std::string_view name,
                                         std::string_view value) {
        const std::string_view word = next_word(value);
        value = trimmed(value);
        if (name == "rtcp-fb" && word == "*") {
            for (Format& format : section.formats) {
                if (!push_bounded(format.feedback, std::string(value), list_items_max)) {
                    return fail(SdpError::too_large);
                }
            }
            return {};
        }
        const auto payload_type = read_number<std::uint8_t>(word);
        if (!payload_type || *payload_type > 127) {
            return fail(SdpError::bad_value);
        }
        Format* format = find_format(section, *payload_type);
        if (format == nullptr) {
            return {};  // About a format that the section does not list.
        }
        if (name == "fmtp") {
            format->parameters = std::string(value.substr(0, 512));
        } else if (name == "rtcp-fb") {
            return bounded(push_bounded(format->feedback, std::string(value), list_items_max));
        } else {
            return read_rtpmap(*format, value);
        }
        return {};
    }

    static Outcome read_rtpmap(Format& format, std::string_view value) {
        const std::size_t slash = value.find('/');
        if (slash == std::string_view::npos || slash == 0 || slash > 64) {
            return fail(SdpError::bad_value);
        }
        format.encoding = std::string(value.substr(0, slash));
        std::string_view rest = value.substr(slash + 1);
        const std::size_t second = rest.find('/');
        const auto clock_rate = read_number<std::uint32_t>(rest.substr(0, second));
        const auto channels = second == std::string_view::npos
                                  ? std::optional<std::uint8_t>(1)
                                  : read_number<std::uint8_t>(rest.substr(second + 1));
        if (!clock_rate || !channels) {
            return fail(SdpError::bad_value);
        }
        format.clock_rate_hz = *clock_rate;
        format.channels = *channels;
        return {};
    }

    static Outcome read_source(MediaDescription& section, std::string_view value) {
        const auto ssrc = read_number<std::uint32_t>(next_word(value));
        if (!ssrc) {
            return fail(SdpError::bad_value);
        }
        auto found = std::ranges::find(section.sources, *ssrc, &Source::ssrc);
        if (found == section.sources.end()) {
            if (!push_bounded(section.sources, Source{*ssrc, {}}, list_items_max)) {
                return fail(SdpError::too_large);
            }
            found = section.sources.end() - 1;
        }
        const std::string_view rest = trimmed(value);
        if (rest.starts_with("cname:")) {
            found->cname = std::string(rest.substr(6, 255));
        }
        return {};
    }

    static Outcome read_extension(MediaDescription& section, std::string_view value) {
        const std::string_view word = next_word(value);
        const auto id = read_number<std::uint8_t>(word.substr(0, word.find('/')));
        const std::string_view uri = next_word(value);
        if (!id || uri.empty()) {
            return {};  // An extension that we cannot name is one that we do not use.
        }
        return bounded(push_bounded(section.extensions,
                                    HeaderExtension{*id, std::string(uri.substr(0, 256))},
                                    list_items_max));
    }

    SessionDescription description_;
    Direction session_direction_ = Direction::sendrecv;
};

}  // namespace

Result<SessionDescription, SdpError> parse_description(std::string_view text) {
    if (text.size() > description_bytes_max) {
        return fail(SdpError::too_large);
    }
    Parser parser;
    bool is_first = true;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (line.empty()) {
            continue;
        }
        if (line.size() < 2 || line[1] != '=' || (is_first && line != "v=0") ||
            line.find('\r') != std::string_view::npos ||
            line.find('\0') != std::string_view::npos) {
            return fail(SdpError::malformed);
        }
        is_first = false;
        if (const auto read = parser.read_line(line[0], line.substr(2)); !read) {
            return fail(read.error());
        }
    }
    if (is_first) {
        return fail(SdpError::malformed);
    }
    return parser.take();
}

}  // namespace studio::sdp
