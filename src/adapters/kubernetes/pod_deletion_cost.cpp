#include "adapters/kubernetes/pod_deletion_cost.hpp"

#include <algorithm>
#include <fstream>
#include <utility>

#include "base/json.hpp"
#include "base/log.hpp"
#include "ports/http_fetch.hpp"

namespace studio::adapters {
namespace {

/// Tokens have some 1,000 bytes; a header line of ours ends here.
constexpr std::size_t token_bytes_max = 16U << 10U;
/// A pod with all that controllers write into it.
constexpr std::size_t response_bytes_max = 1U << 20U;
constexpr std::string_view annotation = "controller.kubernetes.io/pod-deletion-cost";

/// RFC 1123, as Kubernetes asks of pods (a subdomain) and of namespaces (a label): nothing in such
/// a name changes a URL's path.
bool is_name(std::string_view name) {
    const auto is_plain = [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
               letter == '-' || letter == '.';
    };
    return !name.empty() && name.size() <= 253 && name.front() != '.' && name.front() != '-' &&
           name.find("..") == std::string_view::npos &&
           std::all_of(name.begin(), name.end(), is_plain);
}

bool is_host(std::string_view host) {
    return !host.empty() && host.find_first_not_of(
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789.:-") == std::string_view::npos;
}

std::string base_url(const PodOptions& options) {
    const bool is_v6 = options.host.find(':') != std::string::npos;
    return "https://" + (is_v6 ? '[' + options.host + ']' : options.host) + ':' +
           std::to_string(options.port);
}

}  // namespace

bool PodOptions::is_in_cluster() const {
    return !host.empty() && !pod_name.empty() && !pod_namespace.empty() &&
           std::ifstream(credentials + "/token").good();
}

std::vector<std::string> validate(const PodOptions& options) {
    std::vector<std::string> errors;
    if (!options.host.empty() && !is_host(options.host)) {
        errors.emplace_back("KUBERNETES_SERVICE_HOST is no address or name");
    }
    if (!options.pod_name.empty() && !is_name(options.pod_name)) {
        errors.emplace_back("POD_NAME is no name of a pod");
    }
    if (!options.pod_namespace.empty() && !is_name(options.pod_namespace)) {
        errors.emplace_back("POD_NAMESPACE is no name of a namespace");
    }
    return errors;
}

Secret<std::string> PodDeletionCost::read_token() const {
    std::ifstream file(options_.credentials + "/token", std::ios::binary);
    std::string token(token_bytes_max, '\0');
    file.read(token.data(), static_cast<std::streamsize>(token.size()));
    token.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) {
        token.pop_back();
    }
    return Secret<std::string>(std::move(token));
}

HttpRequest PodDeletionCost::make_request(int cost, const Secret<std::string>& token) const {
    const JsonObject body{
        {"metadata", JsonObject{{"annotations", JsonObject{{annotation, std::to_string(cost)}}}}}};
    HttpRequest request;
    request.method = "PATCH";
    request.url = base_url(options_) + "/api/v1/namespaces/" + options_.pod_namespace + "/pods/" +
                  options_.pod_name;
    request.headers = {{"Content-Type", "application/merge-patch+json"},
                       {"Accept", "application/json"},
                       {"Authorization", "Bearer " + token.reveal()}};
    request.body = serialize_json(body);
    request.timeout = options_.timeout;
    request.response_bytes_max = response_bytes_max;
    request.is_operator_url = true;
    // The answer is the whole pod, of which nothing is wanted.
    request.keeps_beginning = true;
    return request;
}

Task<Result<bool, RemovalCostError>> PodDeletionCost::write(int cost) {
    const Secret<std::string> token = read_token();
    if (token.reveal().empty()) {
        co_return fail(RemovalCostError::refused);
    }
    HttpFetch fetch(client_, make_request(cost, token));
    const auto outcome = co_await fetch;
    if (!outcome) {
        co_return fail(RemovalCostError::unavailable);
    }
    if (outcome->status == 200) {
        co_return true;
    }
    STUDIO_LOG(debug, "pod_not_patched", {"status", outcome->status});
    const bool may_pass = outcome->status >= 500 || outcome->status == 429;
    co_return fail(may_pass ? RemovalCostError::unavailable : RemovalCostError::refused);
}

}  // namespace studio::adapters
