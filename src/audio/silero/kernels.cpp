#include "audio/silero/internal/kernels.hpp"

namespace studio::audio::silero {
namespace {

struct Usable {
    const Kernels* list[4] = {};
    Usable() {
        const Kernels** next = list;
#ifdef STUDIO_X86_KERNELS
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma")) {
            *next++ = &kernels_avx512;
        }
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
            *next++ = &kernels_avx2;
        }
#endif
        *next = &kernels_plain;
    }
};

}  // namespace

const Kernels* const* usable_kernels() {
    static const Usable usable;
    return usable.list;
}

}  // namespace studio::audio::silero
