#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/json.hpp"
#include "ports/call_media.hpp"

namespace studio::chaos {

/// What one caller hears and says. A line is the same short speech for everybody, so that it is
/// speech to the agent's voice detector, with a tone above it whose frequency tells the line; the
/// agent answers in plain tones. It reports, with moments in nanoseconds of the monotonic clock:
///
///   connected | sound {at} … tone {at, hz} … quiet {at} | said {from, at} | closed {reason}
class ChaosCaller final : public CallMediaListener {
public:
    using Report = std::function<void(JsonObject)>;

    /// `speech` is 16 kHz mono and outlives the caller.
    ChaosCaller(const std::vector<std::int16_t>& speech, Report report);

    void on_media_event(const MediaEvent& event) override;
    bool on_media_frame(const InboundFrame& inbound, audio::Frame& outbound, Instant now) override;

    /// Says a line, marked by a tone of so many hertz; replaces what is being said.
    void say(double hz);
    [[nodiscard]] bool is_closed() const { return closed_; }

private:
    void hear(const InboundFrame& inbound, Instant now);

    const std::vector<std::int16_t>& speech_;
    Report report_;
    double hz_ = 0.0;
    double phase_ = 0.0;
    /// Where in the speech it is; nothing while it is silent.
    std::optional<std::size_t> position_;
    Instant said_from_{};
    bool sounds_ = false;
    Instant loud_at_{};
    /// Of the window of 100 ms that is being heard.
    unsigned window_frames_ = 0;
    unsigned window_crossings_ = 0;
    bool was_negative_ = false;
    bool closed_ = false;
};

}  // namespace studio::chaos
