#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "adapters/curl/curl_http_client.hpp"
#include "adapters/livekit_api/livekit_room_control.hpp"
#include "providers/provider_loop.hpp"
#include "runtime/task_scope.hpp"

namespace studio::test {

/// Runs one coroutine on a real loop to its end.
class ApiHarness {
public:
    [[nodiscard]] runtime::AsioLoop& loop() { return harness_.loop(); }
    [[nodiscard]] HttpClient& http() { return http_; }

    void run(Task<void> scenario) {
        runtime::TaskScope scope(loop());
        bool is_over = false;
        scope.spawn(note_end(std::move(scenario), is_over));
        harness_.run_until([&] { return is_over; });
    }

private:
    static Task<void> note_end(Task<void> scenario, bool& is_over) {
        co_await scenario;
        is_over = true;
    }

    ProviderLoop harness_;
    adapters::CurlHttpClient http_{harness_.loop()};
};

}  // namespace studio::test
