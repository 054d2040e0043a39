#pragma once

#include <functional>
#include <string>
#include <vector>

#include "apps/config/option_set.hpp"
#include "base/result.hpp"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace studio::apps {

/// One sub-command: its options, and what it does once they are read. `run` returns the exit code.
struct Command {
    CLI::App* app = nullptr;
    /// nullptr where it has no configuration file.
    const OptionSet* options = nullptr;
    std::function<int()> run;
};

/// The program's arguments. Whatever is wrong with them is one sentence that says what would be
/// right; what stands on the line is repeated only where it cannot be a secret.
class CommandLine {
public:
    explicit CommandLine(CLI::App& app) : app_(app) {}

    void add(Command command) { commands_.push_back(std::move(command)); }

    /// Reads file, environment and flags, and says which command is meant. nullptr where a request
    /// such as --help was answered already.
    [[nodiscard]] Result<const Command*, std::string> parse(
        const std::vector<std::string>& arguments);

private:
    [[nodiscard]] Result<const Command*, std::string> choose(
        const std::vector<std::string>& arguments, std::size_t& depth) const;
    [[nodiscard]] std::string describe(const CLI::ParseError& error, const Command& command) const;

    CLI::App& app_;
    std::vector<Command> commands_;
};

}  // namespace studio::apps
