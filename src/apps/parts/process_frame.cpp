#include "apps/parts/process_frame.hpp"

#include <cstdlib>
#include <utility>

namespace studio::apps {

ProcessFrame::ProcessFrame(const char* loop_name)
    : loop_(runtime::AsioLoopOptions{.name = loop_name}), scope_(loop_) {}

int ProcessFrame::run(Work start, Work shut_down) {
    shut_down_ = std::move(shut_down);
    signals_ = std::make_unique<runtime::Signals>(loop_, [this](int) { stop(); });
    loop_.post([this, &start] { scope_.spawn(start()); });
    loop_.run();
    return exit_code_;
}

void ProcessFrame::give_up(const std::string& why) {
    std::cerr << "error: " << why << '\n';
    exit_code_ = 1;
    stop();
}

void ProcessFrame::stop() {
    if (is_stopping_) {
        // The second signal means at once. docs/shutdown.md tells what is lost then.
        std::_Exit(1);
    }
    is_stopping_ = true;
    scope_.spawn(end());
}

Task<void> ProcessFrame::end() {
    co_await shut_down_();
    loop_.stop();
}

}  // namespace studio::apps
