#include "services/conversation/seat/internal/answering.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/log.hpp"
#include "runtime/virtual_loop.hpp"
#include "services/conversation/session/internal/link_stand_in.hpp"

namespace studio::services {
namespace {

using namespace std::chrono_literals;

/// Says nothing by itself; keeps whom the last answer is for.
class SilentModel final : public LanguageModel {
public:
    [[nodiscard]] std::vector<OptionError> validate(const Json&) const override { return {}; }
    [[nodiscard]] std::unique_ptr<ModelAnswer> ask(ModelRequest request,
                                                   ModelListener& to) override {
        requests.push_back(std::move(request));
        listener = &to;
        return std::make_unique<ModelAnswer>();
    }

    std::vector<ModelRequest> requests;
    ModelListener* listener = nullptr;
};

/// Answering alone, with a session of which only time and queue are real.
class AnsweringTest : public testing::Test, public LinkStandIn {
protected:
    void SetUp() override { set_log_level(LogLevel::off); }
    void TearDown() override { set_log_level(LogLevel::info); }

    [[nodiscard]] Instant now() const override { return loop_.now(); }
    void settle() override {
        while (!queue_.empty()) {
            const MachineInput input = queue_.pop();
            const auto& dialog = std::get<core::DialogInput>(input);
            if (const auto* slow = std::get_if<core::ModelSlow>(&dialog)) {
                note(slow->filler);
            } else if (std::holds_alternative<core::ModelBroke>(dialog)) {
                note("broke");
            } else if (const auto* piece = std::get_if<core::ModelPiece>(&dialog)) {
                note("'" + piece->text + "'");
            } else if (std::holds_alternative<core::ModelToolAsked>(dialog)) {
                note("tool");
            } else if (std::holds_alternative<core::ModelDone>(dialog)) {
                note("done");
            }
        }
        const Deadline due = answering_.next_deadline();
        timer_ = !due ? nullptr : loop_.start_timer(*due, [this] {
            answering_.tick(loop_.now());
            settle();
        });
    }
    void note(const std::string& what) {
        told_ += std::to_string(to_milliseconds(loop_.now() - begun_at_)) + ' ' + what + "; ";
    }

    void ask(std::string filler = "filler") {
        ModelRequest request;
        request.timeout = 25s;
        answering_.ask(++request_, std::move(request), {10s, std::move(filler)});
        settle();
    }
    void tell(const ModelEvent& event) { model_.listener->on_model(event); }

    runtime::VirtualLoop loop_;
    CallSessionOptions options_;
    SilentModel model_;
    Answering answering_{*this, model_, "brain", options_};
    std::unique_ptr<runtime::Timer> timer_;
    std::uint32_t request_ = 0;
    Instant begun_at_ = loop_.now();
    /// What came of it, each with its milliseconds.
    std::string told_;
};

TEST_F(AnsweringTest, ASilentModelIsBridgedAskedAgainAndGivenUp) {
    ask();
    loop_.run_for(30s);
    EXPECT_EQ(told_, "4000 filler; 20100 broke; ");
    EXPECT_EQ(model_.requests.size(), 2U);
}

TEST_F(AnsweringTest, NoTextIsNoFirstToken) {
    ask();
    for (int second = 0; second < 12; ++second) {
        tell(ModelText{""});
        loop_.run_for(1s);
    }
    EXPECT_NE(told_.find("4000 filler; "), std::string::npos);
    EXPECT_EQ(model_.requests.size(), 2U);
}

TEST_F(AnsweringTest, AnAnswerThatBeganHasTimeToEnd) {
    ask();
    loop_.run_for(3s);
    tell(ModelText{"It"});
    loop_.run_for(20s);
    tell(ModelToolCall{"1", "book", "{}"});
    tell(ModelFinished{});
    loop_.run_for(30s);
    EXPECT_EQ(told_, "3000 'It'; 23000 tool; 23000 done; ");
    EXPECT_EQ(model_.requests.size(), 1U);
    EXPECT_FALSE(answering_.next_deadline()) << "no filler for an answer that is over";
}

TEST_F(AnsweringTest, AnAnswerThatNeverEndsIsGivenUpAndNotAskedForAgain) {
    ask();
    tell(ModelText{"It"});
    loop_.run_for(60s);
    EXPECT_EQ(told_, "0 'It'; 26000 broke; ");
    EXPECT_EQ(model_.requests.size(), 1U);
}

TEST_F(AnsweringTest, AnEmptyFillerAndACancelledAnswerAreSilent) {
    ask("");
    loop_.run_for(9s);
    EXPECT_EQ(told_, "");
    ask();
    loop_.run_for(3s);
    answering_.cancel();
    settle();
    loop_.run_for(30s);
    EXPECT_EQ(told_, "");
}

TEST_F(AnsweringTest, TheFillerIsDueAlsoWhileItIsAskedAgain) {
    ask();
    loop_.run_for(3'950ms);
    tell(ModelFailed{{ProviderErrorCode::unavailable, "mock", {}}});
    loop_.run_for(1s);
    EXPECT_EQ(told_, "4000 filler; ");
    tell(ModelText{"It"});
    EXPECT_EQ(told_, "4000 filler; 4950 'It'; ");
}

TEST_F(AnsweringTest, EachAttemptIsCountedAndItsTokensAsTheyAreTold) {
    ask();
    loop_.run_for(12s);
    tell(ModelText{"It"});
    tell(ModelFinished{700, 30});
    ASSERT_EQ(record_.usage.size(), 1U);
    EXPECT_EQ(record_.usage[0].stage, core::UsageStage::llm);
    EXPECT_EQ(record_.usage[0].provider, "brain");
    const core::UsageAmounts amounts{.requests = 2, .input_tokens = 700, .output_tokens = 30};
    EXPECT_EQ(record_.usage[0].amounts, amounts);
}

}  // namespace
}  // namespace studio::services
