#include "services/hosting/phone/phone_dialer.hpp"

#include <utility>

#include "base/log.hpp"
#include "base/metric.hpp"

namespace studio::services {

namespace {

Counter& sip_calls(std::string_view outcome, int sip_status) {
    return metrics().counter(
        "studio_sip_calls_total", "Outbound phone calls and transfers by outcome.",
        "outcome=\"" + std::string(outcome) + "\",code=\"" + std::to_string(sip_status) + '"');
}

void count(std::string_view outcome, int sip_status) {
    sip_calls(outcome, sip_status).add();
}

}  // namespace

PhoneDialer::PhoneDialer(RoomControl& rooms, PhoneDialerOptions options)
    : rooms_(rooms), options_(options) {
    // Shown before the first call, so that the rate of failures has something to be compared with.
    static_cast<void>(sip_calls("answered", 200));
}

Task<PhoneOutcome> PhoneDialer::dial(core::CallRecord record, std::function<bool()> may_call,
                                     std::function<void(DialStage)> on_stage,
                                     std::function<bool()> is_wanted) {
    DialRequest request;
    request.room_name = record.room_name;
    request.identity = identity_of(record.id);
    request.phone_number = record.phone_number;
    request.display_name = "Phone";
    request.ringing_timeout = options_.ringing_timeout;
    request.may_call = std::move(may_call);
    request.on_stage = std::move(on_stage);
    request.is_wanted = std::move(is_wanted);
    const auto outcome = co_await rooms_.dial(std::move(request));
    if (outcome) {
        count("answered", 200);
        STUDIO_LOG(info, "phone_answered", {"call_id", record.id});
        co_return PhoneOutcome{true, {}, 200};
    }
    const DialError& error = outcome.error();
    count(error.reason, error.sip_status);
    STUDIO_LOG(info, "phone_not_reached", {"call_id", record.id}, {"reason", error.reason},
               {"sip_status", error.sip_status});
    co_return PhoneOutcome{false, error.reason, error.sip_status,
                           error.code == DialError::Code::busy};
}

Task<bool> PhoneDialer::hang_up(std::string room_name, std::string identity) {
    const auto removed =
        co_await rooms_.remove_participant(std::move(room_name), std::move(identity));
    co_return removed.value_or(false);
}

Task<std::string> PhoneDialer::transfer(std::string room_name, std::string identity,
                                        Pii<std::string> target) {
    const auto outcome =
        co_await rooms_.transfer(std::move(room_name), std::move(identity), std::move(target));
    count(outcome ? "transferred" : "transfer_" + outcome.error().reason,
          outcome ? 202 : outcome.error().sip_status);
    co_return outcome ? std::string() : outcome.error().reason;
}

}  // namespace studio::services
