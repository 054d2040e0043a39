#pragma once

/// STUDIO_CHECK(condition, "invariant"): always on, aborts. For memory, ownership, queue and
/// lifetime invariants, where going on would corrupt other calls.
#define STUDIO_CHECK(condition, invariant)                                     \
    do {                                                                       \
        if (!(condition)) [[unlikely]] {                                       \
            ::studio::check_failed(#condition, invariant, __FILE__, __LINE__); \
        }                                                                      \
    } while (false)

/// STUDIO_BUG("invariant"): a broken invariant that concerns one call only. Counts and logs; the
/// caller then ends that call. Aborts where `abort_on_bug(true)` was set (tests, simulation).
#define STUDIO_BUG(invariant) ::studio::report_bug(invariant, __FILE__, __LINE__)

namespace studio {

/// Prints one line to standard error and aborts. Use STUDIO_CHECK.
[[noreturn]] void check_failed(const char* condition, const char* invariant, const char* file,
                               int line);

/// Logs, counts (metric `studio_bugs_total`) and, where asked for, aborts. Use STUDIO_BUG.
void report_bug(const char* invariant, const char* file, int line);

/// Chooses whether STUDIO_BUG aborts. Call at start-up, before other threads exist.
void abort_on_bug(bool abort);

}  // namespace studio
