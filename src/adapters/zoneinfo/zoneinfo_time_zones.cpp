#include "adapters/zoneinfo/zoneinfo_time_zones.hpp"

#include <algorithm>
#include <fstream>
#include <utility>

namespace studio::adapters {

namespace {

/// Names go into a path. "America/Argentina/Buenos_Aires" has three parts, "Etc/GMT+5" a sign.
bool is_zone_name(std::string_view name) {
    constexpr std::size_t bytes_max = 64;
    const bool has_only_good = std::all_of(name.begin(), name.end(), [](char byte) {
        return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
               (byte >= '0' && byte <= '9') || byte == '_' || byte == '-' || byte == '+' ||
               byte == '/';
    });
    const bool is_upper = !name.empty() && name.front() >= 'A' && name.front() <= 'Z';
    return has_only_good && is_upper && name.size() <= bytes_max && name.back() != '/' &&
           name.find("//") == std::string_view::npos;
}

}  // namespace

ZoneinfoTimeZones::ZoneinfoTimeZones(ZoneinfoOptions options) : options_(std::move(options)) {
    known_.emplace("UTC", std::make_shared<const core::ZoneRules>());
}

std::shared_ptr<const core::ZoneRules> ZoneinfoTimeZones::find(std::string_view name) {
    if (const auto found = known_.find(name); found != known_.end()) {
        return found->second;
    }
    if (!is_zone_name(name) || known_.size() >= options_.zones_max) {
        return nullptr;
    }
    auto rules = read(std::string(name));
    if (rules != nullptr) {
        known_.emplace(name, rules);
    }
    return rules;
}

std::shared_ptr<const core::ZoneRules> ZoneinfoTimeZones::read(const std::string& name) const {
    std::ifstream file(options_.folder + '/' + name, std::ios::binary);
    std::string bytes(options_.file_bytes_max, '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    auto rules = core::ZoneRules::parse(bytes);
    return rules ? std::make_shared<const core::ZoneRules>(std::move(*rules)) : nullptr;
}

}  // namespace studio::adapters
