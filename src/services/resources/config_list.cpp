#include "services/resources/config_list.hpp"

#include <algorithm>
#include <initializer_list>

namespace studio::services {

namespace {

JsonArray* list_of(JsonObject& config, const char* name) {
    Json* list = config.if_contains(name);
    return list == nullptr ? nullptr : list->if_array();
}

std::string id_of_node(const Json& node) {
    return member_text(node, "id");
}

/// As core::parse_workflow gives it where none is written.
std::string id_of_connection(const Json& connection) {
    const std::string id = member_text(connection, "id");
    return id.empty()
               ? member_text(connection, "source_id") + '.' + member_text(connection, "target_id")
               : id;
}

void forget_node(JsonObject& config, const std::string& id) {
    for (const char* name : {"connections", "global_handoffs"}) {
        if (JsonArray* edges = list_of(config, name)) {
            const auto gone = std::remove_if(edges->begin(), edges->end(), [&id](const Json& edge) {
                return member_text(edge, "source_id") == id || member_text(edge, "target_id") == id;
            });
            edges->erase(gone, edges->end());
        }
    }
}

}  // namespace

ConfigList workflow_nodes() {
    return {"nodes", id_of_node, forget_node};
}

ConfigList workflow_connections() {
    return {"connections", id_of_connection, nullptr};
}

std::optional<Json> with_item(const Json& config, const ConfigList& list, const std::string& id,
                              const std::optional<Json>& item) {
    Json changed = config;
    JsonObject* object = changed.if_object();
    if (object == nullptr) {
        return std::nullopt;
    }
    if (list_of(*object, list.name) == nullptr) {
        (*object)[list.name] = JsonArray{};
    }
    JsonArray& items = *list_of(*object, list.name);
    const auto found = std::find_if(items.begin(), items.end(), [&](const Json& candidate) {
        return list.id_of(candidate) == id;
    });
    if (!item && found == items.end()) {
        return std::nullopt;
    }
    if (item && found != items.end()) {
        *found = *item;
    } else if (item) {
        items.push_back(*item);
    } else {
        items.erase(found);
        if (list.forget != nullptr) {
            list.forget(*object, id);
        }
    }
    return changed;
}

}  // namespace studio::services
