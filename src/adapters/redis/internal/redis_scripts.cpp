#include "adapters/redis/internal/redis_scripts.hpp"

#include <span>

#include "base/check.hpp"
#include "base/embedded_file.hpp"

namespace studio::adapters {

std::span<const EmbeddedFile> redis_script_files();

std::shared_ptr<const RedisScript> redis_script(std::string_view name) {
    for (const EmbeddedFile& file : redis_script_files()) {
        if (file.name == name) {
            return std::make_shared<const RedisScript>(file.content);
        }
    }
    STUDIO_CHECK(false, "every script that is used is built in");
    return nullptr;
}

}  // namespace studio::adapters
