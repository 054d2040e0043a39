#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/livekit_api/twirp_client.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "base/sensitive.hpp"
#include "base/task.hpp"
#include "core/agent/field_error.hpp"

namespace studio::adapters {

/// A line on which calls come in.
struct SipInboundTrunk {
    std::string name;
    /// Our numbers, E.164. Needed unless the line has a user name or addresses.
    std::vector<std::string> numbers;
    /// Addresses and networks from which calls are taken; empty for all.
    std::vector<std::string> allowed_addresses;
    std::string username;
    Secret<std::string> password;
    /// Which headers of the INVITE become attributes: `none`, `x` (X-…) or `all`.
    std::string include_headers = "x";
};

/// A line on which calls go out.
struct SipOutboundTrunk {
    std::string name;
    /// Host and perhaps port of the provider.
    std::string address;
    /// `auto`, `udp`, `tcp` or `tls`.
    std::string transport = "auto";
    /// The numbers that called people see, E.164.
    std::vector<std::string> numbers;
    std::string username;
    Secret<std::string> password;
};

/// Which agent answers which numbers.
struct SipRule {
    std::string name;
    /// Name of an inbound trunk; empty for all.
    std::string trunk;
    /// Called numbers; empty for all of the trunk.
    std::vector<std::string> numbers;
    /// The agent's name, or
    std::string agent;
    /// the workflow's slug.
    std::string workflow{};
    std::string room_prefix = "phone-";
    /// What callers must enter first; empty for nothing.
    std::string pin;
};

/// The telephone part of an installation, as `agent-studio sip setup` reads it (docs/phones.md).
struct SipSetup {
    /// LIVEKIT_AGENT_NAME of the workers.
    std::string worker_name;
    std::vector<SipInboundTrunk> inbound;
    std::vector<SipOutboundTrunk> outbound;
    std::vector<SipRule> rules;
};

/// Reads and checks a configuration; every wrong or unknown field is reported. A password is given
/// by the name of the variable that holds it, which `environment` looks up.
[[nodiscard]] Result<SipSetup, std::vector<core::FieldError>> parse_sip_setup(
    const Json& json,
    const std::function<std::optional<std::string>(const std::string&)>& environment);

/// What became of one trunk or rule.
struct SipChange {
    enum class Kind : std::uint8_t { created, updated, unchanged };
    Kind kind = Kind::unchanged;
    /// `inbound trunk`, `outbound trunk`, `rule`.
    std::string what;
    std::string name;
    /// As LiveKit calls it (ST_…, SDR_…).
    std::string id;
};

/// Brings a LiveKit server's trunks and dispatch rules in line with a setup: they are known by
/// their names, made where they are missing and replaced where they differ. What else is there is
/// left alone. Running it again changes nothing. One loop; the client outlives it.
class SipProvisioner {
public:
    explicit SipProvisioner(TwirpClient& twirp) : twirp_(twirp) {}

    /// What was done, in order; or a sentence why not all was.
    [[nodiscard]] Task<Result<std::vector<SipChange>, std::string>> apply(SipSetup setup);

private:
    struct Kind;

    [[nodiscard]] Task<Result<Json, std::string>> call(std::string method, JsonObject body);
    [[nodiscard]] Task<Result<SipChange, std::string>> bring(const Kind& kind, std::string name,
                                                             JsonObject wanted);

    TwirpClient& twirp_;
};

/// Whether `actual`, as the server shows it, has everything of `wanted`. Empty and absent are the
/// same.
[[nodiscard]] bool has_all(const Json& actual, const Json& wanted);

}  // namespace studio::adapters
