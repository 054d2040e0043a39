#include <cstddef>
#include <cstdint>
#include <string_view>

#include "adapters/redis/redis_options.hpp"
#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto options =
        studio::adapters::parse_redis_url({reinterpret_cast<const char*>(data), size});
    STUDIO_CHECK(!options || (!options->host.empty() && options->port != 0),
                 "a URL that is accepted names a server");
    return 0;
}
