#include <cstddef>
#include <cstdint>

#include "base/check.hpp"
#include "protocol/stun/message.hpp"

/// Any bytes: parsing never reads out of bounds, and nobody forges our password by chance.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto message = studio::stun::parse_message({data, size});
    if (message) {
        STUDIO_CHECK(message->unknown_count <= studio::stun::unknown_attributes_max,
                     "the list of unknown attributes is bounded");
        static_cast<void>(studio::stun::is_authentic(*message, "fuzz-password-of-24-bytes"));
    }
    return 0;
}
