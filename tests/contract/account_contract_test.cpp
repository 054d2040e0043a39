#include "contract/store_contract.hpp"

// More of the suite that store_contract_test.cpp runs on every implementation.

namespace studio {
namespace {

const TenantId one("one");
const TenantId two("two");

TEST_P(StoreContract, TenantsAreFoundBySlugAndSlugsAreUnique) {
    const auto tenant = run(stores_->accounts().load_tenant("one"));
    ASSERT_TRUE(tenant);
    EXPECT_EQ(tenant->id, one);
    EXPECT_EQ(tenant->name, "Tenant");
    EXPECT_EQ(tenant->created_at, WallTime{milliseconds{7}});
    EXPECT_EQ(run(stores_->accounts().load_tenant("none")), tl::unexpected(StoreError::not_found));
    EXPECT_EQ(run(stores_->accounts().create_tenant({TenantId("x"), "one", "", WallTime{}})),
              tl::unexpected(StoreError::conflict));
    EXPECT_EQ(run(stores_->accounts().ping()), true);
}

TEST_P(StoreContract, ApiKeysAreListedAndRevokedForGood) {
    AccountStore& accounts = stores_->accounts();
    ApiKey key{ApiKeyId("second"),       one, "name", "abc", "as_live_x", {"*"},
               WallTime{milliseconds{9}}};
    EXPECT_EQ(run(accounts.create_api_key(key)), true);
    ApiKey older = key;
    older.id = ApiKeyId("first");
    older.digest = "def";
    older.created_at = WallTime{milliseconds{8}};
    EXPECT_EQ(run(accounts.create_api_key(older)), true);
    const WallTime at{milliseconds{20}};
    EXPECT_EQ(run(accounts.revoke_api_key(one, key.id, at)), true);
    EXPECT_EQ(run(accounts.revoke_api_key(one, key.id, at + milliseconds{5})), true);
    EXPECT_EQ(run(accounts.load_api_key("abc")), tl::unexpected(StoreError::not_found));
    EXPECT_TRUE(run(accounts.load_api_key("def")));
    EXPECT_EQ(run(accounts.create_api_key(key)), tl::unexpected(StoreError::conflict));
    const auto listed = run(accounts.list_api_keys(one));
    ASSERT_TRUE(listed);
    ASSERT_EQ(listed->size(), 2U);
    EXPECT_EQ(listed->front().id, older.id);
    EXPECT_EQ(listed->front().revoked_at, std::nullopt);
    EXPECT_EQ(listed->back().revoked_at, at);
    EXPECT_EQ(listed->back().scopes, key.scopes);
    EXPECT_EQ(run(accounts.revoke_api_key(one, ApiKeyId("none"), at)),
              tl::unexpected(StoreError::not_found));
    EXPECT_EQ(run(accounts.revoke_api_key(TenantId("none"), older.id, at)),
              tl::unexpected(StoreError::not_found));
    EXPECT_TRUE(run(accounts.list_api_keys(TenantId("none")))->empty());
}

TEST_P(StoreContract, ApiKeysKeepTheirBoundsAndTellWhenTheyWereUsed) {
    AccountStore& accounts = stores_->accounts();
    ApiKey key{ApiKeyId("k"), one, "name", "abc", "as_test_x", {"*"}, WallTime{milliseconds{9}}};
    key.expires_at = WallTime{milliseconds{1'700'000'000'001}};
    key.rate_limit = 4'000'000;
    ASSERT_EQ(run(accounts.create_api_key(key)), true);
    ApiKey plain = key;
    plain.id = ApiKeyId("l");
    plain.digest = "def";
    plain.created_at = WallTime{milliseconds{10}};
    plain.expires_at.reset();
    plain.rate_limit.reset();
    ASSERT_EQ(run(accounts.create_api_key(plain)), true);
    const auto loaded = run(accounts.load_api_key("abc"));
    EXPECT_EQ(loaded->expires_at, key.expires_at);
    EXPECT_EQ(loaded->rate_limit, key.rate_limit);
    EXPECT_EQ(loaded->last_used_at, std::nullopt);
    EXPECT_EQ(run(accounts.load_api_key("def"))->rate_limit, std::nullopt);
    EXPECT_EQ(run(accounts.load_api_key("def"))->expires_at, std::nullopt);

    const WallTime at{milliseconds{2'000}};
    const milliseconds interval{100};
    EXPECT_EQ(run(accounts.note_key_use(key.id, at, interval)), true);
    EXPECT_EQ(run(accounts.note_key_use(key.id, at + milliseconds{99}, interval)), false);
    EXPECT_EQ(run(accounts.load_api_key("abc"))->last_used_at, at);
    EXPECT_EQ(run(accounts.note_key_use(key.id, at + interval, interval)), true);
    EXPECT_EQ(run(accounts.load_api_key("abc"))->last_used_at, at + interval);
    EXPECT_EQ(run(accounts.note_key_use(ApiKeyId("none"), at, interval)), false);

    const auto page = run(accounts.page_api_keys(one, {1, 1}));
    ASSERT_TRUE(page);
    EXPECT_EQ(page->total, 2U);
    ASSERT_EQ(page->items.size(), 1U);
    EXPECT_EQ(page->items[0].id, key.id);
    EXPECT_EQ(run(accounts.page_api_keys(one, {}))->items[0].id, plain.id);
    EXPECT_EQ(run(accounts.page_api_keys(two, {}))->total, 0U);
    EXPECT_EQ(run(accounts.load_tenant(two))->slug, "two");
    EXPECT_EQ(run(accounts.load_tenant(TenantId("none"))), tl::unexpected(StoreError::not_found));
}

TEST_P(StoreContract, ApiKeysAreFoundByDigest) {
    const ApiKey key{ApiKeyId("k"),
                     one,
                     "name",
                     "abc",
                     "as_live_x",
                     {"*", "calls:read"},
                     WallTime{milliseconds{9}}};
    EXPECT_EQ(run(stores_->accounts().create_api_key(key)), true);
    const auto loaded = run(stores_->accounts().load_api_key("abc"));
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->id, key.id);
    EXPECT_EQ(loaded->tenant_id, one);
    EXPECT_EQ(loaded->scopes, key.scopes);
    EXPECT_EQ(loaded->prefix, key.prefix);
    EXPECT_EQ(loaded->created_at, key.created_at);
    EXPECT_EQ(run(stores_->accounts().load_api_key("ABC")), tl::unexpected(StoreError::not_found));
    ApiKey same_digest = key;
    same_digest.id = ApiKeyId("other");
    EXPECT_EQ(run(stores_->accounts().create_api_key(same_digest)),
              tl::unexpected(StoreError::conflict));
    ApiKey same_id = key;
    same_id.digest = "def";
    EXPECT_EQ(run(stores_->accounts().create_api_key(same_id)),
              tl::unexpected(StoreError::conflict));
}

}  // namespace
}  // namespace studio
