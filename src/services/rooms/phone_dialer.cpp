#include "services/rooms/phone_dialer.hpp"

#include <utility>

#include "base/log.hpp"
#include "base/metric.hpp"

namespace studio::services {

namespace {

constexpr std::size_t value_bytes_max = 256;
constexpr std::size_t headers_max = 32;

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

Task<PhoneOutcome> PhoneDialer::dial(core::CallRecord record, bool may_call,
                                     std::function<void(DialStage)> on_stage) {
    DialRequest request;
    request.room_name = record.room_name;
    request.identity = identity_of(record.id);
    request.phone_number = record.phone_number;
    request.display_name = "Phone";
    request.ringing_timeout = options_.ringing_timeout;
    request.may_call = may_call;
    request.on_stage = std::move(on_stage);
    const auto outcome = co_await rooms_.dial(std::move(request));
    if (outcome) {
        count("answered", 200);
        STUDIO_LOG(info, "phone_answered", {"call_id", record.id});
        co_return PhoneOutcome{true, {}};
    }
    const DialError& error = outcome.error();
    count(error.reason, error.sip_status);
    STUDIO_LOG(info, "phone_not_reached", {"call_id", record.id}, {"reason", error.reason},
               {"sip_status", error.sip_status});
    if (error.code == DialError::Code::timed_out || error.code == DialError::Code::unavailable) {
        // Nobody told that it stopped: it may ring still.
        static_cast<void>(co_await hang_up(record));
    }
    co_return PhoneOutcome{false, error.reason};
}

Task<bool> PhoneDialer::hang_up(core::CallRecord record) {
    const auto removed =
        co_await rooms_.remove_participant(record.room_name, identity_of(record.id));
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

JsonObject phone_context(const std::map<std::string, std::string>& attributes) {
    JsonObject call;
    JsonObject headers;
    for (const auto& [name, value] : attributes) {
        const std::string text = value.substr(0, value_bytes_max);
        if (name == "sip.phoneNumber") {
            call["phone_number"] = text;
        } else if (name == "sip.trunkPhoneNumber") {
            call["called_number"] = text;
        } else if (name == "sip.callID") {
            call["sip_call_id"] = text;
        } else if (name.starts_with("sip.h.") && headers.size() < headers_max) {
            headers[name.substr(6, value_bytes_max)] = text;
        }
    }
    if (!headers.empty()) {
        call["headers"] = std::move(headers);
    }
    return call;
}

}  // namespace studio::services
