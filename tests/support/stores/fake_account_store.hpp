#pragma once

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "ports/account_store.hpp"

namespace studio::testing {

/// AccountStore in memory. One loop; answers at once.
class FakeAccountStore : public AccountStore {
public:
    Outcome<bool> create_tenant(Tenant tenant) override {
        std::string slug = tenant.slug;
        if (!tenants_.emplace(std::move(slug), std::move(tenant)).second) {
            co_return fail(StoreError::conflict);
        }
        co_return true;
    }
    Outcome<Tenant> load_tenant(std::string slug) override {
        const auto found = tenants_.find(slug);
        if (found == tenants_.end()) {
            co_return fail(StoreError::not_found);
        }
        co_return found->second;
    }
    Outcome<Tenant> load_tenant(TenantId id) override {
        for (const auto& [slug, tenant] : tenants_) {
            if (tenant.id == id) {
                co_return tenant;
            }
        }
        co_return fail(StoreError::not_found);
    }
    Outcome<std::vector<Tenant>> list_tenants() override {
        std::vector<Tenant> tenants;
        for (const auto& [slug, tenant] : tenants_) {
            tenants.push_back(tenant);
        }
        co_return tenants;
    }
    Outcome<bool> erase_tenant(std::string slug) override {
        const auto found = tenants_.find(slug);
        if (found == tenants_.end()) {
            co_return fail(StoreError::not_found);
        }
        std::erase_if(keys_, [&found](const auto& item) {
            return item.second.tenant_id == found->second.id;
        });
        tenants_.erase(found);
        co_return true;
    }
    Outcome<bool> create_api_key(ApiKey key) override {
        for (const auto& [digest, present] : keys_) {
            if (digest == key.digest || present.id == key.id) {
                co_return fail(StoreError::conflict);
            }
        }
        std::string digest = key.digest;
        keys_.emplace(std::move(digest), std::move(key));
        co_return true;
    }
    Outcome<ApiKey> load_api_key(std::string digest) override {
        const auto found = keys_.find(digest);
        if (found == keys_.end() || found->second.revoked_at) {
            co_return fail(StoreError::not_found);
        }
        co_return found->second;
    }
    Outcome<std::vector<ApiKey>> list_api_keys(TenantId tenant) override {
        std::vector<ApiKey> keys;
        for (const auto& [digest, key] : keys_) {
            if (key.tenant_id == tenant) {
                keys.push_back(key);
            }
        }
        std::sort(keys.begin(), keys.end(), [](const ApiKey& left, const ApiKey& right) {
            return std::pair(left.created_at, left.id.text()) <
                   std::pair(right.created_at, right.id.text());
        });
        co_return keys;
    }
    Outcome<Page<ApiKey>> page_api_keys(TenantId tenant, PageRequest page) override {
        auto keys = co_await list_api_keys(std::move(tenant));
        std::stable_sort(keys->begin(), keys->end(), [](const ApiKey& left, const ApiKey& right) {
            return left.created_at > right.created_at;
        });
        Page<ApiKey> shown{{}, keys->size()};
        for (std::size_t index = page.offset;
             index < std::min<std::size_t>(keys->size(), std::size_t{page.offset} + page.limit);
             ++index) {
            shown.items.push_back(keys->at(index));
        }
        co_return shown;
    }
    Outcome<bool> note_key_use(ApiKeyId id, WallTime at, milliseconds interval) override {
        for (auto& [digest, key] : keys_) {
            if (key.id == id && (!key.last_used_at || *key.last_used_at <= at - interval)) {
                key.last_used_at = at;
                co_return true;
            }
        }
        co_return false;
    }
    Outcome<bool> revoke_api_key(TenantId tenant, ApiKeyId id, WallTime at) override {
        for (auto& [digest, key] : keys_) {
            if (key.tenant_id == tenant && key.id == id) {
                key.revoked_at = key.revoked_at.value_or(at);
                co_return true;
            }
        }
        co_return fail(StoreError::not_found);
    }
    Outcome<bool> ping() override { co_return true; }

private:
    std::map<std::string, Tenant> tenants_;
    std::map<std::string, ApiKey> keys_;
};

}  // namespace studio::testing
