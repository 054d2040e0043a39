#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

#include "base/log.hpp"
#include "base/metric.hpp"

namespace studio {
namespace {

#ifdef NDEBUG
bool aborts_on_bug = false;
#else
bool aborts_on_bug = true;
#endif

}  // namespace

void check_failed(const char* condition, const char* invariant, const char* file, int line) {
    std::fprintf(stderr, "%s:%d: invariant broken: %s (%s)\n", file, line, invariant, condition);
    std::fflush(stderr);
    std::abort();
}

void report_bug(const char* invariant, const char* file, int line) {
    static Counter& bugs = metrics().counter("studio_bugs_total", "Broken invariants.");
    bugs.add();
    STUDIO_LOG(error, "bug", {"invariant", invariant}, {"file", file}, {"line", line});
    if (aborts_on_bug) {
        check_failed("STUDIO_BUG", invariant, file, line);
    }
}

void abort_on_bug(bool abort) {
    aborts_on_bug = abort;
}

}  // namespace studio
