#include "apps/doctor/provider_checks.hpp"

#include <utility>

#include "adapters/livekit_api/twirp_client.hpp"
#include "apps/providers/local_speech.hpp"
#include "ports/http_fetch.hpp"

namespace studio::apps {
namespace {

using Grade = Finding::Grade;

Task<int> status_of(HttpClient& http, std::string url, std::string header) {
    HttpRequest request;
    request.url = std::move(url);
    request.headers.emplace_back("Authorization", std::move(header));
    request.timeout = seconds(10);
    request.is_operator_url = true;
    request.keeps_beginning = true;
    HttpFetch fetch(http, std::move(request));
    const auto answer = co_await fetch;
    co_return answer ? answer->status : 0;
}

}  // namespace

Finding judge_key(const std::string& vendor, const std::string& variable, int status) {
    if (status == 0) {
        return {Grade::failed, "providers", vendor + " is not reached from here",
                "calls of agents that name it fail: deploy/runbooks/provider_down.md"};
    }
    if (status == 401 || status == 403) {
        return {Grade::failed, "providers", vendor + " refuses the key",
                "set " + variable + " to a valid one"};
    }
    if (status == 429 || status == 402) {
        return {Grade::warning, "providers",
                vendor + " takes the key and no requests (" + std::to_string(status) + ')',
                "look at limits and credit of the account"};
    }
    if (status >= 500) {
        return {Grade::warning, "providers",
                vendor + " has trouble (" + std::to_string(status) + ')', "try again later"};
    }
    return {Grade::good, "providers", vendor + " takes the key", ""};
}

Task<Findings> check_providers(HttpClient& http, const ProviderOptions& config) {
    Findings findings;
    const std::string& trouble = speech_models(config)->trouble();
    findings.push_back({trouble.empty() ? Grade::good : Grade::note, "speech",
                        "ears of this machine: " + describe_ears(config),
                        trouble.empty() ? "" : "tools/speech/install.sh installs better ones"});
    const std::string& model_key = config.openai_api_key.reveal();
    if (!model_key.empty()) {
        const std::string base = adapters::http_url(config.openai_base_url);
        const int status = co_await status_of(http, base + "/models", "Bearer " + model_key);
        findings.push_back(judge_key("the language model's server", "OPENAI_API_KEY", status));
    }
    const std::string& speech_key = config.deepgram_api_key.reveal();
    if (!speech_key.empty()) {
        const std::string base = adapters::http_url(config.deepgram_url);
        const int status = co_await status_of(http, base + "/v1/projects", "Token " + speech_key);
        findings.push_back(judge_key("Deepgram", "DEEPGRAM_API_KEY", status));
    }
    if (model_key.empty() && speech_key.empty()) {
        findings.push_back({Grade::note, "providers", "no key of a vendor is set",
                            "agents have the providers of this machine alone"});
    }
    co_return findings;
}

}  // namespace studio::apps
