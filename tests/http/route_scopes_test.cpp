#include "adapters/http/api/route_scopes.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include "http/server_fixture.hpp"
#include "services/accounts/scopes.hpp"

namespace studio::testing {
namespace {

/// What api/openapi.yaml says of each operation: `Scope: …`; empty where it says nothing.
std::map<std::string, std::string> documented_scopes() {
    std::map<std::string, std::string> scopes;
    std::ifstream file(STUDIO_OPENAPI_FILE);
    std::string path;
    std::string operation;
    for (std::string line; std::getline(file, line) && line != "components:";) {
        if (line.starts_with("  /")) {
            path = line.substr(2, line.size() - 3);
        } else if (line.starts_with("    ") && line[4] != ' ') {
            std::string method = line.substr(4, line.size() - 5);
            std::transform(method.begin(), method.end(), method.begin(),
                           [](char letter) { return static_cast<char>(letter - 'a' + 'A'); });
            operation = method + ' ' + path;
        } else if (const std::size_t at = line.find("Scope: "); at != std::string::npos) {
            const std::string rest = line.substr(at + 7);
            scopes[operation] = rest.substr(0, rest.find_first_of(" ,.\""));
        }
    }
    return scopes;
}

class RouteScopesTest : public ServerFixture {
protected:
    /// HEAD is let in as GET is, and has no body that might not end.
    static std::string without_stream(const std::string& method) {
        return method == "GET" ? "HEAD" : method;
    }
    /// Makes a key with these scopes.
    std::string key_with(const std::vector<std::string>& scopes) {
        std::string key;
        thread_.run_and_wait([&] { platform_->scope.spawn(make(*platform_, scopes, key)); });
        while (!is_idle()) {
        }
        return key;
    }
    static Task<> make(Platform& platform, std::vector<std::string> scopes, std::string& key) {
        auto made = co_await platform.accounts.create_key("", std::move(scopes));
        EXPECT_TRUE(made.has_value());
        key = made->key.reveal();
    }
    static std::string filled(std::string path) {
        for (std::size_t open = path.find('{'); open != std::string::npos; open = path.find('{')) {
            path.replace(open, path.find('}', open) - open + 1, "unknown");
        }
        return path;
    }
};

TEST_F(RouteScopesTest, EveryRouteOfTheApiStandsInTheTableAndTheTableInTheContract) {
    std::map<std::string, std::string> table;
    for (const auto& line : adapters::route_scopes()) {
        EXPECT_TRUE(table.emplace(line.route, line.scope).second) << line.route;
        EXPECT_TRUE(line.scope.empty() || line.scope == adapters::any_scope ||
                    services::is_scope(line.scope))
            << line.route;
    }
    const auto documented = documented_scopes();
    std::set<std::string> served;
    for (const auto& route : platform_->all_routes()) {
        const std::string name = route.method + ' ' + route.pattern;
        if (!route.pattern.starts_with("/api/")) {
            EXPECT_EQ(route.scope, "") << name;
            continue;
        }
        served.insert(name);
        ASSERT_TRUE(table.contains(name)) << name << " is not in the table";
        EXPECT_EQ(table[name], route.scope) << name;
        if (route.upgrades) {
            continue;  // Looks at the key itself: a page that opens a WebSocket sets no header.
        }
        const auto said = documented.find(name);
        EXPECT_EQ(said == documented.end() ? "" : said->second, route.scope) << name;
    }
    EXPECT_EQ(served.size(), table.size());
}

TEST_F(RouteScopesTest, AKeyWithOneScopeOpensTheRoutesThatWantItAndNoOther) {
    const std::string full = key_;
    const auto routes = platform_->all_routes();
    for (const std::string_view scope : services::known_scopes()) {
        key_ = full;
        key_ = key_with({std::string(scope)});
        for (const auto& route : routes) {
            if (!route.pattern.starts_with("/api/") || route.scope.empty()) {
                continue;
            }
            const TestReply reply = send(without_stream(route.method), filled(route.pattern));
            const bool is_same = scope == "calls:initiate" && route.scope == "calls:create";
            const bool may = route.scope == adapters::any_scope || route.scope == scope || is_same;
            EXPECT_EQ(reply.status != 403, may)
                << scope << " at " << route.method << ' ' << route.pattern << ": " << reply.status;
        }
    }
}

TEST_F(RouteScopesTest, WithoutAKeyNothingOfTheApiOpens) {
    key_.clear();
    for (const auto& route : platform_->all_routes()) {
        if (route.pattern.starts_with("/api/") && !route.scope.empty()) {
            EXPECT_EQ(send(route.method, filled(route.pattern)).status, 401) << route.pattern;
            // Nor does it in the query, where it would stand in logs.
            EXPECT_EQ(send(route.method, filled(route.pattern) + "?api_key=x&token=y").status, 401);
        }
    }
}

TEST(RouteScopes, ARouteThatNobodyThoughtOfIsForFullKeysOnly) {
    std::vector<adapters::Route> routes(2);
    routes[0].method = routes[1].method = "GET";
    routes[0].pattern = "/api/v1/nobody";
    routes[1].pattern = "/api/v1/calls";
    routes[1].scope = "other:read";
    adapters::set_scopes(routes);
    EXPECT_EQ(routes[0].scope, "*");
    EXPECT_EQ(routes[1].scope, "calls:read");
}

}  // namespace
}  // namespace studio::testing
