#define STUDIO_LANES 8
#define STUDIO_VECTORS 2
#define STUDIO_ROWS 4
#include "audio/silero/internal/kernel_body.hpp"

namespace studio::audio::silero {

const Kernels kernels_avx2 = make_kernels("avx2");

}  // namespace studio::audio::silero
