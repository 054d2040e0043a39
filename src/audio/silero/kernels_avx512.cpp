#define STUDIO_LANES 16
#define STUDIO_VECTORS 4
#define STUDIO_ROWS 6
#include "audio/silero/internal/kernel_body.hpp"

namespace studio::audio::silero {

const Kernels kernels_avx512 = make_kernels("avx512");

}  // namespace studio::audio::silero
