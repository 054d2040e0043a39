#pragma once

#include <memory>
#include <string_view>

#include "base/interface.hpp"
#include "core/context/zone_rules.hpp"

namespace studio {

/// The time zones of the world by their IANA names ("Europe/Berlin"). One object per loop, used on
/// that loop only.
class TimeZones : public Interface {
public:
    /// The rules of a zone; nullptr where there is none of that name. The first look at a zone may
    /// read a small file.
    [[nodiscard]] virtual std::shared_ptr<const core::ZoneRules> find(std::string_view name) = 0;
};

}  // namespace studio
