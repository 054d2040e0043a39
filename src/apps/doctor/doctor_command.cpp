#include "apps/doctor/doctor_command.hpp"

#include <sys/utsname.h>

#include <fstream>
#include <iostream>
#include <utility>

#include "apps/doctor/finding.hpp"
#include "apps/doctor/machine_checks.hpp"
#include "apps/doctor/provider_checks.hpp"
#include "apps/doctor/service_checks.hpp"
#include "runtime/task_scope.hpp"

namespace studio::apps {
namespace {

constexpr int failed = 1;

class Doctor {
public:
    explicit Doctor(const DoctorConfig& config) : config_(config), http_(loop_) {}

    Findings run() {
        {
            runtime::TaskScope scope(loop_);
            scope.spawn(look());
            loop_.run();
        }
        pool_.stop();
        return std::move(findings_);
    }

private:
    Task<void> look() {
        tell(judge(look_at_machine(config_.database.spool, config_.media_addresses)));
        if (config_.database.url.reveal().empty()) {
            tell({{Finding::Grade::note, "database", "DATABASE_URL is not set",
                   "`serve` alone keeps everything in a file"}});
        } else {
            tell(co_await check_database(loop_, pool_, config_.database));
        }
        if (config_.redis.url.reveal().empty()) {
            tell({{Finding::Grade::note, "redis", "REDIS_URL is not set",
                   "`serve` alone needs none"}});
        } else {
            tell(co_await check_redis(loop_, config_.redis));
        }
        if (config_.livekit.url.empty()) {
            tell({{Finding::Grade::note, "livekit", "LIVEKIT_URL is not set",
                   "`serve` alone talks to browsers directly"}});
        } else {
            tell(co_await check_livekit(loop_, http_, config_.livekit));
        }
        tell(co_await check_providers(http_, config_.providers));
        for (const std::string& url : config_.urls) {
            tell(co_await check_server(http_, url, config_.operators));
        }
        loop_.stop();
    }

    /// At once: each may take seconds.
    void tell(Findings findings) {
        print(findings, std::cout);
        std::cout.flush();
        for (Finding& finding : findings) {
            findings_.push_back(std::move(finding));
        }
    }

    const DoctorConfig& config_;
    runtime::AsioLoop loop_{runtime::AsioLoopOptions{.name = "doctor"}};
    runtime::BlockingPool pool_{{.name = "database", .threads = 1}};
    adapters::CurlHttpClient http_;
    Findings findings_;
};

/// Everything that helps to understand an installation: no secret, nothing that callers said.
bool write_bundle(const DoctorConfig& config, const Findings& findings) {
    JsonArray options;
    for (const std::string& option : config.effective()) {
        options.push_back(Json(option));
    }
    utsname machine{};
    static_cast<void>(::uname(&machine));
    const JsonObject bundle{
        {"version", STUDIO_VERSION},
        {"kernel", std::string(machine.sysname) + ' ' + machine.release + ' ' + machine.machine},
        {"options", std::move(options)},
        {"findings", to_json(findings)}};
    std::ofstream file(config.bundle, std::ios::binary | std::ios::trunc);
    file << serialize_json(bundle) << '\n';
    file.close();
    return file.good();
}

}  // namespace

void DoctorConfig::add_to(OptionSet& set) {
    set_ = &set;
    database.add_to(set);
    redis.add_to(set);
    livekit.add_to(set);
    set.add("--media-address", "STUDIO_MEDIA_ADDRESS", media_addresses,
            "addresses told to callers, with commas between; empty: this machine's",
            address_list_check());
    set.add("--url", "STUDIO_DOCTOR_URL", urls,
            "running servers or their load balancer, with commas between");
    set.add("--bundle", "STUDIO_DOCTOR_BUNDLE", bundle,
            "a JSON file for whoever helps, without secrets; empty: none");
    providers.add_to(set);
    operators.add_to(set);
}

Validity DoctorConfig::validate() const {
    for (const std::string& url : urls) {
        if (!url.starts_with("http://") && !url.starts_with("https://")) {
            return fail(std::string("--url: each begins with http:// or https://"));
        }
    }
    return true;
}

int run_doctor(const DoctorConfig& config) {
    std::cout << "agent-studio " STUDIO_VERSION "\n";
    const Findings findings = Doctor(config).run();
    if (!config.bundle.empty() && !write_bundle(config, findings)) {
        std::cerr << "error: " << config.bundle << " cannot be written\n";
        return failed;
    }
    return has_failed(findings) ? failed : 0;
}

}  // namespace studio::apps
