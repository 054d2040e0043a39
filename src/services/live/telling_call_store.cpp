#include "services/live/telling_call_store.hpp"

#include <utility>

namespace studio::services {

Task<Result<bool, StoreError>> TellingCallStore::create(core::CallRecord record) {
    const auto created = co_await inner_.create(record);
    if (created) {
        teller_.created(record);
    }
    co_return created;
}

Task<Result<bool, StoreError>> TellingCallStore::save(core::CallRecord record) {
    const auto saved = co_await inner_.save(record);
    if (saved && core::is_final(record.status)) {
        teller_.ended(record);
    } else if (saved) {
        teller_.status(record, false);
    }
    co_return saved;
}

}  // namespace studio::services
