#include "services/hosting/worker/worker_options.hpp"

namespace studio::services {

std::vector<std::string> validate(const WorkerOptions& options) {
    std::vector<std::string> errors;
    if (options.worker_id.empty()) {
        errors.emplace_back("the worker has no id");
    }
    if (options.calls_max == 0) {
        errors.emplace_back("the number of calls is zero");
    }
    if (options.renew_interval * 2 > options.lease_duration) {
        errors.emplace_back("leases last less than two renewals");
    }
    return errors;
}

}  // namespace studio::services
