#pragma once

#include <exception>
#include <string>
#include <string_view>

#include "services/conversation/session/internal/session_link.hpp"

namespace studio::services {

/// For the tests of one part of a session: a session of which queue and record are real. Each test
/// says what time it is, and reads the queue in settle().
class LinkStandIn : public SessionLink {
public:
    [[nodiscard]] WallTime wall_now() const override { return {}; }
    [[nodiscard]] MachineQueue& queue() override { return queue_; }
    [[nodiscard]] RequestCounts& counts() override { return counts_; }
    [[nodiscard]] const core::CallRecord& record() const override { return record_; }
    void catch_up() override {}
    void note_error(core::CallStage stage, const std::string& provider,
                    std::string_view code) override {
        core::add_error(record_.errors, {stage, provider, std::string(code)});
    }
    void note_usage(core::UsageStage stage, const std::string& provider, const std::string& model,
                    const core::UsageAmounts& amounts) override {
        core::usage_line(record_.usage, {stage, provider, model, {}})->amounts.add(amounts);
    }
    void checkpoint() override {}

private:
    void on_broken() noexcept override { std::terminate(); }

protected:
    core::CallRecord record_;
    MachineQueue queue_;
    RequestCounts counts_;
};

}  // namespace studio::services
