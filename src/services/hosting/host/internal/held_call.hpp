#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/metric.hpp"
#include "services/conversation/session/call_session.hpp"
#include "services/hosting/host/call_writer.hpp"
#include "services/hosting/lease/journal_keeper.hpp"
#include "services/hosting/phone/internal/phone_leg.hpp"
#include "services/replay/call_recorder.hpp"

namespace studio::services {

/// What a held call borrows, and whom it tells.
struct HeldParts {
    CallStore& store;
    runtime::Loop& loop;
    runtime::TaskScope& scope;
    CallWriter::OnLost on_lost;
    std::shared_ptr<const LeaseLife> lease;
};

/// One call with what it needs beside its session.
struct HeldCall {
    HeldCall(HeldParts parts, std::uint64_t token)
        : fencing_token(token),
          lease(std::move(parts.lease)),
          writer(parts.store, parts.loop, parts.scope, std::move(parts.on_lost)) {
        active_calls().add(1);
    }
    HeldCall(const HeldCall&) = delete;
    HeldCall& operator=(const HeldCall&) = delete;
    ~HeldCall() { active_calls().add(-1); }

    static Gauge& active_calls() {
        static Gauge& gauge = metrics().gauge("studio_calls_active", "Calls that are under way.");
        return gauge;
    }

    [[nodiscard]] core::CallRecord fenced(core::CallRecord record) const {
        record.fencing_token = fencing_token;
        return record;
    }

    /// Whether nobody else can hold the call.
    [[nodiscard]] bool is_certain(Instant now) const {
        return lease == nullptr || lease->is_certain(now);
    }

    std::uint64_t fencing_token;
    std::shared_ptr<const LeaseLife> lease;
    CallWriter writer;
    std::shared_ptr<JournalKeeper> keeper;
    /// Of a call by telephone.
    std::shared_ptr<PhoneLeg> phone;
    std::unique_ptr<CallRecorder> recorder;
    std::unique_ptr<CallSession> session;
    /// Somebody wanted the end before there was a session.
    std::optional<core::EndReason> end_reason;
    /// It was told that the call has begun, here or by an earlier holder.
    bool is_told_active = false;
    bool is_handing_over = false;
    bool is_abandoned = false;
    /// HeldCalls::forget() has begun.
    bool is_going = false;
};

}  // namespace studio::services
