#define STUDIO_LANES 4
#define STUDIO_VECTORS 2
#define STUDIO_ROWS 4
#include "audio/silero/internal/kernel_body.hpp"

namespace studio::audio::silero {

const Kernels kernels_plain = make_kernels("plain");

}  // namespace studio::audio::silero
