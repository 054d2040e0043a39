#pragma once

#include "base/json.hpp"

namespace studio {

/// A JSON Merge Patch (RFC 7396): members of `patch` replace those of `target`, objects member by
/// member, null removes, everything else replaces as a whole.
[[nodiscard]] Json merge_patch(Json target, const Json& patch);

}  // namespace studio
