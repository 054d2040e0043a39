#include "adapters/sql/sql_user_store.hpp"
#include "contract/store_contract.hpp"

namespace studio {
namespace {

const TenantId one("one");
const TenantId two("two");
const WallTime now{milliseconds{1'700'000'000'000}};

/// People, in each of the real databases.
class UserContract : public StoreContract {
protected:
    UserContract() : users_(*stores_->database(), stores_->loop) {}

    static User user(const std::string& id, const char* tenant = "one",
                     const char* role = "viewer") {
        User made;
        made.id = UserId(id);
        made.tenant_id = TenantId(tenant);
        made.email = Pii<std::string>(id + "@x");
        made.name = Pii<std::string>(std::string("Zoë"));
        made.role = role;
        made.created_at = now;
        made.tokens_valid_from = now + milliseconds{1};
        made.invitation_digest = "digest of " + id;
        made.invitation_expires_at = now + seconds{60};
        return made;
    }
    User with_password(const std::string& id, const char* role) {
        User made = user(id, "one", role);
        made.password_hash = Secret<std::string>(std::string("hash"));
        made.invitation_digest.reset();
        EXPECT_EQ(run(users_.create_user(made)), true);
        return made;
    }
    static RefreshToken token(const std::string& digest, const std::string& family) {
        return {digest, family, UserId("a"), one, now + seconds{100}};
    }

    adapters::SqlUserStore users_;
};

TEST_P(UserContract, PeopleComeBackAsTheyWereWritten) {
    const User written = user("a");
    ASSERT_EQ(run(users_.create_user(written)), true);
    const auto loaded = run(users_.load_user(one, written.id));
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->email, written.email);
    EXPECT_EQ(loaded->name, written.name);
    EXPECT_EQ(loaded->role, "viewer");
    EXPECT_TRUE(loaded->is_active);
    EXPECT_EQ(loaded->created_at, now);
    EXPECT_EQ(loaded->tokens_valid_from, written.tokens_valid_from);
    EXPECT_EQ(loaded->last_login_at, std::nullopt);
    EXPECT_EQ(run(users_.find_invited("digest of a"))->id, written.id);
    EXPECT_EQ(run(users_.load_user(two, written.id)), tl::unexpected(StoreError::not_found));
    User same = user("b");
    same.email = written.email;
    EXPECT_EQ(run(users_.create_user(same)), tl::unexpected(StoreError::conflict));
    same.tenant_id = two;
    EXPECT_EQ(run(users_.create_user(same)), true);
    EXPECT_EQ(run(users_.create_user(user("c", "none"))), tl::unexpected(StoreError::not_found));
    EXPECT_EQ(run(users_.find_users("a@x", ""))->size(), 2U);
    EXPECT_EQ(run(users_.find_users("a@x", "two"))->front().id, same.id);
    EXPECT_TRUE(run(users_.find_users("a@x", "none"))->empty());
    EXPECT_EQ(run(users_.list_users(one, {}))->total, 1U);

    User changed = *loaded;
    changed.role = "admin";
    changed.is_active = false;
    changed.invitation_digest.reset();
    EXPECT_EQ(run(users_.save_user(changed, false)), true);
    EXPECT_EQ(run(users_.load_user(one, written.id))->role, "admin");
    EXPECT_FALSE(run(users_.load_user(one, written.id))->is_active);
    EXPECT_EQ(run(users_.find_invited("digest of a")), tl::unexpected(StoreError::not_found));
    changed.tenant_id = two;
    EXPECT_EQ(run(users_.save_user(changed, false)), tl::unexpected(StoreError::not_found));
    EXPECT_EQ(run(users_.erase_user(two, written.id)), tl::unexpected(StoreError::not_found));
    EXPECT_EQ(run(users_.erase_user(one, written.id)), true);
}

TEST_P(UserContract, ATenantKeepsAnOwnerWhoCanSignIn) {
    User owner = with_password("a", "owner");
    run(users_.create_user(user("b", "one", "owner")));
    owner.is_active = false;
    EXPECT_EQ(run(users_.save_user(owner, true)), tl::unexpected(StoreError::in_use));
    EXPECT_EQ(run(users_.erase_user(one, owner.id)), tl::unexpected(StoreError::in_use));
    EXPECT_TRUE(run(users_.load_user(one, owner.id))->is_active);
    with_password("c", "owner");
    EXPECT_EQ(run(users_.save_user(owner, true)), true);
}

TEST_P(UserContract, AttemptsAreCountedBeforeTheyAreMade) {
    // Attempts are no tenant's, and PgBouncer's database is PostgreSQL's.
    const std::string who = std::string("x at ") + GetParam().name;
    const LoginRule rule{.failures_max = 3, .lock_min = seconds{1}, .lock_max = seconds{3}};
    const auto begin = [&](milliseconds after) {
        const auto locked = run(users_.begin_login(who, now + after, rule));
        EXPECT_TRUE(locked);
        return *locked ? **locked - now : milliseconds{0};
    };
    EXPECT_EQ(begin(milliseconds{0}), milliseconds{0});
    EXPECT_EQ(begin(milliseconds{0}), milliseconds{0});
    EXPECT_EQ(begin(milliseconds{0}), milliseconds{0});
    EXPECT_EQ(begin(milliseconds{0}), seconds{1});
    EXPECT_EQ(begin(milliseconds{999}), seconds{1});
    EXPECT_EQ(begin(milliseconds{1'000}), milliseconds{0});
    EXPECT_EQ(begin(milliseconds{1'000}), seconds{3}) << "1 s, then 2 s";
    EXPECT_EQ(begin(milliseconds{3'000}), milliseconds{0});
    EXPECT_EQ(begin(milliseconds{3'000}), seconds{6}) << "3 s at most";
    EXPECT_EQ(*run(users_.begin_login(who + "y", now, rule)), std::nullopt);
    ASSERT_EQ(run(users_.create_user(user("a"))), true);
    EXPECT_EQ(run(users_.finish_login(who, token("d", "f"), now)), true);
    EXPECT_EQ(begin(milliseconds{3'000}), milliseconds{0});
    EXPECT_EQ(run(users_.load_user(one, UserId("a")))->last_login_at, now);
    RefreshToken nobodys = token("e", "f");
    nobodys.user_id = UserId("none");
    EXPECT_EQ(run(users_.finish_login(who, nobodys, now)), tl::unexpected(StoreError::not_found));
}

TEST_P(UserContract, ARefreshTokenIsGoodOnceAndThenItsFamilyIsGone) {
    ASSERT_EQ(run(users_.create_user(user("a"))), true);
    ASSERT_EQ(run(users_.finish_login("x", token("1", "f"), now)), true);
    ASSERT_EQ(run(users_.finish_login("x", token("9", "g"), now)), true);
    const auto second = run(users_.rotate("1", {"2", "", {}, {}, now + seconds{200}}, now));
    ASSERT_TRUE(second);
    EXPECT_EQ(second->family, "f");
    EXPECT_EQ(second->user_id, UserId("a"));
    EXPECT_EQ(second->tenant_id, one);
    ASSERT_TRUE(run(users_.rotate("2", {"3", "", {}, {}, now + seconds{200}}, now)));
    EXPECT_EQ(run(users_.rotate("1", {"4", "", {}, {}, now}, now)),
              tl::unexpected(StoreError::stale));
    EXPECT_EQ(run(users_.rotate("3", {"4", "", {}, {}, now}, now)),
              tl::unexpected(StoreError::not_found));
    EXPECT_EQ(run(users_.rotate("9", {"4", "", {}, {}, now}, now + seconds{100})),
              tl::unexpected(StoreError::not_found));
    ASSERT_TRUE(run(users_.rotate("9", {"5", "", {}, {}, now + seconds{200}}, now)));
    EXPECT_TRUE(run(users_.end_family("none")));
    EXPECT_TRUE(run(users_.end_family("9")));
    EXPECT_EQ(run(users_.rotate("5", {"6", "", {}, {}, now}, now)),
              tl::unexpected(StoreError::not_found));
    ASSERT_EQ(run(users_.finish_login("x", token("7", "h"), now)), true);
    EXPECT_EQ(run(users_.save_user(user("a"), true)), true);
    EXPECT_FALSE(run(users_.rotate("7", {"8", "", {}, {}, now}, now)));
}

INSTANTIATE_TEST_SUITE_P(Stores, UserContract, database_implementations(),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace studio
