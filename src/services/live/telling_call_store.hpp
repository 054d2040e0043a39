#pragma once

#include <utility>
#include <vector>

#include "ports/call_store.hpp"
#include "services/live/call_teller.hpp"

namespace studio::services {

/// A store whose new calls, and whose calls that change without a session, are told of as live
/// events: before a call is held, and where nobody holds it any more. What a session writes it
/// tells itself, and writes it to the store within. On one loop.
class TellingCallStore final : public CallStore {
public:
    /// The store and what the teller was made from outlive it.
    TellingCallStore(CallStore& inner, CallTeller teller) : inner_(inner), teller_(teller) {}

    [[nodiscard]] Outcome<bool> create(core::CallRecord record) override;
    [[nodiscard]] Outcome<core::CallRecord> load(TenantId tenant, CallId id) override {
        return inner_.load(std::move(tenant), std::move(id));
    }
    [[nodiscard]] Outcome<core::CallRecord> claim(TenantId tenant, CallId id,
                                                  std::uint64_t fencing_token) override {
        return inner_.claim(std::move(tenant), std::move(id), fencing_token);
    }
    [[nodiscard]] Outcome<Page<core::CallRecord>> list(TenantId tenant,
                                                       CallFilter filter) override {
        return inner_.list(std::move(tenant), std::move(filter));
    }
    [[nodiscard]] Outcome<bool> save(core::CallRecord record) override;
    [[nodiscard]] Outcome<bool> append_transcript(TranscriptWrite write) override {
        return inner_.append_transcript(std::move(write));
    }
    [[nodiscard]] Outcome<std::vector<core::TranscriptEntry>> load_transcript(TenantId tenant,
                                                                              CallId id) override {
        return inner_.load_transcript(std::move(tenant), std::move(id));
    }

private:
    CallStore& inner_;
    CallTeller teller_;
};

}  // namespace studio::services
