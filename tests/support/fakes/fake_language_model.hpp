#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "ports/language_model.hpp"
#include "runtime/loop.hpp"
#include "support/fakes/fault_plan.hpp"

namespace studio::testing_support {

/// Answers from a function, word by word.
class FakeLanguageModel final : public LanguageModel {
public:
    struct Reply {
        std::string text;
        std::vector<ModelToolCall> tool_calls;
    };
    using Answerer = std::function<Reply(const ModelRequest&)>;

    /// Borrows the loop, which outlives it.
    FakeLanguageModel(runtime::Loop& loop, FaultPlan plan, Answerer answerer);

    [[nodiscard]] std::vector<OptionError> validate(const Json& options) const override;
    [[nodiscard]] std::unique_ptr<ModelAnswer> ask(ModelRequest request,
                                                   ModelListener& listener) override;

    /// Every request so far.
    [[nodiscard]] const std::vector<ModelRequest>& requests() const { return requests_; }

private:
    runtime::Loop& loop_;
    FaultPlan plan_;
    Answerer answerer_;
    std::vector<ModelRequest> requests_;
};

}  // namespace studio::testing_support
