#include "core/call/call_error.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace studio::core {

namespace {

constexpr std::array<std::string_view, 5> stage_names{"stt", "llm", "tts", "tool", "call"};
constexpr std::uint32_t count_max = std::numeric_limits<std::uint32_t>::max();

CallError* find_kind(std::vector<CallError>& errors, const CallError& wanted) {
    const auto found = std::find_if(errors.begin(), errors.end(), [&wanted](const auto& error) {
        return error.stage == wanted.stage && error.provider == wanted.provider &&
               error.code == wanted.code;
    });
    return found == errors.end() ? nullptr : &*found;
}

bool add_kind(std::vector<CallError>& errors, const CallError& error) {
    if (errors.size() >= call_errors_max) {
        return false;
    }
    errors.push_back(error);
    return true;
}

}  // namespace

std::string_view name_of(CallStage stage) {
    return stage_names.at(static_cast<std::size_t>(stage));
}

std::optional<CallStage> parse_call_stage(std::string_view name) {
    const auto found = std::find(stage_names.begin(), stage_names.end(), name);
    if (found == stage_names.end()) {
        return std::nullopt;
    }
    return static_cast<CallStage>(found - stage_names.begin());
}

bool add_error(std::vector<CallError>& errors, const CallError& error) {
    CallError* known = find_kind(errors, error);
    if (known == nullptr) {
        return add_kind(errors, error);
    }
    known->count += std::min(error.count, count_max - known->count);
    return false;
}

void merge_errors(std::vector<CallError>& errors, const std::vector<CallError>& others) {
    for (const CallError& other : others) {
        if (CallError* known = find_kind(errors, other)) {
            known->count = std::max(known->count, other.count);
        } else {
            add_kind(errors, other);
        }
    }
}

bool has_failed_to_speak(const std::vector<CallError>& errors) {
    return std::any_of(errors.begin(), errors.end(), [](const CallError& error) {
        return error.stage == CallStage::llm || error.stage == CallStage::tts;
    });
}

Json errors_to_json(const std::vector<CallError>& errors) {
    JsonArray list;
    for (const CallError& error : errors) {
        list.push_back(JsonObject{{"stage", name_of(error.stage)},
                                  {"provider", error.provider},
                                  {"code", error.code},
                                  {"count", error.count}});
    }
    return list;
}

std::vector<CallError> errors_from_json(const Json& json) {
    std::vector<CallError> errors;
    if (!json.is_array()) {
        return errors;
    }
    for (const Json& item : json.get_array()) {
        const auto stage = parse_call_stage(member_text(item, "stage"));
        const Json* count = find_member(item, "count");
        boost::json::error_code is_none;
        const auto number = count == nullptr ? 0 : count->to_number<std::uint32_t>(is_none);
        if (stage && !is_none && number > 0) {
            add_error(errors,
                      {*stage, member_text(item, "provider"), member_text(item, "code"), number});
        }
    }
    return errors;
}

}  // namespace studio::core
