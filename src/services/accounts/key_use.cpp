#include "services/accounts/key_use.hpp"

#include <utility>

namespace studio::services {

void KeyUse::note(const ApiKey& key) {
    const bool is_due =
        !key.last_used_at || loop_.wall_now() - *key.last_used_at >= options_.interval;
    if (!is_due || under_way_.size() >= options_.writes_max || !under_way_.insert(key.id).second) {
        return;
    }
    scope_.spawn(write(key.id));
}

Task<void> KeyUse::write(ApiKeyId id) {
    // What cannot be written now is noted with the key's next request.
    [[maybe_unused]] const auto noted =
        co_await store_.note_key_use(id, loop_.wall_now(), options_.interval);
    under_way_.erase(id);
}

}  // namespace studio::services
