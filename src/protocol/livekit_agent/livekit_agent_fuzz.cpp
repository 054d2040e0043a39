#include <algorithm>
#include <cstdint>

#include "base/check.hpp"
#include "protocol/livekit_agent/agent_worker.hpp"

/// Each message is a length byte and so many bytes; every second offer is taken.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace studio;
    Instant now{seconds(100)};
    livekit_agent::AgentWorker worker({.agent_name = "a"});
    worker.set_fill({0, 4, true}, now);
    worker.start(now);
    worker.handle_open(now);
    // The answer to the registration: field 1, an empty message.
    const std::uint8_t registered[] = {0x0a, 0x00};
    worker.handle_message(registered, now);
    ByteReader reader({data, size});
    unsigned offers = 0;
    while (reader.ok() && reader.remaining() > 0) {
        const std::size_t length = std::min<std::size_t>(reader.u8(), reader.remaining());
        worker.handle_message(reader.bytes(length), now);
        while (const auto output = worker.poll_output()) {
            if (const auto* offered = std::get_if<livekit_agent::JobOffered>(&*output)) {
                worker.answer(offered->offer.job_id, ++offers % 2 == 0 ? "" : "agent", now);
            }
            if (const auto* assigned = std::get_if<livekit_agent::JobAssigned>(&*output)) {
                STUDIO_CHECK(!assigned->offer.job_id.empty() && offers > 0,
                             "only what was offered is assigned");
            }
        }
        now += seconds(1);
        worker.handle_timeout(now);
        while (worker.poll_output()) {
        }
    }
    return 0;
}
