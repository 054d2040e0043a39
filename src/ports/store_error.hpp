#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace studio {

enum class StoreError : std::uint8_t {
    /// No such row for this tenant.
    not_found,
    /// A row with that unique name exists already.
    conflict,
    /// The database is away or busy beyond its timeout. May succeed if tried again.
    unavailable,
    /// The database holds or said something that we cannot read. A bug or a damaged file.
    corrupt,
    /// The write carries an older fencing token than the row: the call is another worker's by now.
    /// Of resources: the row has changed since it was read.
    stale,
    /// Others name the resource that was to go away.
    in_use,
    /// The resource names another one that does not exist.
    dangling,
};

[[nodiscard]] constexpr bool is_transient(StoreError error) {
    return error == StoreError::unavailable;
}

/// A window on a list, as the API's `limit` and `offset`.
struct PageRequest {
    std::uint32_t limit = 50;
    std::uint32_t offset = 0;
};

template <class Item>
struct Page {
    std::vector<Item> items;
    /// Of the whole list.
    std::uint64_t total = 0;
};

}  // namespace studio
