#pragma once

#include <cstdint>
#include <utility>

#include "base/json.hpp"
#include "ports/store_error.hpp"

namespace studio::adapters {

/// One page of a list, as the API shows each: {items, total, limit, offset}.
[[nodiscard]] inline Json page_view(JsonArray items, std::uint64_t total, const PageRequest& page) {
    return JsonObject{{"items", std::move(items)},
                      {"total", total},
                      {"limit", page.limit},
                      {"offset", page.offset}};
}

}  // namespace studio::adapters
