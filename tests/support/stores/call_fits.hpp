#pragma once

#include <string>
#include <tuple>

#include "core/call/call_labels.hpp"
#include "ports/call_store.hpp"

namespace studio::testing {

/// Whether a list with this filter has the call in it, whatever page it is on.
[[nodiscard]] inline bool fits(const core::CallRecord& record, const CallFilter& filter) {
    const auto is_any_or = [](const std::string& wanted, const std::string& value) {
        return wanted.empty() || wanted == value;
    };
    if (!filter.metadata_name.empty()) {
        const auto labels = core::labels_of(record.metadata);
        const auto found = labels.find(filter.metadata_name);
        if (found == labels.end() || found->second != filter.metadata_value) {
            return false;
        }
    }
    const bool is_behind =
        !filter.behind || std::tie(record.created_at, record.id) <
                              std::tie(filter.behind->created_at, filter.behind->id);
    return is_behind && (!filter.status || *filter.status == record.status) &&
           is_any_or(filter.agent_name, record.agent_name) &&
           is_any_or(filter.workflow_slug, record.workflow_slug) &&
           is_any_or(filter.user_id, record.user_id) &&
           is_any_or(filter.phone_number.reveal(), record.phone_number.reveal()) &&
           (!filter.started_after || record.created_at >= *filter.started_after) &&
           (!filter.started_before || record.created_at < *filter.started_before);
}

}  // namespace studio::testing
