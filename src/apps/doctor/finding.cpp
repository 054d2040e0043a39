#include "apps/doctor/finding.hpp"

#include <algorithm>
#include <iomanip>
#include <ostream>

namespace studio::apps {
namespace {

const char* word_of(Finding::Grade grade) {
    switch (grade) {
        case Finding::Grade::good:
            return "ok";
        case Finding::Grade::note:
            return "note";
        case Finding::Grade::warning:
            return "warning";
        case Finding::Grade::failed:
            break;
    }
    return "FAILED";
}

}  // namespace

bool has_failed(const Findings& findings) {
    return std::ranges::any_of(
        findings, [](const Finding& finding) { return finding.grade == Finding::Grade::failed; });
}

void print(const Findings& findings, std::ostream& out) {
    constexpr int grade_width = 9;
    constexpr int topic_width = 11;
    for (const Finding& finding : findings) {
        out << "  " << std::left << std::setw(grade_width) << word_of(finding.grade)
            << std::setw(topic_width) << finding.topic << finding.found << '\n';
        if (!finding.advice.empty()) {
            out << std::string(2 + grade_width + topic_width, ' ') << "-> " << finding.advice
                << '\n';
        }
    }
}

JsonArray to_json(const Findings& findings) {
    JsonArray list;
    for (const Finding& finding : findings) {
        list.push_back(JsonObject{{"topic", finding.topic},
                                  {"grade", word_of(finding.grade)},
                                  {"found", finding.found},
                                  {"advice", finding.advice}});
    }
    return list;
}

}  // namespace studio::apps
