#include "base/check.hpp"

#include <cxxabi.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <typeinfo>

#include "base/log.hpp"
#include "base/metric.hpp"

namespace studio {
namespace {

#ifdef NDEBUG
bool aborts_on_bug = false;
#else
bool aborts_on_bug = true;
#endif

void count_bug() {
    static Counter& bugs = metrics().counter("studio_bugs_total", "Broken invariants.");
    bugs.add();
}

/// Of the exception that is being handled.
std::string exception_type() {
    const std::type_info* type = abi::__cxa_current_exception_type();
    if (type == nullptr) {
        return "unknown";
    }
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> name(
        abi::__cxa_demangle(type->name(), nullptr, nullptr, &status), &std::free);
    return name == nullptr ? type->name() : name.get();
}

}  // namespace

void check_failed(const char* condition, const char* invariant, const char* file, int line) {
    std::fprintf(stderr, "%s:%d: invariant broken: %s (%s)\n", file, line, invariant, condition);
    std::fflush(stderr);
    std::abort();
}

void report_bug(const char* invariant, const char* file, int line) {
    count_bug();
    STUDIO_LOG(error, "bug", {"invariant", invariant}, {"file", file}, {"line", line});
    if (aborts_on_bug) {
        check_failed("STUDIO_BUG", invariant, file, line);
    }
    throw Bug(invariant);
}

void note_exception(const char* where) {
    const std::string type = exception_type();
    if (type != "studio::Bug") {
        count_bug();
        if (aborts_on_bug) {
            check_failed(type.c_str(), "no exception leaves its library", where, 0);
        }
    }
    STUDIO_LOG(error, "ended_by_exception", {"where", where}, {"type", type});
}

void abort_on_bug(bool abort) {
    aborts_on_bug = abort;
}

}  // namespace studio
