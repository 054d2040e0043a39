#pragma once

#include <utility>

#include "protocol/dtls/certificate.hpp"
#include "protocol/dtls/endpoint.hpp"

namespace studio::webrtc {

/// The certificate and the DTLS context made from it.
class Identity {
public:
    Identity(dtls::Certificate certificate, dtls::Context context)
        : certificate_(std::move(certificate)), context_(std::move(context)) {}

    [[nodiscard]] const dtls::Fingerprint& fingerprint() const {
        return certificate_.fingerprint();
    }
    [[nodiscard]] const dtls::Context& context() const { return context_; }

private:
    dtls::Certificate certificate_;
    dtls::Context context_;
};

}  // namespace studio::webrtc
