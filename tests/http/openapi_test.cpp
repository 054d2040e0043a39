#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include "http/server_fixture.hpp"

namespace studio::testing {
namespace {

/// Statuses by "GET /path", as api/openapi.yaml lists them.
using Contract = std::map<std::string, std::set<int>>;

/// Reads the file by its fixed indentation: paths by 2, methods by 4, statuses by 8 and a quote.
Contract read_contract() {
    Contract contract;
    std::ifstream file(STUDIO_OPENAPI_FILE);
    std::string path;
    std::string operation;
    bool in_paths = false;
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with(' ')) {
            in_paths = line == "paths:";
        } else if (!in_paths) {
            continue;
        } else if (line.starts_with("  /")) {
            path = line.substr(2, line.size() - 3);
        } else if (line.starts_with("    ") && line[4] != ' ') {
            std::string method = line.substr(4, line.size() - 5);
            std::transform(method.begin(), method.end(), method.begin(),
                           [](char letter) { return static_cast<char>(letter - 'a' + 'A'); });
            operation = method + ' ' + path;
            contract[operation];
        } else if (line.starts_with("        \"")) {
            contract[operation].insert(std::atoi(line.c_str() + 9));
        }
    }
    return contract;
}

class OpenapiTest : public ServerFixture {
protected:
    static std::string fill(std::string path) {
        for (const std::string name : {"{name}", "{slug}", "{id}", "{delivery_id}", "{user_id}"}) {
            if (const std::size_t at = path.find(name); at != std::string::npos) {
                path.replace(at, name.size(), "unknown");
            }
        }
        return path;
    }
};

TEST_F(OpenapiTest, TheServerHasTheDocumentedRoutesAndNoOthers) {
    std::set<std::string> documented;
    for (const auto& [operation, statuses] : read_contract()) {
        documented.insert(operation);
        EXPECT_FALSE(statuses.empty()) << operation;
    }
    std::set<std::string> served;
    for (const auto& route : platform_->all_routes()) {
        served.insert(route.method + ' ' + route.pattern);
    }
    EXPECT_EQ(served, documented);
}

TEST_F(OpenapiTest, EveryRouteAnswersWithDocumentedStatuses) {
    const std::string key = key_;
    for (const auto& [operation, statuses] : read_contract()) {
        const std::size_t space = operation.find(' ');
        const std::string method = operation.substr(0, space);
        const std::string path = fill(operation.substr(space + 1));
        const bool has_body = statuses.contains(415);
        const std::string json = "Content-Type: application/json\r\n";
        const std::string sdp = "Content-Type: application/sdp\r\n";
        std::vector<TestReply> replies;
        replies.push_back(send(method, path, has_body ? "{}" : "", json));
        replies.push_back(send(method, path, has_body ? "v=0" : "", sdp));
        replies.push_back(send(method, path, has_body ? "{" : "", "Content-Type: text/plain\r\n"));
        key_.clear();
        replies.push_back(send(method, path));
        key_ = key;
        for (const TestReply& reply : replies) {
            EXPECT_TRUE(statuses.contains(reply.status))
                << operation << " answered " << reply.status << ' ' << reply.body;
        }
    }
}

}  // namespace
}  // namespace studio::testing
