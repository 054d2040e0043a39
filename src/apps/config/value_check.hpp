#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace studio::apps {

/// Says what a value must be ("must be a whole number from 0 to 65535"); empty where it is right.
/// The value itself is not part of it: it may be a secret that was put into the wrong place.
using ValueCheck = std::function<std::string(const std::string& value)>;

/// A whole number within these bounds, in digits alone.
[[nodiscard]] ValueCheck number_check(std::uint64_t min, std::uint64_t max);
/// `true` or `false`, also as 1, on, yes and 0, off, no.
[[nodiscard]] ValueCheck truth_check();
/// One of these words, whatever their case.
[[nodiscard]] ValueCheck choice_check(std::vector<std::string> choices);
/// An IPv4 or IPv6 address in figures.
[[nodiscard]] ValueCheck address_check();
/// Addresses in figures with commas between; none is right, too.
[[nodiscard]] ValueCheck address_list_check();
/// A URL with one of these schemes and a host, such as {"ws", "wss"}.
[[nodiscard]] ValueCheck url_check(std::vector<std::string> schemes);
/// The same, or nothing.
[[nodiscard]] ValueCheck optional_url_check(std::vector<std::string> schemes);
/// Any text but the empty one.
[[nodiscard]] ValueCheck text_check();

/// The items of a list with commas between, without blanks around them and without empty ones.
[[nodiscard]] std::vector<std::string> split_list(std::string_view list);

/// The name that was most likely meant; empty where none is near.
[[nodiscard]] std::string nearest_name(std::string_view name,
                                       const std::vector<std::string>& names);

}  // namespace studio::apps
