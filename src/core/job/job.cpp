#include "core/job/job.hpp"

#include <limits>

#include "base/json.hpp"

namespace studio::core {
namespace {

constexpr std::size_t job_bytes_max = 4'096;

Result<std::string, std::string> text_of(const JsonObject& object, std::string_view key) {
    const Json* value = object.if_contains(key);
    if (value == nullptr || !value->is_string() || value->get_string().empty()) {
        return fail("the job's " + std::string(key) + " is not a text");
    }
    return std::string(value->get_string());
}

Result<std::int64_t, std::string> count_of(const JsonObject& object, std::string_view key) {
    const Json* value = object.if_contains(key);
    if (value == nullptr || !value->is_int64() || value->get_int64() < 0) {
        return fail("the job's " + std::string(key) + " is not a whole number");
    }
    return value->get_int64();
}

}  // namespace

std::string serialize_job(const Job& job) {
    return serialize_json(JsonObject{{"call_id", job.call_id.text()},
                                     {"tenant_id", job.tenant_id.text()},
                                     {"agent_name", job.agent_name},
                                     {"room_name", job.room_name},
                                     {"attempt", static_cast<std::int64_t>(job.attempt)},
                                     {"queued_at_ms", job.queued_at.time_since_epoch().count()}});
}

Result<Job, std::string> parse_job(std::string_view text) {
    if (text.size() > job_bytes_max) {
        return fail(std::string("the job is larger than 4 KiB"));
    }
    const auto parsed = parse_json(text, json_as_stored);
    if (!parsed || !parsed->is_object()) {
        return fail(std::string("the job is not a JSON object"));
    }
    const JsonObject& object = parsed->get_object();
    const auto call_id = text_of(object, "call_id");
    const auto tenant_id = text_of(object, "tenant_id");
    const auto agent_name = text_of(object, "agent_name");
    const auto room_name = text_of(object, "room_name");
    for (const auto* text_member : {&call_id, &tenant_id, &agent_name, &room_name}) {
        if (!*text_member) {
            return fail(text_member->error());
        }
    }
    const auto attempt = count_of(object, "attempt");
    const auto queued_at = count_of(object, "queued_at_ms");
    for (const auto* count_member : {&attempt, &queued_at}) {
        if (!*count_member) {
            return fail(count_member->error());
        }
    }
    if (*attempt > std::numeric_limits<std::uint32_t>::max()) {
        return fail(std::string("the job's attempt is too large"));
    }
    return Job{CallId(*call_id),
               TenantId(*tenant_id),
               *agent_name,
               *room_name,
               static_cast<std::uint32_t>(*attempt),
               WallTime(milliseconds(*queued_at))};
}

}  // namespace studio::core
