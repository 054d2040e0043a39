#include "protocol/srtp/srtp_session.hpp"

#include <srtp2/srtp.h>

#include <algorithm>
#include <array>
#include <climits>
#include <utility>

namespace studio::srtp {
namespace {

// 40 ms of reordering are 2 packets; 128 (the least that RFC 3711 allows is 64) cover
// retransmission.
constexpr unsigned long replay_window_packets = 128;
constexpr std::size_t rtp_header_bytes = 12;
constexpr std::size_t rtcp_header_bytes = 8;

/// The library's global state: made at the first session, kept for the life of the process.
bool library_ready() {
    static const bool ready = srtp_init() == srtp_err_status_ok;
    return ready;
}

SrtpError error_of(srtp_err_status_t status) {
    switch (status) {
        case srtp_err_status_auth_fail:
            return SrtpError::not_authentic;
        case srtp_err_status_replay_fail:
        case srtp_err_status_replay_old:
            return SrtpError::replayed;
        case srtp_err_status_bad_param:
        case srtp_err_status_parse_err:
            return SrtpError::malformed;
        default:
            return SrtpError::failed;
    }
}

using MasterKey = std::array<std::uint8_t, key_bytes + 14>;

/// The key and salt of one direction, in the order that the library wants.
MasterKey master_key(const Keying& keying, Role writer) {
    const std::size_t salt = salt_bytes(keying.profile);
    const std::size_t index = writer == Role::client ? 0 : 1;
    const std::uint8_t* material = keying.material.reveal().data();
    MasterKey key{};
    std::copy_n(material + index * key_bytes, key_bytes, key.begin());
    std::copy_n(material + 2 * key_bytes + index * salt, salt, key.begin() + key_bytes);
    return key;
}

srtp_t make_context(const Keying& keying, Role writer, srtp_ssrc_type_t direction) {
    MasterKey key = master_key(keying, writer);
    srtp_policy_t policy{};
    if (keying.profile == Profile::aead_aes_128_gcm) {
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
    } else {
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
    }
    policy.ssrc.type = direction;
    policy.key = key.data();
    policy.window_size = replay_window_packets;
    srtp_t context = nullptr;
    const bool made = srtp_create(&context, &policy) == srtp_err_status_ok;
    key.fill(0);
    return made ? context : nullptr;
}

std::uint32_t ssrc_at(std::span<const std::uint8_t> packet, std::size_t offset) {
    std::uint32_t ssrc = 0;
    for (std::size_t index = 0; index < 4; ++index) {
        ssrc = (ssrc << 8U) | packet[offset + index];
    }
    return ssrc;
}

}  // namespace

struct SrtpSession::State {
    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        for (srtp_t context : {outbound, inbound}) {
            if (context != nullptr) {
                srtp_dealloc(context);
            }
        }
    }

    /// Whether a packet of this source may be opened.
    [[nodiscard]] bool admits(std::uint32_t ssrc) const {
        return sources_count < sources_max || knows(ssrc);
    }
    [[nodiscard]] bool knows(std::uint32_t ssrc) const {
        const auto end = sources.begin() + static_cast<std::ptrdiff_t>(sources_count);
        return std::find(sources.begin(), end, ssrc) != end;
    }
    /// Only after authentication, so that strangers cannot fill the list.
    void note(std::uint32_t ssrc) {
        if (!knows(ssrc) && sources_count < sources_max) {
            sources[sources_count++] = ssrc;
        }
    }

    srtp_t outbound = nullptr;
    srtp_t inbound = nullptr;
    std::array<std::uint32_t, sources_max> sources{};
    std::size_t sources_count = 0;
};

namespace {

using Transform = srtp_err_status_t (*)(srtp_t, void*, int*);

Result<std::size_t, SrtpError> apply(Transform transform, srtp_t context, std::uint8_t* data,
                                     std::size_t size) {
    int length = static_cast<int>(size);
    const srtp_err_status_t status = transform(context, data, &length);
    if (status != srtp_err_status_ok || length < 0) {
        return fail(error_of(status));
    }
    return static_cast<std::size_t>(length);
}

Result<std::size_t, SrtpError> protect(Transform transform, srtp_t context,
                                       std::span<std::uint8_t> buffer, std::size_t size) {
    // Past the 16-bit range no datagram holds it; the bound also keeps the library's int safe.
    if (size > UINT16_MAX || buffer.size() < size + overhead_bytes_max) {
        return fail(SrtpError::no_room);
    }
    return apply(transform, context, buffer.data(), size);
}

}  // namespace

Result<SrtpSession, SrtpError> SrtpSession::make(const Keying& keying) {
    if (!library_ready()) {
        return fail(SrtpError::failed);
    }
    auto state = std::make_unique<State>();
    const Role peer = keying.role == Role::client ? Role::server : Role::client;
    state->outbound = make_context(keying, keying.role, ssrc_any_outbound);
    state->inbound = make_context(keying, peer, ssrc_any_inbound);
    if (state->outbound == nullptr || state->inbound == nullptr) {
        return fail(SrtpError::failed);
    }
    return SrtpSession(std::move(state));
}

SrtpSession::SrtpSession(std::unique_ptr<State> state) : state_(std::move(state)) {}
SrtpSession::SrtpSession(SrtpSession&&) noexcept = default;
SrtpSession& SrtpSession::operator=(SrtpSession&&) noexcept = default;
SrtpSession::~SrtpSession() = default;

Result<std::size_t, SrtpError> SrtpSession::protect_rtp(std::span<std::uint8_t> buffer,
                                                        std::size_t size) {
    if (size < rtp_header_bytes) {
        return fail(SrtpError::malformed);
    }
    return protect(srtp_protect, state_->outbound, buffer, size);
}

Result<std::size_t, SrtpError> SrtpSession::protect_rtcp(std::span<std::uint8_t> buffer,
                                                         std::size_t size) {
    if (size < rtcp_header_bytes) {
        return fail(SrtpError::malformed);
    }
    return protect(srtp_protect_rtcp, state_->outbound, buffer, size);
}

Result<std::size_t, SrtpError> SrtpSession::unprotect_rtp(std::span<std::uint8_t> packet) {
    if (packet.size() < rtp_header_bytes || packet.size() > UINT16_MAX) {
        return fail(SrtpError::malformed);
    }
    const std::uint32_t ssrc = ssrc_at(packet, 8);
    if (!state_->admits(ssrc)) {
        return fail(SrtpError::too_many_sources);
    }
    auto size = apply(srtp_unprotect, state_->inbound, packet.data(), packet.size());
    if (size) {
        state_->note(ssrc);
    }
    return size;
}

Result<std::size_t, SrtpError> SrtpSession::unprotect_rtcp(std::span<std::uint8_t> packet) {
    if (packet.size() < rtcp_header_bytes || packet.size() > UINT16_MAX) {
        return fail(SrtpError::malformed);
    }
    const std::uint32_t ssrc = ssrc_at(packet, 4);
    if (!state_->admits(ssrc)) {
        return fail(SrtpError::too_many_sources);
    }
    auto size = apply(srtp_unprotect_rtcp, state_->inbound, packet.data(), packet.size());
    if (size) {
        state_->note(ssrc);
    }
    return size;
}

}  // namespace studio::srtp
