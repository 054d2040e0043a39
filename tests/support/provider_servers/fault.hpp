#pragma once

#include <cstdint>

namespace studio::test {

/// What goes wrong on purpose. Each server says what it makes of it; `none` is the protocol as it
/// is.
enum class Fault : std::uint8_t {
    none,
    /// The connection is accepted and nothing is ever answered.
    silent,
    /// A few pieces come, then nothing more.
    stalls,
    /// A few pieces come, then the connection is dropped without a goodbye.
    cut,
    status_400,
    status_401,
    status_402,
    status_429,
    status_500,
    status_503,
    /// A web page instead of the protocol.
    rubbish_body,
    /// The right frame with broken JSON (or text instead of audio) inside.
    rubbish_json,
    /// One line or message beyond every limit.
    huge,
    /// The server says in its protocol that it failed.
    error_message,
    /// A WebSocket close with that code after the first audio.
    closes_1008,
    closes_1011,
    /// Finalize gets no answer.
    never_final,
    /// The connection is there and not one result comes.
    deaf,
};

}  // namespace studio::test
