#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/sensitive.hpp"
#include "base/time.hpp"

namespace CLI {
class App;
}

namespace studio::apps {

/// The options of one command, however they are given: defaults, configuration file, environment
/// and flags, each stronger than the one before. It knows every one of them, so that the effective
/// configuration can be shown and the documentation be checked. Targets are written when the
/// command is parsed and must live as long as it does.
class OptionSet {
public:
    /// Adds `--config FILE`, whose unknown keys are errors.
    explicit OptionSet(CLI::App& command);
    OptionSet(const OptionSet&) = delete;
    OptionSet& operator=(const OptionSet&) = delete;

    /// `flag` as `--name`, `variable` the environment's name of it.
    void add(const char* flag, const char* variable, std::string& target, const char* help);
    void add(const char* flag, const char* variable, std::uint16_t& target, const char* help);
    void add(const char* flag, const char* variable, unsigned& target, const char* help);
    void add(const char* flag, const char* variable, bool& target, const char* help);
    /// Whole seconds.
    void add(const char* flag, const char* variable, seconds& target, const char* help);
    /// Items with commas between.
    void add(const char* flag, const char* variable, std::vector<std::string>& target,
             const char* help);
    /// From the environment only, so that it is in no process list and no file of ours; never
    /// shown.
    void add_secret(const char* variable, Secret<std::string>& target, const char* help);
    /// The same for a URL that may hold a password, which alone is hidden when it is shown.
    void add_secret_url(const char* variable, Secret<std::string>& target, const char* help);

    /// Writes one log line with every option as it is in force, secrets masked. After parsing.
    void log_effective() const;
    /// `name=value` of each option, in the order of their adding, secrets masked.
    [[nodiscard]] std::vector<std::string> effective() const;

    struct Described {
        std::string flag;  ///< Empty where the environment alone gives it.
        std::string variable;
    };
    [[nodiscard]] std::vector<Described> describe() const;

private:
    struct Entry {
        Described names;
        std::function<std::string()> show;
    };

    template <class Value>
    void add_plain(const char* flag, const char* variable, Value& target, const char* help);
    void remember(const char* flag, const char* variable, std::function<std::string()> show);

    CLI::App& command_;
    std::vector<Entry> entries_;
};

/// The environment's settings of a command as arguments, to be put before the flags: this version
/// of CLI11 lets the file win over the environment, arguments win over both, and of two the last
/// one wins. An empty variable counts as absent.
[[nodiscard]] std::vector<std::string> environment_arguments(const CLI::App& command);

/// A URL without what is secret in it: `redis://user:***@host/0`; query fields, where some clients
/// put passwords, are left out as a whole.
[[nodiscard]] std::string mask_url(std::string_view url);

}  // namespace studio::apps
