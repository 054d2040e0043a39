#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/server/api_message.hpp"

namespace studio::adapters {

/// Finds the route of a request in the table. Thread-compatible; filled before the server starts.
class Router {
public:
    struct Entry {
        Route route;
        std::vector<std::string> parts;
    };

    struct Match {
        /// nullptr where no route has path and method.
        const Entry* entry = nullptr;
        std::vector<std::string> parameters;
        /// Methods of the routes that have the path, for Allow; empty where there is no such path.
        std::string allowed;
    };

    void add(Route route);
    /// `method` HEAD finds GET's route. A literal part wins over one in braces, however added, also
    /// where its path has no route of this method.
    [[nodiscard]] Match find(std::string_view method, const std::vector<std::string>& path) const;
    [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

private:
    std::vector<Entry> entries_;
};

}  // namespace studio::adapters
