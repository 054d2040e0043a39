#include "protocol/livekit/call_people.hpp"

#include <gtest/gtest.h>

namespace studio::livekit {
namespace {

Participant person(const std::string& identity, const std::string& track = "",
                   ParticipantKind kind = ParticipantKind::standard) {
    Participant made;
    made.sid = "PA_" + identity;
    made.identity = identity;
    made.kind = kind;
    made.is_connected = true;
    if (!track.empty()) {
        made.tracks.push_back({track, true});
    }
    return made;
}

class CallPeopleTest : public testing::Test {
protected:
    void open(CallPeopleOptions options = {}, const std::vector<Participant>& others = {}) {
        people_.emplace(std::move(options));
        enter(others);
    }
    void enter(const std::vector<Participant>& others) {
        clear();
        people_->handle_room(others, now_);
        drain();
    }
    void update(const Participant& participant) {
        clear();
        people_->handle_change(participant, now_);
        drain();
    }
    void leave(const std::string& identity,
               DisconnectReason reason = DisconnectReason::client_initiated) {
        Participant gone = person(identity);
        gone.is_gone = true;
        gone.reason = reason;
        update(gone);
    }
    void pass(milliseconds time) {
        clear();
        now_ += time;
        people_->handle_timeout(now_);
        drain();
    }
    bool write(const std::string& identity) {
        clear();
        const bool is_answered = people_->handle_text(identity);
        drain();
        return is_answered;
    }

    Instant now_{seconds(100)};
    std::optional<CallPeople> people_;
    /// Of the last step.
    std::vector<std::string> heard_;
    std::vector<std::string> callers_;
    bool is_over_ = false;

private:
    void clear() {
        heard_.clear();
        callers_.clear();
    }
    void drain() {
        while (const auto output = people_->poll_output()) {
            if (const auto* voice = std::get_if<VoiceWanted>(&*output)) {
                heard_.push_back(voice->track_sid);
            } else if (const auto* caller = std::get_if<CallerNoted>(&*output)) {
                callers_.push_back(caller->participant.identity);
            } else {
                is_over_ = true;
            }
        }
    }
};

using Names = std::vector<std::string>;

TEST_F(CallPeopleTest, AGuestBeforeTheCallerIsNotGreetedAndEndsNothing) {
    open({.caller_identity = "caller-1"}, {person("guest", "TR_g")});
    EXPECT_TRUE(callers_.empty());
    leave("guest");
    EXPECT_FALSE(is_over_);
    update(person("guest", "TR_g"));
    update(person("caller-1"));
    EXPECT_EQ(callers_, Names{"caller-1"});
    update(person("caller-1", "TR_c"));
    EXPECT_EQ(heard_, Names{"TR_c"});
    // The guest goes: the caller stays.
    leave("guest");
    EXPECT_FALSE(is_over_);
    leave("caller-1");
    EXPECT_TRUE(is_over_);
}

TEST_F(CallPeopleTest, AViewerIsNobodysCaller) {
    open({}, {person("viewer")});
    update(person("viewer"));
    EXPECT_TRUE(callers_.empty());
    update(person("person", "TR_1"));
    EXPECT_EQ(callers_, Names{"person"});
    leave("viewer");
    EXPECT_FALSE(is_over_);
    update(person("viewer"));
    leave("person");
    EXPECT_TRUE(is_over_) << "a viewer is nobody to talk to";
}

TEST_F(CallPeopleTest, ASharedScreenIsNoMicrophone) {
    Participant screen = person("screen", "TR_s");
    screen.tracks[0].is_microphone = false;
    open({}, {screen});
    EXPECT_TRUE(callers_.empty());
    EXPECT_TRUE(heard_.empty());
}

TEST_F(CallPeopleTest, ATelephoneIsACallerBeforeItIsHeard) {
    open({}, {person("phone", "", ParticipantKind::sip)});
    EXPECT_EQ(callers_, Names{"phone"});
    update(person("phone", "TR_1", ParticipantKind::sip));
    EXPECT_EQ(heard_, Names{"TR_1"});
}

TEST_F(CallPeopleTest, TheCallLastsAsLongAsOneOfThemIsThere) {
    open({}, {person("one", "TR_1"), person("two", "TR_2")});
    EXPECT_EQ(heard_, (Names{"TR_1", "TR_2"}));
    leave("one");
    EXPECT_FALSE(is_over_);
    EXPECT_EQ(callers_, Names{"two"});
    EXPECT_EQ(people_->caller_identity(), "two");
    update(person("three", "TR_3"));
    leave("two");
    EXPECT_FALSE(is_over_);
    leave("three");
    EXPECT_TRUE(is_over_);
}

TEST_F(CallPeopleTest, WhoCameFirstIsTheCaller) {
    Participant late = person("a", "TR_1");
    late.joined_at = 20;
    Participant early = person("b", "TR_2");
    early.joined_at = 10;
    open({}, {late, early});
    EXPECT_EQ(callers_, Names{"b"});
}

TEST_F(CallPeopleTest, OneWhoReconnectsIsWaitedFor) {
    open({}, {person("one", "TR_1")});
    leave("one", DisconnectReason::duplicate_identity);
    EXPECT_TRUE(people_->next_deadline());
    pass(seconds(9));
    EXPECT_FALSE(is_over_);
    update(person("one", "TR_2"));
    EXPECT_EQ(heard_, Names{"TR_2"});
    leave("one", DisconnectReason::migration);
    pass(seconds(10));
    EXPECT_TRUE(is_over_);
}

TEST_F(CallPeopleTest, WhoIsGoneWhenWeComeAgainIsWaitedForAWhile) {
    open({}, {person("one", "TR_1"), person("two", "TR_2")});
    enter({});
    pass(seconds(9));
    EXPECT_FALSE(is_over_);
    enter({person("two", "TR_2")});
    EXPECT_EQ(heard_, Names{"TR_2"});
    pass(seconds(11));
    EXPECT_FALSE(is_over_);
    enter({});
    pass(seconds(11));
    EXPECT_TRUE(is_over_);
}

TEST_F(CallPeopleTest, WhoWritesTakesPartWithoutAMicrophone) {
    open({}, {person("writer"), person("bot", "TR_b", ParticipantKind::agent)});
    EXPECT_FALSE(write("bot"));
    EXPECT_FALSE(write("stranger"));
    EXPECT_TRUE(write("writer"));
    EXPECT_EQ(callers_, Names{"writer"});
    leave("writer");
    EXPECT_TRUE(is_over_);
}

TEST_F(CallPeopleTest, AWriterIsNotTheCallerWhereOneIsGiven) {
    open({.caller_identity = "caller-1"}, {person("writer")});
    EXPECT_TRUE(write("writer"));
    EXPECT_TRUE(callers_.empty());
}

TEST_F(CallPeopleTest, ACallThatIsCarriedOnMayHaveLostItsCaller) {
    open({.caller_identity = "caller-1", .may_lack_caller = true}, {person("guest", "TR_g")});
    EXPECT_EQ(callers_, Names{"guest"});
    // Where the caller is there, nobody else is taken for it; and writers are what may be left.
    open({.caller_identity = "caller-1", .may_lack_caller = true},
         {person("a", "TR_a"), person("caller-1", "TR_c")});
    EXPECT_EQ(callers_, Names{"caller-1"});
    open({.may_lack_caller = true}, {person("writer")});
    EXPECT_EQ(callers_, Names{"writer"});
}

TEST_F(CallPeopleTest, HearsSoManyAtOnceAndTheCallerAlways) {
    open({.caller_identity = "caller-1", .heard_max = 3},
         {person("a", "TR_a"), person("b", "TR_b"), person("c", "TR_c")});
    EXPECT_EQ(heard_.size(), 2U);
    update(person("caller-1", "TR_1"));
    EXPECT_EQ(heard_, Names{"TR_1"});
    leave("a");
    EXPECT_EQ(heard_, Names{"TR_c"});
    open({.heard_max = 1}, {person("a", "TR_a"), person("b", "TR_b")});
    EXPECT_EQ(heard_, Names{"TR_a"});
}

TEST_F(CallPeopleTest, AThousandViewersAreBounded) {
    open();
    for (int count = 0; count < 1'000; ++count) {
        update(person("viewer-" + std::to_string(count)));
    }
    update(person("person", "TR_1"));
    EXPECT_EQ(callers_, Names{"person"});
    EXPECT_FALSE(write("viewer-999"));
    EXPECT_TRUE(write("viewer-1"));
}

TEST_F(CallPeopleTest, ACallerOfOursHearsTheAgentAndWaitsForAnother) {
    open({.hears_agents = true}, {person("other", "TR_o")});
    EXPECT_TRUE(callers_.empty());
    update(person("agent-1", "TR_1", ParticipantKind::agent));
    EXPECT_EQ(heard_, Names{"TR_1"});
    leave("agent-1");
    EXPECT_FALSE(is_over_);
    update(person("agent-2", "TR_2", ParticipantKind::agent));
    EXPECT_EQ(heard_, Names{"TR_2"});
}

}  // namespace
}  // namespace studio::livekit
