#include "adapters/livekit_api/sip_setup.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "core/agent/names.hpp"
#include "core/agent/object_reader.hpp"
#include "core/call/phone_number.hpp"
#include "ports/room_names.hpp"

namespace studio::adapters {

namespace {

using core::ObjectReader;
using Environment = std::function<std::optional<std::string>(const std::string&)>;

/// The prefix of rooms whose calls come by the queue: a phone's room must not look like one.

void read_choice(ObjectReader& reader, std::string_view name, std::string& target,
                 std::initializer_list<std::string_view> choices) {
    reader.read_text(name, target, {.length_max = 16});
    if (std::find(choices.begin(), choices.end(), target) == choices.end()) {
        std::string all;
        for (const std::string_view choice : choices) {
            all += (all.empty() ? "" : ", ") + std::string(choice);
        }
        reader.report(name, "must be one of " + all);
    }
}

void read_numbers(ObjectReader& reader, std::vector<std::string>& target) {
    reader.read_texts("numbers", target);
    for (const std::string& number : target) {
        if (!core::parse_phone_number(number)) {
            reader.report("numbers", "must be like +14155550100 (E.164)");
            return;
        }
    }
}

void read_login(ObjectReader& reader, std::string& username, Secret<std::string>& password,
                const Environment& environment) {
    reader.read_text("username", username, {.length_max = 128});
    std::string variable;
    reader.read_text("password_env", variable, {.length_max = 128});
    if (variable.empty()) {
        return;
    }
    auto value = environment(variable);
    if (!value || value->empty()) {
        reader.report("password_env", "names a variable that is not set");
    } else {
        password = Secret<std::string>(std::move(*value));
    }
}

/// Reads each item of a list by `read`, and sees to it that names are there and differ.
template <class Item, class Read>
void read_items(ObjectReader& root, std::string_view name, std::vector<Item>& target,
                std::vector<core::FieldError>& errors, const Read& read) {
    const JsonArray* const list = root.find_list(name);
    std::set<std::string> names;
    for (std::size_t index = 0; list != nullptr && index < list->size(); ++index) {
        ObjectReader reader(&(*list)[index], core::item_path(root.path_of(name), index), errors);
        Item item;
        reader.read_text("name", item.name, {.required = true, .length_max = 128});
        if (!item.name.empty() && !names.insert(item.name).second) {
            reader.report("name", "is used twice");
        }
        read(reader, item);
        reader.finish();
        target.push_back(std::move(item));
    }
}

JsonArray to_list(const std::vector<std::string>& texts) {
    JsonArray list;
    for (const std::string& text : texts) {
        list.emplace_back(text);
    }
    return list;
}

JsonObject to_json(const SipInboundTrunk& trunk) {
    const char* const headers = trunk.include_headers == "all" ? "SIP_ALL_HEADERS"
                                : trunk.include_headers == "x" ? "SIP_X_HEADERS"
                                                               : "SIP_NO_HEADERS";
    return {{"name", trunk.name},
            {"numbers", to_list(trunk.numbers)},
            {"allowed_addresses", to_list(trunk.allowed_addresses)},
            {"auth_username", trunk.username},
            {"auth_password", trunk.password.reveal()},
            {"include_headers", headers}};
}

JsonObject to_json(const SipOutboundTrunk& trunk) {
    const char* const transport = trunk.transport == "udp"   ? "SIP_TRANSPORT_UDP"
                                  : trunk.transport == "tcp" ? "SIP_TRANSPORT_TCP"
                                  : trunk.transport == "tls" ? "SIP_TRANSPORT_TLS"
                                                             : "SIP_TRANSPORT_AUTO";
    return {{"name", trunk.name},
            {"address", trunk.address},
            {"transport", transport},
            {"numbers", to_list(trunk.numbers)},
            {"auth_username", trunk.username},
            {"auth_password", trunk.password.reveal()}};
}

JsonObject to_json(const SipRule& rule, const std::string& worker_name,
                   const std::string& trunk_id) {
    JsonArray trunks;
    if (!trunk_id.empty()) {
        trunks.emplace_back(trunk_id);
    }
    const std::string metadata =
        serialize_json(rule.workflow.empty() ? JsonObject{{"agent_name", rule.agent}}
                                             : JsonObject{{"workflow_slug", rule.workflow}});
    JsonArray agents;
    agents.push_back(JsonObject{{"agent_name", worker_name}, {"metadata", metadata}});
    JsonObject individual{{"room_prefix", rule.room_prefix}, {"pin", rule.pin}};
    return {{"name", rule.name},
            {"rule", JsonObject{{"dispatch_rule_individual", std::move(individual)}}},
            {"trunk_ids", std::move(trunks)},
            {"numbers", to_list(rule.numbers)},
            {"room_config", JsonObject{{"agents", std::move(agents)}}}};
}

bool is_empty(const Json& value) {
    return value.is_null() || (value.is_string() && value.get_string().empty()) ||
           (value.is_array() && value.get_array().empty()) ||
           (value.is_object() && value.get_object().empty()) ||
           (value.is_bool() && !value.get_bool()) || value == Json("SIP_NO_HEADERS") ||
           value == Json("SIP_TRANSPORT_AUTO");
}

}  // namespace

Result<SipSetup, std::vector<core::FieldError>> parse_sip_setup(const Json& json,
                                                                const Environment& environment) {
    std::vector<core::FieldError> errors;
    SipSetup setup;
    ObjectReader root(&json, "", errors);
    root.read_text("worker_name", setup.worker_name, {.length_max = 128});
    read_items(root, "inbound", setup.inbound, errors, [&](ObjectReader& reader, auto& trunk) {
        read_numbers(reader, trunk.numbers);
        reader.read_texts("allowed_addresses", trunk.allowed_addresses);
        read_login(reader, trunk.username, trunk.password, environment);
        read_choice(reader, "include_headers", trunk.include_headers, {"none", "x", "all"});
        // Else everybody in the Internet could ring us up on any number.
        if (trunk.numbers.empty() && trunk.allowed_addresses.empty() && trunk.username.empty()) {
            reader.report("numbers", "is needed where neither addresses nor a user are given");
        }
    });
    read_items(root, "outbound", setup.outbound, errors, [&](ObjectReader& reader, auto& trunk) {
        reader.read_text("address", trunk.address, {.required = true, .length_max = 256});
        read_choice(reader, "transport", trunk.transport, {"auto", "udp", "tcp", "tls"});
        read_numbers(reader, trunk.numbers);
        read_login(reader, trunk.username, trunk.password, environment);
        if (trunk.numbers.empty()) {
            reader.report("numbers", "is needed: the number that called people see");
        }
    });
    read_items(root, "rules", setup.rules, errors, [&](ObjectReader& reader, auto& rule) {
        reader.read_text("trunk", rule.trunk, {.length_max = 128});
        read_numbers(reader, rule.numbers);
        reader.read_text("agent", rule.agent, {.length_max = 63});
        reader.read_text("workflow", rule.workflow, {.length_max = 63});
        reader.read_text("room_prefix", rule.room_prefix, {.length_max = 32});
        reader.read_text("pin", rule.pin, {.length_max = 16});
        if (!rule.agent.empty() && !core::is_agent_name(rule.agent)) {
            reader.report("agent", "is no agent's name");
        }
        if (!rule.workflow.empty() && !core::is_agent_name(rule.workflow)) {
            reader.report("workflow", "is no workflow's slug");
        }
        if (rule.agent.empty() == rule.workflow.empty()) {
            reader.report("agent", "is required, or workflow, and not both");
        }
        if (rule.room_prefix.empty() || rule.room_prefix.starts_with(own_room_prefix)) {
            reader.report("room_prefix", "must not be empty or begin with call-");
        }
        const bool is_known =
            rule.trunk.empty() ||
            std::any_of(setup.inbound.begin(), setup.inbound.end(),
                        [&rule](const auto& trunk) { return trunk.name == rule.trunk; });
        if (!is_known) {
            reader.report("trunk", "is none of the inbound trunks");
        }
    });
    root.finish();
    if (!errors.empty()) {
        return fail(std::move(errors));
    }
    return setup;
}

bool has_all(const Json& actual, const Json& wanted) {
    if (const JsonObject* const members = wanted.if_object()) {
        for (const auto& member : *members) {
            const Json* const there =
                twirp_member(actual, {member.key().data(), member.key().size()});
            const bool is_same = there == nullptr ? has_all(Json(), member.value())
                                                  : has_all(*there, member.value());
            if (!is_same) {
                return false;
            }
        }
        return true;
    }
    if (is_empty(wanted)) {
        return is_empty(actual);
    }
    if (const JsonArray* const items = wanted.if_array()) {
        const JsonArray* const there = actual.if_array();
        if (there == nullptr || there->size() != items->size()) {
            return false;
        }
        for (std::size_t index = 0; index < items->size(); ++index) {
            if (!has_all((*there)[index], (*items)[index])) {
                return false;
            }
        }
        return true;
    }
    return actual == wanted;
}

/// How one kind of thing is called in requests and replies.
struct SipProvisioner::Kind {
    const char* what;
    const char* method;
    const char* body;
    const char* id;
};

namespace {

constexpr const char* list_items = "items";
constexpr milliseconds sip_timeout{10'000};

std::string sentence(const std::string& method, const TwirpError& error) {
    switch (error.error) {
        case RoomError::unauthorized:
            return method + ": the server refuses LIVEKIT_API_KEY and LIVEKIT_API_SECRET";
        case RoomError::unavailable:
            return method + ": the server cannot be reached, or has no Redis, which SIP needs";
        default:
            return method + ": the server refuses it" +
                   (error.code.empty() ? std::string() : " (" + error.code + ")");
    }
}

}  // namespace

Task<Result<Json, std::string>> SipProvisioner::call(std::string method, JsonObject body) {
    jwt::LivekitClaims grants;
    grants.sip = jwt::SipGrant{.admin = true, .call = false};
    auto answer =
        co_await twirp_.call("SIP/" + method, std::move(body), std::move(grants), sip_timeout);
    if (!answer) {
        co_return fail(sentence(method, answer.error()));
    }
    co_return std::move(*answer);
}

Task<Result<SipChange, std::string>> SipProvisioner::bring(const Kind& kind, std::string name,
                                                           JsonObject wanted) {
    SipChange change;
    change.what = kind.what;
    change.name = name;
    const auto listed = co_await call("List" + std::string(kind.method), JsonObject{});
    if (!listed) {
        co_return fail(listed.error());
    }
    const Json* found = nullptr;
    const Json* const items = twirp_member(*listed, list_items);
    for (std::size_t index = 0;
         items != nullptr && items->is_array() && index < items->get_array().size(); ++index) {
        const Json& item = items->get_array()[index];
        if (twirp_text(item, "name") != name) {
            continue;
        }
        if (found != nullptr) {
            co_return fail("there are two of the name '" + name + "' as " + kind.what +
                           " on the server; erase one");
        }
        found = &item;
    }
    if (found != nullptr) {
        change.id = twirp_text(*found, kind.id);
        if (has_all(*found, Json(wanted))) {
            co_return change;
        }
        JsonObject body;
        body[kind.id] = change.id;
        body["replace"] = std::move(wanted);
        const auto updated = co_await call("Update" + std::string(kind.method), std::move(body));
        if (!updated) {
            co_return fail(updated.error());
        }
        change.kind = SipChange::Kind::updated;
        co_return change;
    }
    JsonObject body;
    body[kind.body] = std::move(wanted);
    const auto created = co_await call("Create" + std::string(kind.method), std::move(body));
    if (!created) {
        co_return fail(created.error());
    }
    change.kind = SipChange::Kind::created;
    change.id = twirp_text(*created, kind.id);
    co_return change;
}

Task<Result<std::vector<SipChange>, std::string>> SipProvisioner::apply(SipSetup setup) {
    static constexpr Kind inbound{"inbound trunk", "SIPInboundTrunk", "trunk", "sip_trunk_id"};
    static constexpr Kind outbound{"outbound trunk", "SIPOutboundTrunk", "trunk", "sip_trunk_id"};
    static constexpr Kind dispatch{"rule", "SIPDispatchRule", "dispatch_rule",
                                   "sip_dispatch_rule_id"};
    std::vector<SipChange> changes;
    std::map<std::string, std::string> trunk_ids;
    for (const SipInboundTrunk& trunk : setup.inbound) {
        auto change = co_await bring(inbound, trunk.name, to_json(trunk));
        if (!change) {
            co_return fail(change.error());
        }
        trunk_ids[trunk.name] = change->id;
        changes.push_back(std::move(*change));
    }
    for (const SipOutboundTrunk& trunk : setup.outbound) {
        auto change = co_await bring(outbound, trunk.name, to_json(trunk));
        if (!change) {
            co_return fail(change.error());
        }
        changes.push_back(std::move(*change));
    }
    for (const SipRule& rule : setup.rules) {
        const std::string trunk_id = rule.trunk.empty() ? std::string() : trunk_ids[rule.trunk];
        auto change =
            co_await bring(dispatch, rule.name, to_json(rule, setup.worker_name, trunk_id));
        if (!change) {
            co_return fail(change.error());
        }
        changes.push_back(std::move(*change));
    }
    co_return changes;
}

}  // namespace studio::adapters
