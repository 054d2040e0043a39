#include "services/hosting/lease/call_heartbeat.hpp"

namespace studio::services {

Task<void> CallHeartbeat::beat() {
    while (co_await runtime::sleep_for(loop_, interval_, scope_.token())) {
        std::vector<CallId> held = held_();
        if (!held.empty()) {
            [[maybe_unused]] const auto noted = co_await recovery_.note_alive(std::move(held));
        }
    }
}

}  // namespace studio::services
