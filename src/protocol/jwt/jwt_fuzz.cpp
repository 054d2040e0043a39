#include <cstdint>

#include "base/base64.hpp"
#include "base/bytes.hpp"
#include "base/check.hpp"
#include "protocol/jwt/livekit_token.hpp"

/// The input is a token as it comes, and the claims of one that is signed rightly, so that what is
/// behind the signature is reached as well.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = studio::text_of({data, size});
    const studio::jwt::LivekitKey key{"APIkey", studio::Secret<std::string>("secret")};
    const studio::WallTime now(studio::seconds(1'800'000'000));
    // Nobody who only fuzzes finds a signature.
    STUDIO_CHECK(!studio::jwt::parse_livekit_token(text, key, now), "a signature is needed");
    static_cast<void>(studio::jwt::peek_issuer(text));
    for (const auto kind : {studio::Base64Kind::standard, studio::Base64Kind::url,
                            studio::Base64Kind::url_unpadded}) {
        if (const auto bytes = studio::decode_base64(text, kind)) {
            STUDIO_CHECK(studio::encode_base64(studio::bytes_of(*bytes), kind) == text,
                         "a text has one spelling");
        }
    }
    const auto json = studio::parse_json(text);
    if (json && json->is_object()) {
        const auto token = studio::jwt::sign_jwt(json->get_object(), key.api_secret);
        static_cast<void>(studio::jwt::parse_livekit_token(token.reveal(), key, now));
    }
    return 0;
}
