#pragma once

#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "apps/config/value_check.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "base/sensitive.hpp"
#include "base/time.hpp"

namespace CLI {
class App;
}

namespace studio::apps {

/// Which whole numbers an option takes.
struct NumberRange {
    unsigned min = 0;
    unsigned max = std::numeric_limits<unsigned>::max();
};

/// The options of one command, however they are given: defaults, configuration file, environment
/// and flags, each stronger than the one before. It knows every one of them, so that the effective
/// configuration can be shown and the documentation be checked. Targets are written when the
/// command is parsed and must live as long as it does. A wrong value is refused with a sentence
/// that says where it stands and what it must be, and does not show it.
class OptionSet {
public:
    /// Adds `--config FILE`.
    explicit OptionSet(CLI::App& command);
    OptionSet(const OptionSet&) = delete;
    OptionSet& operator=(const OptionSet&) = delete;

    /// `flag` as `--name`, `variable` the environment's name of it.
    void add(const char* flag, const char* variable, std::string& target, const char* help,
             ValueCheck check = {});
    void add(const char* flag, const char* variable, std::uint16_t& target, const char* help);
    void add(const char* flag, const char* variable, unsigned& target, const char* help,
             NumberRange range = {});
    void add(const char* flag, const char* variable, bool& target, const char* help);
    /// Whole seconds, a day at most.
    void add(const char* flag, const char* variable, seconds& target, const char* help);
    /// Items with commas between.
    void add(const char* flag, const char* variable, std::vector<std::string>& target,
             const char* help, ValueCheck check = {});
    /// By its name.
    void add(const char* flag, const char* variable, LogLevel& target, const char* help);
    /// A word without a flag, on the command line only.
    void add_word(const char* name, std::string& target, const char* help);
    /// From the environment only, so that it is in no process list and no file of ours; never
    /// shown.
    void add_secret(const char* variable, Secret<std::string>& target, const char* help);
    /// The same for a URL that may hold a password, which alone is hidden when it is shown.
    void add_secret_url(const char* variable, Secret<std::string>& target, const char* help);

    /// What the file that `flags` name and the environment say, as arguments to be put before the
    /// flags: of two that give one option the last counts. An empty variable counts as absent. The
    /// error is one sentence: which file and line or which variable is wrong, and why.
    [[nodiscard]] Result<std::vector<std::string>, std::string> stored_arguments(
        const std::vector<std::string>& flags) const;

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
        ValueCheck check;
        std::function<std::string()> show;
    };
    /// Gets a value that was found right.
    using Store = std::function<void(const std::string& value)>;

    void add_entry(Entry entry, const Store& store, const char* help, const char* kind);
    [[nodiscard]] Result<void, std::string> read_file(const std::string& path,
                                                      std::vector<std::string>& arguments) const;
    [[nodiscard]] const Entry* find(std::string_view flag) const;

    CLI::App& command_;
    std::vector<Entry> entries_;
};

/// A URL without what is secret in it: `redis://user:***@host/0`; query fields, where some clients
/// put passwords, are left out as a whole. What cannot be told apart for sure is `***` altogether,
/// such as a URL whose password has characters that should have been written as %XX.
[[nodiscard]] std::string mask_url(std::string_view url);

}  // namespace studio::apps
