#include "adapters/redis/internal/redis_scripts.hpp"

#include <map>
#include <span>

#include "base/check.hpp"
#include "base/embedded_file.hpp"

namespace studio::adapters {

std::span<const EmbeddedFile> redis_script_files();

std::shared_ptr<const RedisScript> redis_script(std::string_view name) {
    // Made once for the process: the digest of a long script takes its time.
    static const auto scripts = [] {
        std::map<std::string_view, std::shared_ptr<const RedisScript>> made;
        for (const EmbeddedFile& file : redis_script_files()) {
            made.emplace(file.name, std::make_shared<const RedisScript>(file.content));
        }
        return made;
    }();
    const auto found = scripts.find(name);
    STUDIO_CHECK(found != scripts.end(), "every script that is used is built in");
    return found->second;
}

}  // namespace studio::adapters
