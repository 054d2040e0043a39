#include "protocol/ice/candidate.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace studio::ice {
namespace {

std::string_view next_word(std::string_view& rest) {
    const std::size_t start = std::min(rest.find_first_not_of(' '), rest.size());
    const std::size_t end = std::min(rest.find(' ', start), rest.size());
    const std::string_view word = rest.substr(start, end - start);
    rest.remove_prefix(end);
    return word;
}

std::optional<std::uint32_t> read_number(std::string_view text) {
    std::uint32_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stopped != end || text.empty()) {
        return std::nullopt;
    }
    return value;
}

bool is_ice_char(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '+' || letter == '/';
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char left, char right) {
        const auto lower = [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        };
        return lower(left) == lower(right);
    });
}

std::optional<CandidateType> read_type(std::string_view text) {
    if (text == "host") {
        return CandidateType::host;
    }
    if (text == "srflx") {
        return CandidateType::server_reflexive;
    }
    if (text == "prflx") {
        return CandidateType::peer_reflexive;
    }
    if (text == "relay") {
        return CandidateType::relay;
    }
    return std::nullopt;
}

const char* name_of(CandidateType type) {
    switch (type) {
        case CandidateType::host:
            return "host";
        case CandidateType::server_reflexive:
            return "srflx";
        case CandidateType::peer_reflexive:
            return "prflx";
        case CandidateType::relay:
            return "relay";
    }
    return "host";
}

}  // namespace

Result<Candidate, CandidateError> parse_candidate(std::string_view line) {
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) {
        line.remove_suffix(1);
    }
    if (line.starts_with("a=")) {
        line.remove_prefix(2);
    }
    constexpr std::string_view prefix = "candidate:";
    if (!line.starts_with(prefix) || line.size() > candidate_bytes_max) {
        return fail(CandidateError::malformed);
    }
    line.remove_prefix(prefix.size());
    const std::string_view foundation = next_word(line);
    const auto component = read_number(next_word(line));
    const std::string_view transport = next_word(line);
    const auto priority = read_number(next_word(line));
    const std::string_view host = next_word(line);
    const auto port = read_number(next_word(line));
    const bool has_type = next_word(line) == "typ";
    const auto type = read_type(next_word(line));
    if (foundation.empty() || foundation.size() > 32 ||
        !std::ranges::all_of(foundation, is_ice_char) || !component || *component < 1 ||
        *component > 256 || transport.empty() || !priority || host.empty() || !port ||
        *port > 0xFFFF || !has_type || !type) {
        return fail(CandidateError::malformed);
    }
    // The priority is at most 2^31-1 (RFC 8839); one outside would win every comparison.
    if (*component != 1 || !equal_ignoring_case(transport, "udp") || *priority == 0 ||
        *priority > 0x7FFFFFFFU) {
        return fail(CandidateError::unusable);
    }
    const auto address = net::Address::parse(host, static_cast<std::uint16_t>(*port));
    if (!address || !address->is_unicast() || (address->is_v6() && address->is_link_local())) {
        return fail(CandidateError::unusable);
    }
    return Candidate{*address, *type, *priority, std::string(foundation)};
}

std::string serialize_candidate(const Candidate& candidate) {
    std::string text = "candidate:" + candidate.foundation + " 1 udp " +
                       std::to_string(candidate.priority) + ' ' + candidate.address.ip_text() +
                       ' ' + std::to_string(candidate.address.port()) + " typ " +
                       name_of(candidate.type);
    if (candidate.type != CandidateType::host) {
        // Required by the grammar; these values say that we keep the base to ourselves.
        text += " raddr 0.0.0.0 rport 0";
    }
    return text;
}

std::uint32_t candidate_priority(CandidateType type, std::uint16_t preference) {
    // RFC 8445, section 5.1.2.2: the recommended type preferences.
    std::uint32_t type_preference = 0;
    switch (type) {
        case CandidateType::host:
            type_preference = 126;
            break;
        case CandidateType::peer_reflexive:
            type_preference = 110;
            break;
        case CandidateType::server_reflexive:
            type_preference = 100;
            break;
        case CandidateType::relay:
            type_preference = 0;
            break;
    }
    return (type_preference << 24U) | (std::uint32_t{preference} << 8U) | 255U;
}

}  // namespace studio::ice
