#pragma once

#include <algorithm>
#include <map>
#include <utility>

#include "ports/resource_store.hpp"

namespace studio::testing {

/// ResourceStore in memory. One loop; answers at once.
class FakeResourceStore final : public ResourceStore {
public:
    Outcome<bool> create(ResourceKind kind, Resource resource) override {
        if (is_dangling(resource)) {
            co_return fail(StoreError::dangling);
        }
        const Key key{kind, resource.tenant_id, resource.name};
        if (!rows_.emplace(key, std::move(resource)).second) {
            co_return fail(StoreError::conflict);
        }
        co_return true;
    }
    Outcome<Resource> load(ResourceKind kind, TenantId tenant, std::string name) override {
        const auto found = rows_.find(Key{kind, tenant, name});
        if (found == rows_.end()) {
            co_return fail(StoreError::not_found);
        }
        co_return found->second;
    }
    Outcome<Page<Resource>> list(ResourceKind kind, TenantId tenant,
                                 ResourceFilter filter) override {
        Page<Resource> page;
        // Keys are in the order of kind, tenant and name.
        for (const auto& [key, resource] : rows_) {
            if (std::get<0>(key) != kind || std::get<1>(key) != tenant ||
                !matches(resource, filter)) {
                continue;
            }
            if (page.total >= filter.page.offset && page.items.size() < filter.page.limit) {
                page.items.push_back(resource);
            }
            ++page.total;
        }
        co_return page;
    }
    Outcome<bool> save(ResourceKind kind, Resource resource, WallTime seen) override {
        for (auto row = rows_.begin(); row != rows_.end(); ++row) {
            if (std::get<0>(row->first) != kind || row->second.id != resource.id ||
                row->second.tenant_id != resource.tenant_id) {
                continue;
            }
            const Key key{kind, resource.tenant_id, resource.name};
            if (row->second.updated_at != seen) {
                co_return fail(StoreError::stale);
            }
            if (key != row->first &&
                !users_of({kind, row->second.name}, resource.tenant_id).empty()) {
                co_return fail(StoreError::in_use);
            }
            if (is_dangling(resource)) {
                co_return fail(StoreError::dangling);
            }
            if (key != row->first && rows_.contains(key)) {
                co_return fail(StoreError::conflict);
            }
            resource.created_at = row->second.created_at;
            rows_.erase(row);
            rows_.emplace(key, std::move(resource));
            co_return true;
        }
        co_return fail(StoreError::not_found);
    }
    Outcome<bool> erase(ResourceKind kind, TenantId tenant, std::string name,
                        std::optional<WallTime> seen) override {
        const auto row = rows_.find(Key{kind, tenant, name});
        if (row == rows_.end()) {
            co_return fail(StoreError::not_found);
        }
        if (seen && row->second.updated_at != *seen) {
            co_return fail(StoreError::stale);
        }
        if (!users_of({kind, name}, tenant).empty()) {
            co_return fail(StoreError::in_use);
        }
        rows_.erase(row);
        co_return true;
    }
    Outcome<std::vector<ResourceName>> users(ResourceKind kind, TenantId tenant,
                                             std::string name) override {
        co_return users_of({kind, std::move(name)}, tenant);
    }
    Outcome<std::vector<LinkedResource>> load_linked(TenantId tenant, ResourceName first) override {
        std::vector<Key> keys{{first.kind, tenant, first.name}};
        if (!rows_.contains(keys.front())) {
            co_return fail(StoreError::not_found);
        }
        std::vector<LinkedResource> linked;
        for (std::size_t index = 0; index < keys.size(); ++index) {
            const Resource& reached = rows_.at(keys[index]);
            linked.push_back({std::get<0>(keys[index]), reached});
            for (const auto& [key, resource] : rows_) {
                if (std::get<0>(key) != ResourceKind::workflow && std::get<1>(key) == tenant &&
                    mentions(reached.config, resource.name) &&
                    std::find(keys.begin(), keys.end(), key) == keys.end()) {
                    keys.push_back(key);
                }
            }
        }
        co_return linked;
    }

private:
    using Key = std::tuple<ResourceKind, TenantId, std::string>;

    [[nodiscard]] bool is_dangling(const Resource& resource) const {
        return std::any_of(
            resource.needs.begin(), resource.needs.end(), [&](const ResourceName& need) {
                return !rows_.contains(Key{need.kind, resource.tenant_id, need.name});
            });
    }
    [[nodiscard]] std::vector<ResourceName> users_of(const ResourceName& wanted,
                                                     const TenantId& tenant) const {
        std::vector<ResourceName> users;
        for (const auto& [key, resource] : rows_) {
            const ResourceName user{std::get<0>(key), resource.name};
            const auto used = info_of(user.kind).uses(resource.config);
            if (std::get<1>(key) == tenant && user != wanted &&
                std::find(used.begin(), used.end(), wanted) != used.end()) {
                users.push_back(user);
            }
        }
        return users;
    }

    static bool mentions(const Json& value, const std::string& name) {
        if (const auto* object = value.if_object()) {
            return std::any_of(object->begin(), object->end(), [&name](const auto& member) {
                return member.key() == name || mentions(member.value(), name);
            });
        }
        if (const auto* list = value.if_array()) {
            return std::any_of(list->begin(), list->end(),
                               [&name](const Json& item) { return mentions(item, name); });
        }
        return value.is_string() && value.get_string() == name;
    }
    static std::string lower(std::string text) {
        std::transform(text.begin(), text.end(), text.begin(), [](char letter) {
            return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
        });
        return text;
    }
    static bool matches(const Resource& resource, const ResourceFilter& filter) {
        if (filter.is_active && *filter.is_active != resource.is_active) {
            return false;
        }
        const std::string wanted = lower(filter.search);
        return lower(resource.name).find(wanted) != std::string::npos ||
               lower(resource.description).find(wanted) != std::string::npos;
    }

    std::map<Key, Resource> rows_;
};

}  // namespace studio::testing
