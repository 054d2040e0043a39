#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/sensitive.hpp"
#include "base/time.hpp"
#include "ports/http_client.hpp"
#include "ports/removal_cost.hpp"
#include "runtime/loop.hpp"

namespace studio::adapters {

/// Where this process' pod is to be found. Kubernetes gives the first two and the folder to every
/// container; the pod's name and namespace come by the downward API.
struct PodOptions {
    /// KUBERNETES_SERVICE_HOST: an address or a name; empty outside a cluster.
    std::string host;
    /// KUBERNETES_SERVICE_PORT.
    std::uint16_t port = 443;
    std::string pod_namespace;
    std::string pod_name;
    /// With `token`, which the kubelet renews about every hour, and `ca.crt`.
    std::string credentials = "/var/run/secrets/kubernetes.io/serviceaccount";
    milliseconds timeout{5'000};

    /// Whether all that is needed is there, the token among it.
    [[nodiscard]] bool is_in_cluster() const;
    /// For the client that PodDeletionCost is given.
    [[nodiscard]] std::string ca_file() const { return credentials + "/ca.crt"; }
};

/// What is wrong with the options, one sentence each; empty where all is well, also where the
/// process is in no cluster.
[[nodiscard]] std::vector<std::string> validate(const PodOptions& options);

/// Writes the annotation `controller.kubernetes.io/pod-deletion-cost` of this process' own pod, by
/// which a ReplicaSet chooses whom to end first (beta, on by default, since Kubernetes 1.22). Needs
/// the right `patch` on `pods`; deploy/kubernetes gives it. One loop, which outlives it as the
/// client does.
class PodDeletionCost final : public RemovalCost {
public:
    /// Precondition: validate() finds nothing, and is_in_cluster().
    PodDeletionCost(HttpClient& client, PodOptions options)
        : client_(client), options_(std::move(options)) {}

    [[nodiscard]] Task<Result<bool, RemovalCostError>> write(int cost) override;

private:
    /// Read for each write, since it is renewed; empty where it cannot be read.
    [[nodiscard]] Secret<std::string> read_token() const;
    [[nodiscard]] HttpRequest make_request(int cost, const Secret<std::string>& token) const;

    HttpClient& client_;
    PodOptions options_;
};

}  // namespace studio::adapters
