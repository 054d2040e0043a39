#include <cstdint>

#include "adapters/livekit_api/livekit_webhook_reader.hpp"
#include "base/bytes.hpp"
#include "base/check.hpp"

/// The input is a body, once unsigned and once signed as the server does.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace studio;
    const std::string_view body = text_of({data, size});
    const jwt::LivekitKey key{"APIkey", Secret<std::string>("secret")};
    const WallTime now(seconds(1'800'000'000));
    const adapters::LivekitWebhookReader reader(key);
    STUDIO_CHECK(!reader.read(body, body, now), "a signature is needed");
    jwt::LivekitClaims claims;
    claims.sha256 = jwt::sha256_base64(body);
    const auto token = jwt::make_livekit_token(key, claims, now, seconds(300));
    const auto event = reader.read(token.reveal(), body, now);
    STUDIO_CHECK(event || event.error() == RoomEventError::malformed, "what is signed is read");
    STUDIO_CHECK(!event || event->id.size() <= 128, "an id is bounded");
    return 0;
}
