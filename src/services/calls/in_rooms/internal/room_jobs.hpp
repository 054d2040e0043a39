#pragma once

#include <string>

#include "base/metric.hpp"
#include "core/call/call_record.hpp"
#include "core/call/end_reason.hpp"
#include "core/job/job.hpp"

namespace studio::services {

/// The job of a call that waits to be held.
[[nodiscard]] inline core::Job make_job(const core::CallRecord& record) {
    return {record.id, record.tenant_id, record.agent_name, record.room_name, 1, record.created_at};
}

inline void count_refusal(core::EndReason reason) {
    metrics()
        .counter("studio_calls_refused_total", "Calls that were asked for and had no place.",
                 "reason=\"" + std::string(core::name_of(reason)) + '"')
        .add();
}

}  // namespace studio::services
