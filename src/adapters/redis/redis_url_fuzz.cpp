#include <cstddef>
#include <cstdint>
#include <string_view>

#include "adapters/redis/redis_options.hpp"
#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto options =
        studio::adapters::parse_redis_url({reinterpret_cast<const char*>(data), size});
    if (!options) {
        return 0;
    }
    STUDIO_CHECK(!options->host.empty() && options->port != 0,
                 "a URL that is accepted names a server");
    STUDIO_CHECK(options->sentinels.empty() == options->master.empty(),
                 "Sentinels are asked for a master");
    for (const auto& sentinel : options->sentinels) {
        STUDIO_CHECK(!sentinel.host.empty() && sentinel.port != 0, "each Sentinel has an address");
    }
    return 0;
}
