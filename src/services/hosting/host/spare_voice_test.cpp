#include "services/hosting/host/internal/spare_voice.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace studio::services {
namespace {

/// Speaks the languages that it is told to; none where its program is missing.
class Voice final : public TextToSpeech {
public:
    explicit Voice(std::vector<std::string> languages) : languages_(std::move(languages)) {}

    [[nodiscard]] std::vector<OptionError> validate(
        const SynthesisRequest& request) const override {
        const bool known =
            std::find(languages_.begin(), languages_.end(), request.language) != languages_.end();
        return known ? std::vector<OptionError>{}
                     : std::vector<OptionError>{{"language", "unknown"}};
    }
    [[nodiscard]] std::unique_ptr<Synthesis> speak(SynthesisRequest /*request*/,
                                                   SynthesisListener& /*listener*/) override {
        return nullptr;
    }

private:
    std::vector<std::string> languages_;
};

TEST(SpareVoice, IsTheFirstOfThisMachineThatSpeaksWhatTheAgentSpeaks) {
    Voice own({"en", "de"});
    Voice english({"en"});
    Voice many({"en", "de"});
    Voice missing({});
    const std::vector<TextToSpeech*> voices{&missing, &english, &many};
    core::AgentConfig agent;
    EXPECT_EQ(choose_spare_voice(voices, &own, agent), &english);
    EXPECT_EQ(choose_spare_voice(voices, &english, agent), &many) << "it is the agent's own";
    agent.languages = {"en", "de"};
    EXPECT_EQ(choose_spare_voice(voices, &own, agent), &many);
    agent.default_language = "fr";
    EXPECT_EQ(choose_spare_voice(voices, &own, agent), nullptr);
    EXPECT_EQ(choose_spare_voice({}, &own, core::AgentConfig{}), nullptr);
}

}  // namespace
}  // namespace studio::services
