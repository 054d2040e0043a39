#include "apps/sip/sip_command.hpp"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <utility>

#include "adapters/curl/curl_http_client.hpp"
#include "adapters/livekit_api/sip_setup.hpp"
#include "apps/connections/connections.hpp"
#include "runtime/task_scope.hpp"

namespace studio::apps {

namespace {

constexpr int failed = 1;
constexpr int usage_error = 2;

std::optional<std::string> read_environment(const std::string& name) {
    const char* const value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

/// Nothing, after words for people, where the file is wrong.
std::optional<adapters::SipSetup> read_setup(const SipSetupConfig& config) {
    std::ifstream file(config.file, std::ios::binary);
    if (!file) {
        std::cerr << "error: " << config.file << " cannot be read\n";
        return std::nullopt;
    }
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto json = parse_json(text);
    if (!json) {
        std::cerr << "error: " << config.file << ": " << json.error().path
                  << (json.error().path.empty() ? "" : " ") << json.error().message << '\n';
        return std::nullopt;
    }
    auto setup = adapters::parse_sip_setup(*json, read_environment);
    if (!setup) {
        for (const core::FieldError& error : setup.error()) {
            std::cerr << "error: " << config.file << ": " << error.field << ' ' << error.message
                      << '\n';
        }
        return std::nullopt;
    }
    if (setup->worker_name.empty()) {
        setup->worker_name = config.livekit.agent_name;
    }
    if (!setup->rules.empty() && setup->worker_name.empty()) {
        std::cerr << "error: rules need LIVEKIT_AGENT_NAME or worker_name, under which workers "
                     "offer themselves\n";
        return std::nullopt;
    }
    return std::move(*setup);
}

const char* word_of(adapters::SipChange::Kind kind) {
    using Kind = adapters::SipChange::Kind;
    return kind == Kind::created ? "created" : kind == Kind::updated ? "updated" : "unchanged";
}

Task<void> apply(adapters::SipProvisioner& provisioner, adapters::SipSetup setup,
                 runtime::AsioLoop& loop, int& code) {
    const auto changes = co_await provisioner.apply(std::move(setup));
    if (!changes) {
        std::cerr << "error: " << changes.error() << '\n';
        code = failed;
    } else {
        for (const adapters::SipChange& change : *changes) {
            std::cout << word_of(change.kind) << ' ' << change.what << ' ' << change.name << ' '
                      << change.id << '\n';
        }
    }
    loop.stop();
}

}  // namespace

void SipSetupConfig::add_to(OptionSet& set) {
    operators.add_to(set);
    livekit.add_to(set);
    set.add("--file", "SIP_SETUP_FILE", file, "the JSON file that describes trunks and rules");
}

Validity SipSetupConfig::validate() const {
    if (file.empty()) {
        return fail(std::string("--file is needed"));
    }
    return livekit.validate();
}

int run_sip_setup(const SipSetupConfig& config) {
    auto setup = read_setup(config);
    if (!setup) {
        return usage_error;
    }
    runtime::AsioLoop loop;
    adapters::CurlHttpClient http(loop);
    adapters::TwirpClient twirp(loop, http, livekit_api_options(config.livekit));
    adapters::SipProvisioner provisioner(twirp);
    int code = 0;
    {
        runtime::TaskScope scope(loop);
        scope.spawn(apply(provisioner, std::move(*setup), loop, code));
        loop.run();
    }
    return code;
}

}  // namespace studio::apps
