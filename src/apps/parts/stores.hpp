#pragma once

#include "adapters/sql/sql_account_store.hpp"
#include "adapters/sql/sql_analytics_store.hpp"
#include "adapters/sql/sql_call_erasure.hpp"
#include "adapters/sql/sql_call_store.hpp"
#include "adapters/sql/sql_idempotency_store.hpp"
#include "adapters/sql/sql_resource_store.hpp"
#include "adapters/sql/sql_user_store.hpp"

namespace studio::apps {

/// What a database keeps for the loop of the use cases. On that loop only.
struct Stores {
    /// Both outlive it.
    Stores(adapters::SqlDatabase& database, runtime::Loop& loop)
        : accounts(database, loop),
          resources(database, loop),
          calls(database, loop),
          recovery(database, loop),
          keys(database, loop),
          users(database, loop),
          erasure(database, loop),
          analytics(database, loop) {}

    adapters::SqlAccountStore accounts;
    adapters::SqlResourceStore resources;
    adapters::SqlCallStore calls;
    adapters::SqlCallRecovery recovery;
    adapters::SqlIdempotencyStore keys;
    adapters::SqlUserStore users;
    adapters::SqlCallErasure erasure;
    adapters::SqlAnalyticsStore analytics;
};

}  // namespace studio::apps
