#pragma once

#include <optional>
#include <string>

#include "base/json.hpp"

namespace studio::services {

/// A list of objects in a configuration that is written piece by piece, and how it is kept whole.
struct ConfigList {
    /// The list's name in the configuration: `nodes`.
    const char* name = "";
    /// The id of an item; empty for none.
    std::string (*id_of)(const Json& item) = nullptr;
    /// Takes out of `config` what cannot stay without the item `id`; may be nullptr.
    void (*forget)(JsonObject& config, const std::string& id) = nullptr;
};

/// A workflow's nodes. Without one its connections and global hand-offs go, too.
[[nodiscard]] ConfigList workflow_nodes();
/// A workflow's connections.
[[nodiscard]] ConfigList workflow_connections();

/// `config` with `item` in the place of the one with that id, or at the end; without an item, with
/// nothing there. Nothing where there is none to take out.
[[nodiscard]] std::optional<Json> with_item(const Json& config, const ConfigList& list,
                                            const std::string& id, const std::optional<Json>& item);

}  // namespace studio::services
