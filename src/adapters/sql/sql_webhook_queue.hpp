#pragma once

#include <string>
#include <vector>

#include "adapters/sql/sql_database.hpp"
#include "ports/webhook_queue.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

/// WebhookQueue in an SQL database, under the same rules as SqlWebhookStore.
class SqlWebhookQueue final : public WebhookQueue {
public:
    SqlWebhookQueue(SqlDatabase& database, runtime::Loop& loop)
        : database_(database), loop_(loop) {}

    [[nodiscard]] Outcome<std::uint32_t> fan_out(std::uint32_t limit) override;
    [[nodiscard]] Outcome<std::vector<std::string>> due_endpoints(std::uint32_t limit) override;
    [[nodiscard]] Outcome<std::vector<WebhookAttempt>> claim(std::vector<WebhookClaim> claims,
                                                             milliseconds margin) override;
    [[nodiscard]] Outcome<bool> finish(WebhookOutcome outcome) override;
    [[nodiscard]] Outcome<OutboxBacklog> backlog() override;
    [[nodiscard]] Outcome<std::uint64_t> erase_events(WallTime before,
                                                      std::uint32_t limit) override;
    [[nodiscard]] Outcome<std::uint64_t> erase_stored(WallTime before) override;

private:
    SqlDatabase& database_;
    runtime::Loop& loop_;
};

}  // namespace studio::adapters
