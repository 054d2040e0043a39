#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "base/json.hpp"

namespace studio::apps {

/// What was found of one thing, and what to do about it.
struct Finding {
    enum class Grade : std::uint8_t {
        good,
        /// Right or wrong, depending on what is wanted; or it could not be looked at.
        note,
        /// Works now, and will not for long or under load.
        warning,
        /// Calls do not work.
        failed,
    };
    Grade grade = Grade::good;
    /// `database`, `redis` …
    std::string topic;
    /// One sentence, without secrets.
    std::string found;
    /// What to do; empty where there is nothing.
    std::string advice;
};

using Findings = std::vector<Finding>;

[[nodiscard]] bool has_failed(const Findings& findings);

/// A line each, and one with the advice below.
void print(const Findings& findings, std::ostream& out);

/// `{"topic", "grade", "found", "advice"}` each.
[[nodiscard]] JsonArray to_json(const Findings& findings);

}  // namespace studio::apps
