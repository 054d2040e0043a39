#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/entropy.hpp"
#include "core/dialog/dialog.hpp"

namespace studio::core {
namespace {

TEST(DialogFuzz, NeverStaysBusyWithoutWork) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        SeededEntropy entropy(seed);
        Dialog dialog({.system_prompt = "s", .apology = "Sorry."});
        std::vector<std::uint32_t> sentences;
        std::vector<std::string> tools;
        std::uint32_t request = 0;
        bool asking = false;
        const auto drain = [&] {
            while (const auto output = dialog.poll_output()) {
                if (const auto* ask = std::get_if<AskModel>(&*output)) {
                    EXPECT_FALSE(asking) << "one answer at a time";
                    request = ask->request;
                    asking = true;
                } else if (std::holds_alternative<CancelModel>(*output)) {
                    asking = false;
                } else if (const auto* speak = std::get_if<Speak>(&*output)) {
                    sentences.push_back(speak->sentence);
                } else if (const auto* run = std::get_if<RunTool>(&*output)) {
                    tools.push_back(run->call.id);
                }
            }
        };
        const auto finish_model = [&](bool broke) {
            asking = false;
            dialog.handle(broke ? DialogInput(ModelBroke{request}) : ModelDone{request, 1},
                          Instant{});
        };
        for (int step = 0; step < 200; ++step) {
            const std::uint32_t dice = entropy.u32() % 11;
            if (dice == 0) {
                dialog.handle(UserSaid{"x"}, Instant{});
            } else if (dice == 1 && asking) {
                dialog.handle(ModelPiece{request, "A whole sentence. And "}, Instant{});
            } else if (dice == 2 && asking) {
                dialog.handle(ModelToolAsked{request, {"", "t", ""}}, Instant{});
            } else if (dice == 3 && asking) {
                finish_model(entropy.u32() % 3 == 0);
            } else if (dice == 4 && !tools.empty()) {
                dialog.handle(ToolDone{tools.back(), "r", entropy.u32() % 2 == 0}, Instant{});
                tools.pop_back();
            } else if (dice == 5 && !sentences.empty()) {
                dialog.handle(SentenceHeard{sentences.front()}, Instant{});
                sentences.erase(sentences.begin());
            } else if (dice == 6) {
                dialog.handle(CallerInterrupted{}, Instant{});
                sentences.clear();
            } else if (dice > 7) {
                const DialogInput early[] = {UserMaySay{"x"}, UserGoesOn{}, UserSaid{"x", true}};
                dialog.handle(early[dice - 8], Instant{});
            }
            drain();
        }
        for (int round = 0; round < 20 && dialog.is_busy(); ++round) {
            if (asking) {
                finish_model(true);
            }
            drain();
            for (const std::string& tool : std::exchange(tools, {})) {
                dialog.handle(ToolDone{tool, "r"}, Instant{});
            }
            drain();
            for (const std::uint32_t sentence : std::exchange(sentences, {})) {
                dialog.handle(SentenceHeard{sentence}, Instant{});
            }
            drain();
        }
        EXPECT_FALSE(dialog.is_busy()) << "seed " << seed;
    }
}

}  // namespace
}  // namespace studio::core
