#include "protocol/net/address_policy.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "protocol/net/public_address.hpp"

namespace studio::net {
namespace {

constexpr std::size_t name_bytes_max = 253;  // RFC 1035, section 2.3.4, without its last dot.

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    return parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size()
               ? std::optional(number)
               : std::nullopt;
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    return lower;
}

/// How names are compared: lower case, without the dot of the root.
std::string canonical_name(std::string_view host) {
    if (host.ends_with('.')) {
        host.remove_suffix(1);
    }
    return lower_case(host);
}

bool is_host_name(std::string_view name) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
    return !name.empty() && name.size() <= name_bytes_max &&
           name.find_first_not_of(letters) == std::string_view::npos && name.front() != '.';
}

bool has_prefix(ByteView ip, ByteView network, unsigned bits) {
    if (ip.size() != network.size()) {
        return false;
    }
    const std::size_t whole = bits / 8;
    const unsigned rest = bits % 8;
    return std::ranges::equal(ip.first(whole), network.first(whole)) &&
           (rest == 0 || (ip[whole] >> (8U - rest)) == (network[whole] >> (8U - rest)));
}

/// Cuts `:port` off the end, where there is one: 0 means there is none, nothing that what follows
/// the colon is no port. An IPv6 address that has a port stands in brackets.
std::optional<std::uint16_t> take_port(std::string_view& text) {
    const std::size_t colon = text.rfind(':');
    const std::size_t bracket = text.rfind(']');
    const bool is_bare_v6 = bracket == std::string_view::npos && text.find(':') != colon;
    const bool is_inside = bracket != std::string_view::npos && colon < bracket;
    if (colon == std::string_view::npos || is_bare_v6 || is_inside) {
        return std::uint16_t{0};
    }
    const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
    text = text.substr(0, colon);
    return port == std::uint16_t{0} ? std::nullopt : port;
}

std::string_view without_brackets(std::string_view text) {
    return text.starts_with('[') && text.ends_with(']') ? text.substr(1, text.size() - 2) : text;
}

}  // namespace

AddressPolicy AddressPolicy::everything() {
    AddressPolicy policy;
    policy.allows_everything_ = true;
    return policy;
}

Result<bool, std::string> AddressPolicy::allow(std::string_view entry) {
    const auto refuse = [entry] {
        return fail("'" + std::string(entry.substr(0, 100)) +
                    "' is no address, network or host name, with or without :port");
    };
    std::string_view text = entry;
    const auto port = take_port(text);
    if (!port) {
        return refuse();
    }
    Entry made;
    made.port = *port;
    text = without_brackets(text);
    const std::size_t slash = text.find('/');
    if (const auto network = Address::parse(without_brackets(text.substr(0, slash)), 0)) {
        const auto whole = static_cast<unsigned>(network->ip().size() * 8);
        const auto bits = slash == std::string_view::npos
                              ? std::optional(whole)
                              : parse_number<unsigned>(text.substr(slash + 1));
        if (!bits || *bits > whole) {
            return refuse();
        }
        made.network = *network;
        made.prefix_bits = *bits;
    } else {
        made.name = canonical_name(text);
        if (!is_host_name(made.name)) {
            return refuse();
        }
    }
    entries_.push_back(std::move(made));
    return true;
}

bool AddressPolicy::allows(const Address& address, std::string_view host) const {
    if (allows_everything_ || is_public_address(address)) {
        return true;
    }
    const std::string name = canonical_name(host);
    return std::ranges::any_of(entries_, [&](const Entry& entry) {
        if (entry.port != 0 && entry.port != address.port()) {
            return false;
        }
        return entry.name.empty() ? has_prefix(address.ip(), entry.network.ip(), entry.prefix_bits)
                                  : entry.name == name && !address.empty();
    });
}

}  // namespace studio::net
