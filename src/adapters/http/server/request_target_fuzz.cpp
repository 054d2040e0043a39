#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "adapters/http/api/query_reader.hpp"
#include "adapters/http/server/request_target.hpp"

// Any target is either refused or gives parts and fields within the limits; the fields then go
// through the readers that the routes use.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace studio::adapters;
    const auto target = parse_request_target({reinterpret_cast<const char*>(data), size});
    if (!target) {
        return 0;
    }
    if (target->path.size() > 32 || target->query.size() > 32) {
        std::abort();
    }
    QueryReader reader(target->query);
    const auto page = reader.read_page();
    static_cast<void>(reader.read_boolean("is_active"));
    static_cast<void>(reader.read_text("search", 100));
    if (page.limit < 1 || page.limit > 200) {
        std::abort();
    }
    static_cast<void>(reader.finish());
    return 0;
}
