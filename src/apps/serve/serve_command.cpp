#include "apps/serve/serve_command.hpp"

#include <iostream>

#include "apps/serve/server.hpp"
#include "base/process_metrics.hpp"

namespace studio::apps {

int run_serve(const ServeConfig& config) {
    add_process_metrics();
    Server server(config);
    if (const auto opened = server.open(); !opened) {
        std::cerr << "error: " << opened.error() << '\n';
        return 1;
    }
    return server.run();
}

}  // namespace studio::apps
