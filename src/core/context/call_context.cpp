#include "core/context/call_context.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace studio::core {

namespace {

constexpr std::size_t history_detail_bytes_max = 4096;
constexpr std::size_t value_bytes = 16;
/// A deeper value cannot come from parse_json, so counting stops there.
constexpr std::size_t depth_counted_max = 64;

std::size_t estimate(const Json& value, std::size_t depth) {
    std::size_t bytes = value_bytes;
    if (depth == depth_counted_max) {
        return bytes;
    }
    if (const auto* text = value.if_string()) {
        bytes += text->size();
    } else if (const JsonArray* list = value.if_array()) {
        for (const Json& item : *list) {
            bytes += estimate(item, depth + 1);
        }
    } else if (const JsonObject* object = value.if_object()) {
        for (const auto& member : *object) {
            bytes += member.key().size() + estimate(member.value(), depth + 1);
        }
    }
    return bytes;
}

std::size_t count_depth(const Json& value, std::size_t depth) {
    std::size_t below = 0;
    if (depth == depth_counted_max) {
        return 0;
    }
    if (const JsonArray* list = value.if_array()) {
        for (const Json& item : *list) {
            below = std::max(below, count_depth(item, depth + 1));
        }
        return below + 1;
    }
    if (const JsonObject* object = value.if_object()) {
        for (const auto& member : *object) {
            below = std::max(below, count_depth(member.value(), depth + 1));
        }
        return below + 1;
    }
    return 0;
}

bool is_list_step(const PathStep& step) {
    return step.kind != PathStep::Kind::member;
}

/// Whether `value` may be written at `path` below `root`; changes nothing.
CallContext::Outcome check_write(const Json& root, const ContextPath& path, std::size_t first) {
    const Json* value = &root;
    for (std::size_t index = first; index < path.size(); ++index) {
        const PathStep& step = path[index];
        if (value == nullptr || value->is_null()) {
            if (step.kind == PathStep::Kind::index && step.index > 0) {
                return fail(ContextError::not_found);
            }
            value = nullptr;
            continue;
        }
        const JsonArray* list = value->if_array();
        if (is_list_step(step) ? list == nullptr : !value->is_object()) {
            return fail(ContextError::wrong_type);
        }
        if (step.kind == PathStep::Kind::index && step.index > list->size()) {
            return fail(ContextError::not_found);
        }
        value = follow_path(*value, {step});
    }
    return {};
}

/// Precondition: check_write allowed it.
Json& make_place(Json& root, const ContextPath& path, std::size_t first) {
    Json* value = &root;
    for (std::size_t index = first; index < path.size(); ++index) {
        const PathStep& step = path[index];
        if (is_list_step(step)) {
            JsonArray& list = value->is_array() ? value->get_array() : value->emplace_array();
            if (step.kind == PathStep::Kind::append || step.index == list.size()) {
                list.emplace_back(nullptr);
                value = &list.back();
            } else {
                value = &list[step.index];
            }
            continue;
        }
        JsonObject& object = value->is_object() ? value->get_object() : value->emplace_object();
        value = &object[step.name];
    }
    return *value;
}

constexpr std::array<const char*, 7> weekday_names{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};

/// `Z` or `+05:30` (RFC 3339, section 4.2).
std::string offset_text(std::chrono::minutes offset) {
    if (offset.count() == 0) {
        return "Z";
    }
    const std::int64_t size = std::abs(offset.count());
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%c%02d:%02d", offset.count() < 0 ? '-' : '+',
                  static_cast<int>(size / 60), static_cast<int>(size % 60));
    return text.data();
}

}  // namespace

std::string_view name_of(ContextError error) {
    switch (error) {
        case ContextError::bad_path:
            return "bad_path";
        case ContextError::read_only:
            return "read_only";
        case ContextError::wrong_type:
            return "wrong_type";
        case ContextError::not_found:
            return "not_found";
        case ContextError::too_deep:
            return "too_deep";
        case ContextError::too_large:
            return "too_large";
    }
    return "unknown";
}

std::size_t memory_estimate(const Json& value) {
    return estimate(value, 0);
}

std::size_t depth_of(const Json& value) {
    return count_depth(value, 0);
}

CallContext::CallContext(JsonObject user, JsonObject tenant, ContextLimits limits)
    : user_(std::move(user)), tenant_(std::move(tenant)), limits_(limits) {}

Json CallContext::save() const {
    return JsonObject{{"user", user_},   {"tenant", tenant_},   {"workflow", workflow_},
                      {"flags", flags_}, {"agents", agents_},   {"params", params_},
                      {"agent", agent_}, {"history", history_}, {"now", now_}};
}

CallContext::Outcome CallContext::load(const Json& saved) {
    CallContext loaded({}, {}, limits_);
    const std::pair<std::string_view, Json*> objects[] = {
        {"user", &loaded.user_},   {"tenant", &loaded.tenant_}, {"workflow", &loaded.workflow_},
        {"flags", &loaded.flags_}, {"agents", &loaded.agents_}, {"params", &loaded.params_}};
    for (const auto& [name, target] : objects) {
        const Json* value = find_member(saved, name);
        if (value == nullptr || !value->is_object()) {
            return fail(ContextError::wrong_type);
        }
        *target = *value;
    }
    const Json* history = find_member(saved, "history");
    if (history == nullptr || !history->is_array()) {
        return fail(ContextError::wrong_type);
    }
    loaded.history_ = *history;
    loaded.now_ = member_text(saved, "now");
    loaded.agent_ = member_text(saved, "agent");
    if (loaded.total_bytes() > limits_.bytes_max) {
        return fail(ContextError::too_large);
    }
    loaded.now_parts_ = std::move(now_parts_);
    loaded.zone_ = std::move(zone_);
    *this = std::move(loaded);
    return {};
}

void CallContext::complete_user(std::string_view name, Json value) {
    JsonObject& user = user_.get_object();
    if (!user.contains(name) && total_bytes() + memory_estimate(value) <= limits_.bytes_max) {
        user[name] = std::move(value);
    }
}

void CallContext::set_now(WallTime now) {
    // RFC 3339 knows whole minutes only; times before the 20th century have seconds too.
    const auto offset = std::chrono::floor<std::chrono::minutes>(
        zone_ == nullptr ? seconds(0) : zone_->offset_at(now));
    const std::string local = to_rfc3339(now + offset);
    const auto weekday = std::chrono::weekday(std::chrono::floor<std::chrono::days>(now + offset));
    now_ = local.substr(0, local.size() - 1) + offset_text(offset);
    now_parts_ = JsonObject{{"date", local.substr(0, 10)},
                            {"time", local.substr(11, 5)},
                            {"weekday", weekday_names[weekday.c_encoding()]}};
}

void CallContext::set_agent(std::string name) {
    agent_ = std::move(name);
}

CallContext::Outcome CallContext::set_params(JsonObject params) {
    Json value = std::move(params);
    if (total_bytes() - memory_estimate(params_) + memory_estimate(value) > limits_.bytes_max) {
        return fail(ContextError::too_large);
    }
    params_ = std::move(value);
    return {};
}

void CallContext::add_history(std::string_view event, Json detail) {
    if (memory_estimate(detail) > history_detail_bytes_max) {
        detail = nullptr;
    }
    JsonArray& list = history_.get_array();
    list.push_back(JsonObject{{"at", now_}, {"event", event}, {"detail", std::move(detail)}});
    while (list.size() > limits_.history_entries_max ||
           (list.size() > 1 && total_bytes() > limits_.bytes_max)) {
        list.erase(list.begin());
    }
}

const Json* CallContext::namespace_of(std::string_view name) const {
    if (name == "agents") {
        return agents_.get_object().if_contains(agent_);
    }
    const std::pair<std::string_view, const Json*> roots[] = {
        {"user", &user_},     {"workflow", &workflow_}, {"flags", &flags_}, {"params", &params_},
        {"tenant", &tenant_}, {"history", &history_},   {"now", &now_}};
    for (const auto& [root, value] : roots) {
        if (root == name) {
            return value;
        }
    }
    return nullptr;
}

Json* CallContext::writable_namespace(std::string_view name) {
    if (name == "workflow") {
        return &workflow_;
    }
    if (name == "flags") {
        return &flags_;
    }
    return name == "params" ? &params_ : nullptr;
}

std::size_t CallContext::total_bytes() const {
    std::size_t bytes = 0;
    for (const Json* value :
         {&user_, &tenant_, &workflow_, &flags_, &agents_, &params_, &history_}) {
        bytes += memory_estimate(*value);
    }
    return bytes;
}

const Json* CallContext::find(std::string_view text) const {
    const std::optional<ContextPath> path = parse_context_path(text);
    if (!path) {
        return nullptr;
    }
    const std::string& root = path->front().name;
    if (root == "now" && path->size() > 1) {
        return follow_path(now_parts_, *path, 1);
    }
    if (const Json* space = namespace_of(root)) {
        return follow_path(*space, *path, 1);
    }
    if (root == "agents") {
        return nullptr;
    }
    for (const std::string_view name : {"params", "agents", "workflow", "user"}) {
        const Json* space = namespace_of(name);
        const Json* value = space == nullptr ? nullptr : follow_path(*space, *path);
        if (value != nullptr) {
            return value;
        }
    }
    return nullptr;
}

Result<CallContext::Place, ContextError> CallContext::writable_place(const ContextPath& path) {
    const std::string& root = path.front().name;
    Place place{.space = writable_namespace(root), .first = 1};
    if (root == "agents") {
        place.space = &agents_.get_object()[agent_];
    } else if (place.space == nullptr && namespace_of(root) != nullptr) {
        return fail(ContextError::read_only);
    } else if (place.space == nullptr) {
        place = {.space = &workflow_, .first = 0};
    }
    if (place.first == path.size()) {
        return fail(ContextError::bad_path);
    }
    return place;
}

CallContext::Outcome CallContext::set(std::string_view text, Json value) {
    const std::optional<ContextPath> path = parse_context_path(text);
    if (!path) {
        return fail(ContextError::bad_path);
    }
    const auto place = writable_place(*path);
    if (!place) {
        return fail(place.error());
    }
    const auto [space, first] = *place;
    if (path->front().name == "flags" &&
        (path->size() != 2 || (*path)[1].kind != PathStep::Kind::member || !value.is_bool())) {
        return fail(ContextError::wrong_type);
    }
    if (path->size() - first + depth_of(value) > limits_.depth_max) {
        return fail(ContextError::too_deep);
    }
    if (const Outcome allowed = check_write(*space, *path, first); !allowed) {
        return allowed;
    }
    const Json* present = follow_path(*space, *path, first);
    const std::size_t released = present == nullptr ? 0 : memory_estimate(*present);
    // The path's own names and containers are new at worst.
    const std::size_t added = memory_estimate(value) + text.size() + value_bytes * path->size();
    if (total_bytes() - released + added > limits_.bytes_max) {
        return fail(ContextError::too_large);
    }
    make_place(*space, *path, first) = std::move(value);
    return {};
}

CallContext::Outcome CallContext::erase(std::string_view text) {
    std::optional<ContextPath> path = parse_context_path(text);
    if (!path) {
        return fail(ContextError::bad_path);
    }
    const auto place = writable_place(*path);
    if (!place) {
        return fail(place.error());
    }
    const auto [space, first] = *place;
    if (follow_path(*space, *path, first) == nullptr) {
        return fail(ContextError::not_found);
    }
    const PathStep last = path->back();
    path->pop_back();
    Json& parent = make_place(*space, *path, first);
    if (JsonObject* object = parent.if_object()) {
        object->erase(last.name);
        return {};
    }
    JsonArray& list = parent.get_array();
    const std::size_t index =
        last.kind == PathStep::Kind::index ? last.index : std::stoul(last.name);
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(index));
    return {};
}

bool CallContext::flag(std::string_view name) const {
    const Json* value = find_member(flags_, name);
    return value != nullptr && value->is_bool() && value->get_bool();
}

}  // namespace studio::core
