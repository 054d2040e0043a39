#include "services/live/call_board.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "core/call/call_record.hpp"

namespace studio::services {
namespace {

bool is_over(const Json& call) {
    const auto status = core::parse_call_status(member_text(call, "status"));
    return !status || core::is_final(*status);
}

}  // namespace

bool is_of_board(const LiveEvent& event) {
    return event.type == "created" || event.type == "status" || event.type == "started" ||
           event.type == "ended" || event.type == "failed";
}

void CallBoard::put(std::string id, JsonObject call, Deadline told_at) {
    Entry& entry = calls_[std::move(id)];
    entry.is_active = member_text(Json(call), "status") == "active";
    entry.call = std::move(call);
    entry.told_at = told_at;
}

void CallBoard::apply(const LiveEvent& event, Instant now) {
    if (!is_of_board(event)) {
        return;
    }
    auto call = parse_json(event.data, json_as_stored);
    if (!call || !call->is_object()) {
        return;
    }
    const std::string& id = event.call_id.text();
    if (is_over(*call)) {
        calls_.erase(id);
        ended_[id] = now;
    } else if (!ended_.contains(id)) {
        put(id, std::move(call->get_object()), now);
    }
}

CallBoard::Correction CallBoard::load(const std::vector<JsonObject>& calls, Instant asked_at,
                                      Instant now) {
    Correction corrected;
    const auto is_told = [asked_at](Deadline at) { return at && *at + event_counts >= asked_at; };
    std::set<std::string> stored;
    for (const JsonObject& call : calls) {
        const std::string id = member_text(Json(call), "call_id");
        stored.insert(id);
        const auto found = calls_.find(id);
        if (ended_.contains(id) || (found != calls_.end() && is_told(found->second.told_at))) {
            continue;
        }
        const bool is_news =
            found == calls_.end() ||
            member_text(Json(found->second.call), "status") != member_text(Json(call), "status");
        if (is_news) {
            corrected.calls.push_back(call);
        }
        put(id, call, std::nullopt);
    }
    for (auto one = calls_.begin(); one != calls_.end();) {
        if (stored.contains(one->first) || is_told(one->second.told_at)) {
            ++one;
            continue;
        }
        corrected.gone.emplace_back(one->first);
        one = calls_.erase(one);
    }
    std::erase_if(ended_,
                  [now](const auto& ended) { return ended.second + milliseconds{60'000} < now; });
    return corrected;
}

std::size_t CallBoard::active() const {
    return static_cast<std::size_t>(std::count_if(
        calls_.begin(), calls_.end(), [](const auto& one) { return one.second.is_active; }));
}

JsonArray CallBoard::view(std::size_t count_max) const {
    std::vector<const JsonObject*> calls;
    calls.reserve(calls_.size());
    for (const auto& [id, entry] : calls_) {
        calls.push_back(&entry.call);
    }
    std::stable_sort(calls.begin(), calls.end(), [](const JsonObject* one, const JsonObject* two) {
        const auto created = [](const JsonObject& call) {
            const auto* at = call.if_contains("created_at");
            return at != nullptr && at->is_string() ? std::string(at->get_string()) : std::string();
        };
        return created(*one) > created(*two);
    });
    JsonArray list;
    for (std::size_t index = 0; index < std::min(count_max, calls.size()); ++index) {
        list.emplace_back(*calls[index]);
    }
    return list;
}

}  // namespace studio::services
