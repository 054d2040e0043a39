#include <map>
#include <stdexcept>

#include "base/metric.hpp"
#include "support/fakes/session_fixture.hpp"

namespace studio::services {
namespace {

using namespace std::chrono_literals;
using testing_support::FakeTextToSpeech;

enum class Fault : std::uint8_t { none, bug, exception };

void commit(Fault fault) {
    if (fault == Fault::bug) {
        STUDIO_BUG("a test's invariant");
    }
    if (fault == Fault::exception) {
        throw std::length_error("what a library throws, with a word that was said");
    }
}

class FaultyMind final : public LanguageModel {
public:
    explicit FaultyMind(LanguageModel& inner) : inner_(inner) {}
    [[nodiscard]] std::vector<OptionError> validate(const Json&) const override { return {}; }
    [[nodiscard]] std::unique_ptr<ModelAnswer> ask(ModelRequest request,
                                                   ModelListener& listener) override {
        commit(fault);
        return inner_.ask(std::move(request), listener);
    }

    Fault fault = Fault::none;

private:
    LanguageModel& inner_;
};

class FaultyVoice final : public TextToSpeech {
public:
    explicit FaultyVoice(TextToSpeech& inner) : inner_(inner) {}
    [[nodiscard]] std::vector<OptionError> validate(const SynthesisRequest&) const override {
        return {};
    }
    [[nodiscard]] std::unique_ptr<Synthesis> speak(SynthesisRequest request,
                                                   SynthesisListener& listener) override {
        commit(fault);
        return inner_.speak(std::move(request), listener);
    }

    Fault fault = Fault::none;

private:
    TextToSpeech& inner_;
};

/// Two calls on one loop, each with a mind and a voice of its own.
class BrokenCallTest : public SessionFixture {
protected:
    struct Side {
        std::unique_ptr<Caller> caller;
        std::unique_ptr<FaultyMind> mind;
        std::unique_ptr<FaultyVoice> voice;
        testing_support::FakeCallMedia* media = nullptr;
        std::unique_ptr<CallSession> session;
    };

    BrokenCallTest() { abort_on_bug(false); }
    ~BrokenCallTest() override { abort_on_bug(true); }

    void begin_call(Side& side, const char* id, Lines lines) {
        plan_.record.id = CallId(id);
        side.caller = std::make_unique<Caller>(speech_, std::move(lines));
        side.mind = std::make_unique<FaultyMind>(mind_);
        side.voice = std::make_unique<FaultyVoice>(tongue_);
        CallProviders providers{http_, {}};
        for (std::size_t index = 0; index < plan_.agents.size(); ++index) {
            providers.seats.push_back({stt_, *side.mind, *side.voice});
        }
        auto media = std::make_unique<testing_support::FakeCallMedia>(
            loop_, *side.caller, testing_support::FakeCallMedia::Options{});
        side.media = media.get();
        side.session = std::make_unique<CallSession>(loop_, plan_, std::move(providers),
                                                     std::move(media), *this, CallSessionOptions{});
        side.session->start();
    }

    void on_call_status(const core::CallRecord& record) override { records_[record.id] = record; }
    void on_call_closing(const core::CallRecord& record, std::function<void()> stored) override {
        ++closings_[record.id];
        records_[record.id] = record;
        stored();
    }
    void on_call_ended(const core::CallRecord& record) override {
        ++ends_[record.id];
        records_[record.id] = record;
    }
    [[nodiscard]] std::string state_of(const char* id) {
        const core::CallRecord& record = records_[CallId(id)];
        return std::string(core::name_of(record.status)) + '/' + record.status_reason;
    }
    void expect_broken(const char* id) {
        EXPECT_EQ(state_of(id), "failed/internal_error");
        EXPECT_EQ(closings_[CallId(id)], 1) << "its end is stored";
        EXPECT_EQ(ends_[CallId(id)], 1);
        EXPECT_EQ(
            records_[CallId(id)].errors,
            (std::vector<core::CallError>{{core::CallStage::call, "studio", "internal_error", 1}}));
    }
    static std::uint64_t bugs() {
        return metrics().counter("studio_bugs_total", "Broken invariants.").value();
    }

    FakeTextToSpeech tongue_{loop_, faults_};
    std::map<CallId, core::CallRecord> records_;
    std::map<CallId, int> closings_;
    std::map<CallId, int> ends_;
    Side one_;
    Side other_;
};

TEST_F(BrokenCallTest, ABugEndsItsCallAndNoOther) {
    const std::uint64_t before = bugs();
    begin_call(one_, "one", {"hello there", "and again"});
    begin_call(other_, "other", {"hello there", "and again"});
    loop_.run_for(1s);
    one_.mind->fault = Fault::bug;
    loop_.run_for(15s);
    expect_broken("one");
    EXPECT_EQ(bugs(), before + 1);
    EXPECT_TRUE(records_[CallId("one")].ended_at);
    EXPECT_EQ(state_of("other"), "active/");
    EXPECT_EQ(ends_[CallId("other")], 0);
    EXPECT_GE(transcript_.size(), 5U) << "the other one was answered";

    // It is gone for its host, and harmless until then.
    one_.session->hang_up(core::EndReason::shutdown);
    one_.session->phone().answered();
    loop_.run_for(1s);
    EXPECT_EQ(ends_[CallId("one")], 1);
    one_.session.reset();
    other_.session->hang_up(core::EndReason::shutdown);
    loop_.run_for(1s);
    EXPECT_EQ(state_of("other"), "completed/shutdown");
}

TEST_F(BrokenCallTest, AnExceptionOfALibraryIsABugAndItsTextIsNotLogged) {
    set_log_level(LogLevel::info);
    testing::internal::CaptureStderr();
    const std::uint64_t before = bugs();
    begin_call(one_, "one", {});
    one_.voice->fault = Fault::exception;
    loop_.run_for(2s);
    const std::string log = testing::internal::GetCapturedStderr();
    expect_broken("one");
    EXPECT_EQ(bugs(), before + 1);
    EXPECT_NE(log.find("std::length_error"), std::string::npos) << log;
    EXPECT_EQ(log.find("was said"), std::string::npos) << log;
}

TEST_F(BrokenCallTest, WhatIsHeardAfterwardsReachesNothing) {
    begin_call(one_, "one", {"hello there"});
    loop_.run_for(1s);
    one_.session->break_off();
    one_.media->write(R"({"type":"text","text":"tell me"})");
    one_.media->end(MediaCloseReason::remote);
    EXPECT_EQ(state_of("one"), "active/") << "whoever called may be on the stack";
    loop_.run_for(5s);
    expect_broken("one");
}

TEST_F(BrokenCallTest, ACallThatWasOverAlreadyKeepsItsEnd) {
    begin_call(one_, "one", {});
    loop_.run_for(1s);
    one_.session->hang_up(core::EndReason::ended_by_api);
    one_.session->break_off();
    loop_.run_for(1s);
    EXPECT_EQ(state_of("one"), "completed/ended_by_api");
    EXPECT_EQ(ends_[CallId("one")], 1);
}

TEST_F(BrokenCallTest, InTestsABugAborts) {
    begin_call(one_, "one", {});
    abort_on_bug(true);
    one_.voice->fault = Fault::bug;
    EXPECT_DEATH(loop_.run_for(2s), "a test's invariant");
    one_.voice->fault = Fault::exception;
    EXPECT_DEATH(loop_.run_for(2s), "no exception leaves its library");
}

}  // namespace
}  // namespace studio::services
