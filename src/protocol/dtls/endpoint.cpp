#include "protocol/dtls/endpoint.hpp"

#include <openssl/err.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <utility>

#include "protocol/dtls/internal/endpoint_state.hpp"

namespace studio::dtls {
namespace {

// Application records waiting for poll_event(): the driver drains after each datagram, which holds
// a hundred tiny records at most.
constexpr std::size_t events_max = 128;
// The smallest path of IPv4 that anybody meets, and what UDP can carry over Ethernet.
constexpr std::size_t mtu_min = 548;
constexpr std::size_t mtu_max = 1452;

/// OpenSSL's retransmission timer reads the real clock. We stop it and run our own:
/// - this callback makes each interval so long that OpenSSL never finds it over by itself, so that
///   no read repeats a flight behind our back;
/// - OpenSSL hands its timer to the BIO (BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT) as a pointer to its own
///   field, which before 3.2 lives as long as the SSL object. When *our* deadline has come we set
///   it to a moment long past and call DTLSv1_handle_timeout(), which then repeats the flight with
///   fresh record numbers. Context::make refuses later libraries.
unsigned int stopped_timer_interval(SSL*, unsigned int) {
    return 2'000'000'000;
}  // us

}  // namespace

Endpoint::State::State(std::shared_ptr<const Context::State> owner, const EndpointOptions& given)
    : context(std::move(owner)), options(given) {
    options.mtu_bytes = std::clamp(given.mtu_bytes, mtu_min, mtu_max);
    ssl.reset(SSL_new(context->context.get()));
    BioPointer bio = make_datagram_bio(pipe);
    if (!ssl || !bio) {
        ssl.reset();
        return;
    }
    SSL_set_app_data(ssl.get(), this);
    BIO* const shared = bio.release();
    SSL_set_bio(ssl.get(), shared, shared);
    SSL_set_mtu(ssl.get(), static_cast<long>(options.mtu_bytes));
    DTLS_set_timer_cb(ssl.get(), stopped_timer_interval);
    if (options.role == Role::client) {
        SSL_set_connect_state(ssl.get());
    } else {
        SSL_set_accept_state(ssl.get());
    }
}

void Endpoint::State::start(Instant now) {
    if (phase != Phase::idle) {
        return;
    }
    if (!ssl) {
        end(CloseReason::failed);
        return;
    }
    phase = Phase::handshaking;
    give_up_at = now + options.handshake_timeout;
    retransmit_interval = options.retransmit_initial;
    if (options.role == Role::client) {
        shake_hands(now);
    }
}

void Endpoint::State::handle_datagram(ByteView datagram, Instant now) {
    if (phase != Phase::handshaking && phase != Phase::connected) {
        return;
    }
    pipe.inbound = datagram;
    if (phase == Phase::handshaking) {
        shake_hands(now);
    }
    // Also right after the handshake: data may share the datagram with its end.
    if (phase == Phase::connected) {
        read_application_data();
    }
    pipe.inbound = {};
}

void Endpoint::State::shake_hands(Instant now) {
    const std::size_t sent_before = pipe.outbound.size();
    ERR_clear_error();
    const int status = SSL_do_handshake(ssl.get());
    const int error = SSL_get_error(ssl.get(), status);
    if (status == 1) {
        on_connected();
        return;
    }
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
        end(wrong_fingerprint ? CloseReason::wrong_fingerprint : CloseReason::failed);
        return;
    }
    // A new flight of ours means progress: its timer starts afresh (RFC 6347, section 4.2.4.1).
    if (pipe.outbound.size() > sent_before) {
        retransmit_interval = options.retransmit_initial;
        retransmit_at = now + retransmit_interval;
    }
}

void Endpoint::State::on_connected() {
    retransmit_at.reset();
    const SRTP_PROTECTION_PROFILE* profile = SSL_get_selected_srtp_profile(ssl.get());
    if (profile == nullptr) {
        close();
        return;
    }
    Connected connected;
    connected.keying.role = options.role;
    connected.keying.profile = profile->id == SRTP_AEAD_AES_128_GCM
                                   ? srtp::Profile::aead_aes_128_gcm
                                   : srtp::Profile::aes128_cm_sha1_80;
    std::array<std::uint8_t, srtp::keying_bytes_max> material{};
    constexpr std::string_view label = "EXTRACTOR-dtls_srtp";  // RFC 5764, section 4.2.
    if (SSL_export_keying_material(ssl.get(), material.data(),
                                   srtp::keying_bytes(connected.keying.profile), label.data(),
                                   label.size(), nullptr, 0, 0) != 1) {
        end(CloseReason::failed);
        return;
    }
    connected.keying.material = Secret<decltype(material)>(material);
    material.fill(0);
    phase = Phase::connected;
    events.emplace_back(std::move(connected));
    release_buffers();
}

void Endpoint::State::read_application_data() {
    std::array<std::uint8_t, 2048> record{};
    if (!acquire_buffers()) {
        end(CloseReason::failed);
        return;
    }
    while (true) {
        ERR_clear_error();
        const int size = SSL_read(ssl.get(), record.data(), static_cast<int>(record.size()));
        if (size > 0) {
            if (events.size() < events_max) {
                events.emplace_back(Received{Bytes(record.begin(), record.begin() + size)});
            }
            continue;
        }
        const int error = SSL_get_error(ssl.get(), size);
        if (error == SSL_ERROR_ZERO_RETURN) {
            SSL_shutdown(ssl.get());
            end(CloseReason::remote);
        } else if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
            end(CloseReason::failed);
        } else {
            release_buffers();
        }
        return;
    }
}

void Endpoint::State::handle_timeout(Instant now) {
    if (phase != Phase::handshaking) {
        return;
    }
    if (now >= give_up_at) {
        end(CloseReason::timeout);
    } else if (retransmit_at && now >= *retransmit_at) {
        retransmit(now);
    }
}

void Endpoint::State::retransmit(Instant now) {
    if (pipe.timer != nullptr) {
        // Zero would mean that no timer runs.
        *pipe.timer = {1, 0};
    }
    ERR_clear_error();
    if (DTLSv1_handle_timeout(ssl.get()) < 0) {
        end(CloseReason::timeout);
        return;
    }
    retransmit_interval = std::min<nanoseconds>(retransmit_interval * 2, options.retransmit_max);
    retransmit_at = now + retransmit_interval;
}

bool Endpoint::State::send(ByteView data) {
    if (phase != Phase::connected || data.empty() ||
        data.size() + application_overhead_bytes > options.mtu_bytes || !acquire_buffers()) {
        return false;
    }
    ERR_clear_error();
    const int written = SSL_write(ssl.get(), data.data(), static_cast<int>(data.size()));
    release_buffers();
    return written > 0;
}

void Endpoint::State::close() {
    if (phase == Phase::closed) {
        return;
    }
    if (ssl && phase != Phase::idle && acquire_buffers()) {
        ERR_clear_error();
        SSL_shutdown(ssl.get());
    }
    end(phase == Phase::handshaking && SSL_is_init_finished(ssl.get()) != 0 ? CloseReason::failed
                                                                            : CloseReason::local);
}

// Needed before each call while connected, also for reading, which may answer with an alert: the
// write path of DTLS does not check that its buffer exists.
bool Endpoint::State::acquire_buffers() {
    return SSL_alloc_buffers(ssl.get()) == 1;
}

void Endpoint::State::release_buffers() {
    SSL_free_buffers(ssl.get());
}

void Endpoint::State::end(CloseReason reason) {
    if (phase == Phase::closed) {
        return;
    }
    phase = Phase::closed;
    retransmit_at.reset();
    pipe.timer = nullptr;
    ssl.reset();
    events.emplace_back(Closed{reason});
}

Endpoint::Endpoint(const Context& context, const EndpointOptions& options)
    : state_(std::make_unique<State>(context.state_, options)) {}
Endpoint::Endpoint(Endpoint&&) noexcept = default;
Endpoint& Endpoint::operator=(Endpoint&&) noexcept = default;
Endpoint::~Endpoint() = default;

void Endpoint::start(Instant now) {
    state_->start(now);
}
void Endpoint::handle_datagram(ByteView datagram, Instant now) {
    state_->handle_datagram(datagram, now);
}
void Endpoint::handle_timeout(Instant now) {
    state_->handle_timeout(now);
}
bool Endpoint::send(ByteView data) {
    return state_->send(data);
}
void Endpoint::close() {
    state_->close();
}

std::optional<Bytes> Endpoint::poll_datagram() {
    auto& outbound = state_->pipe.outbound;
    if (state_->outbound_polled == outbound.size()) {
        outbound.clear();
        state_->outbound_polled = 0;
        return std::nullopt;
    }
    return std::move(outbound[state_->outbound_polled++]);
}

std::optional<Event> Endpoint::poll_event() {
    if (state_->events.empty()) {
        return std::nullopt;
    }
    Event event = std::move(state_->events.front());
    state_->events.pop_front();
    return event;
}

Deadline Endpoint::next_deadline() const {
    if (state_->phase != State::Phase::handshaking) {
        return std::nullopt;
    }
    return earlier(state_->give_up_at, state_->retransmit_at);
}

bool Endpoint::connected() const {
    return state_->phase == State::Phase::connected;
}

}  // namespace studio::dtls
