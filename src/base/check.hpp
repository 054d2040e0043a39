#pragma once

#include <exception>

/// STUDIO_CHECK(condition, "invariant"): always on, aborts. For memory, ownership, queue and
/// lifetime invariants, where going on would corrupt other calls.
#define STUDIO_CHECK(condition, invariant)                                     \
    do {                                                                       \
        if (!(condition)) [[unlikely]] {                                       \
            ::studio::check_failed(#condition, invariant, __FILE__, __LINE__); \
        }                                                                      \
    } while (false)

/// STUDIO_BUG("invariant"): a broken invariant that concerns one call or one request only. Counts,
/// logs and throws Bug, by which that one ends; the others go on. Aborts instead in debug builds
/// and where `abort_on_bug(true)` was set (tests, simulation).
#define STUDIO_BUG(invariant) ::studio::report_bug(invariant, __FILE__, __LINE__)

namespace studio {

/// Prints one line to standard error and aborts. Use STUDIO_CHECK.
[[noreturn]] void check_failed(const char* condition, const char* invariant, const char* file,
                               int line);

/// What STUDIO_BUG throws. Caught at three places alone: where a call is entered from outside
/// (services/conversation), where a host takes a call on, and where a request of the API is
/// answered. Anywhere else it ends the process.
class Bug final : public std::exception {
public:
    /// `invariant` is a literal.
    explicit Bug(const char* invariant) : invariant_(invariant) {}
    [[nodiscard]] const char* what() const noexcept override { return invariant_; }

private:
    const char* invariant_;
};

/// Logs, counts (metric `studio_bugs_total`), and throws Bug or aborts. Use STUDIO_BUG.
[[noreturn]] void report_bug(const char* invariant, const char* file, int line);

/// For the places that end a call or a request by an exception; inside their `catch (...)`. One
/// that is no Bug comes from a library: it is logged by its type alone, for its text may hold what
/// was said, counted, and aborts where STUDIO_BUG does. `where` is one lower_snake_case word.
void note_exception(const char* where);

/// Chooses whether STUDIO_BUG aborts. Call at start-up, before other threads exist.
void abort_on_bug(bool abort);

}  // namespace studio
