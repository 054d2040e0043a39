#include "apps/config/option_set.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "apps/config/config_file.hpp"

namespace studio::apps {
namespace {

/// Longer than any time that somebody waits for a program, and no overflow far and wide.
constexpr unsigned day_seconds = 86'400;
constexpr std::uint16_t port_max = 65'535;

std::string join(const std::vector<std::string>& items) {
    std::string text;
    for (const std::string& item : items) {
        text += (text.empty() ? "" : ",") + item;
    }
    return text;
}

/// Of a value that its check let through.
unsigned to_number(const std::string& value) {
    unsigned number = 0;
    std::from_chars(value.data(), value.data() + value.size(), number);
    return number;
}

Secret<std::string> read_secret(const char* variable) {
    const char* value = std::getenv(variable);
    return Secret<std::string>(value == nullptr ? "" : value);
}

/// Addresses of servers may hold a password, too.
std::string show_text(const std::string& text) {
    return text.find("://") == std::string::npos ? text : mask_url(text);
}

/// As CLI11 takes it: a flag without a value needs `=`, and behind `=` must be something.
void append(const std::string& flag, const std::string& value,
            std::vector<std::string>& arguments) {
    if (value.empty()) {
        arguments.insert(arguments.end(), {flag, value});
    } else {
        arguments.push_back(flag + '=' + value);
    }
}

/// The value of the last `--config`; empty where there is none.
std::string find_config(const std::vector<std::string>& flags) {
    constexpr std::string_view flag = "--config";
    std::string path;
    for (std::size_t index = 0; index < flags.size(); ++index) {
        if (flags[index] == flag && index + 1 < flags.size()) {
            path = flags[++index];
        } else if (flags[index].starts_with("--config=")) {
            path = flags[index].substr(flag.size() + 1);
        }
    }
    return path;
}

}  // namespace

OptionSet::OptionSet(CLI::App& command) : command_(command) {
    // Read by stored_arguments(): CLI11 reads files of the main command only, and without an error
    // for what is no TOML.
    command.add_option("--config", "a TOML file with any of these options")
        ->type_name("FILE")
        ->take_last();
}

void OptionSet::add_entry(Entry entry, const Store& store, const char* help, const char* kind) {
    const std::string flag = entry.names.flag;
    const auto take = [flag, check = entry.check, store](const std::string& value) {
        if (const std::string wrong = check ? check(value) : std::string(); !wrong.empty()) {
            throw CLI::ValidationError(flag + ' ' + wrong);
        }
        store(value);
    };
    const std::string value = entry.show();
    command_.add_option_function<std::string>(flag, take, help)
        ->type_name(std::string(kind) + (value.empty() ? "" : " [" + value + ']'))
        ->take_last();
    entries_.push_back(std::move(entry));
}

void OptionSet::add(const char* flag, const char* variable, std::string& target, const char* help,
                    ValueCheck check) {
    add_entry(
        {{flag, variable}, std::move(check), [&target] { return show_text(target); }},
        [&target](const std::string& value) { target = value; }, help, "TEXT");
}

void OptionSet::add(const char* flag, const char* variable, std::uint16_t& target,
                    const char* help) {
    add_entry(
        {{flag, variable}, number_check(0, port_max), [&target] { return std::to_string(target); }},
        [&target](const std::string& value) {
            target = static_cast<std::uint16_t>(to_number(value));
        },
        help, "NUMBER");
}

void OptionSet::add(const char* flag, const char* variable, unsigned& target, const char* help,
                    NumberRange range) {
    add_entry(
        {{flag, variable},
         number_check(range.min, range.max),
         [&target] { return std::to_string(target); }},
        [&target](const std::string& value) { target = to_number(value); }, help, "NUMBER");
}

void OptionSet::add(const char* flag, const char* variable, bool& target, const char* help) {
    command_.add_flag(flag, target, help)->take_last();
    entries_.push_back(
        {{flag, variable}, truth_check(), [&target] { return target ? "true" : "false"; }});
}

void OptionSet::add(const char* flag, const char* variable, seconds& target, const char* help) {
    add_entry(
        {{flag, variable},
         number_check(0, day_seconds),
         [&target] { return std::to_string(target.count()); }},
        [&target](const std::string& value) { target = seconds(to_number(value)); }, help,
        "SECONDS");
}

void OptionSet::add(const char* flag, const char* variable, std::vector<std::string>& target,
                    const char* help, ValueCheck check) {
    add_entry(
        {{flag, variable}, std::move(check), [&target] { return join(target); }},
        [&target](const std::string& value) { target = split_list(value); }, help, "LIST");
}

void OptionSet::add(const char* flag, const char* variable, LogLevel& target, const char* help) {
    static constexpr std::initializer_list<const char*> names{"debug", "info", "warning", "error",
                                                              "off"};
    add_entry(
        {{flag, variable},
         choice_check({names.begin(), names.end()}),
         [&target] { return std::string(names.begin()[static_cast<std::size_t>(target)]); }},
        [&target](const std::string& value) {
            target = parse_log_level(CLI::detail::to_lower(value)).value_or(target);
        },
        help, "LEVEL");
}

void OptionSet::add_word(const char* name, std::string& target, const char* help) {
    command_.add_option(name, target, help);
}

void OptionSet::add_secret(const char* variable, Secret<std::string>& target, const char* help) {
    target = read_secret(variable);
    command_.footer(command_.get_footer() + "\n  " + variable + "  " + help);
    entries_.push_back(
        {{"", variable}, {}, [&target] { return target.reveal().empty() ? "" : "***"; }});
}

void OptionSet::add_secret_url(const char* variable, Secret<std::string>& target,
                               const char* help) {
    add_secret(variable, target, help);
    entries_.back().show = [&target] { return mask_url(target.reveal()); };
}

const OptionSet::Entry* OptionSet::find(std::string_view flag) const {
    const auto found = std::find_if(entries_.begin(), entries_.end(), [flag](const Entry& entry) {
        return !entry.names.flag.empty() && entry.names.flag == flag;
    });
    return found == entries_.end() ? nullptr : &*found;
}

Result<void, std::string> OptionSet::read_file(const std::string& path,
                                               std::vector<std::string>& arguments) const {
    const auto items = load_config(path);
    if (!items) {
        return fail("--config: " + items.error());
    }
    for (const ConfigItem& item : *items) {
        const std::string place = "--config: " + path + ", line " + std::to_string(item.line);
        const Entry* const entry = find("--" + item.key);
        if (entry == nullptr) {
            std::vector<std::string> names;
            for (const Entry& each : entries_) {
                names.push_back(each.names.flag.empty() ? "" : each.names.flag.substr(2));
            }
            const std::string meant = nearest_name(item.key, names);
            return fail(place + ": there is no option '" + item.key + "' for " +
                        command_.get_name() +
                        (meant.empty() ? std::string() : "; did you mean '" + meant + "'?"));
        }
        if (const auto wrong = entry->check ? entry->check(item.value) : ""; !wrong.empty()) {
            return fail(place + ": " + item.key + ' ' + wrong);
        }
        append("--" + item.key, item.value, arguments);
    }
    return {};
}

Result<std::vector<std::string>, std::string> OptionSet::stored_arguments(
    const std::vector<std::string>& flags) const {
    std::vector<std::string> arguments;
    if (const std::string path = find_config(flags); !path.empty()) {
        if (const auto read = read_file(path, arguments); !read) {
            return fail(read.error());
        }
    }
    for (const Entry& entry : entries_) {
        const char* const value = std::getenv(entry.names.variable.c_str());
        if (entry.names.flag.empty() || value == nullptr || *value == '\0') {
            continue;
        }
        if (const auto wrong = entry.check ? entry.check(value) : ""; !wrong.empty()) {
            return fail(entry.names.variable + ' ' + wrong);
        }
        append(entry.names.flag, value, arguments);
    }
    return arguments;
}

std::vector<std::string> OptionSet::effective() const {
    std::vector<std::string> lines;
    for (const Entry& entry : entries_) {
        const std::string name =
            entry.names.flag.empty() ? entry.names.variable : entry.names.flag.substr(2);
        lines.push_back(name + '=' + entry.show());
    }
    return lines;
}

void OptionSet::log_effective() const {
    std::string text;
    for (const std::string& line : effective()) {
        text += (text.empty() ? "" : " ") + line;
    }
    STUDIO_LOG(info, "configuration", {"command", command_.get_name()}, {"options", text});
}

std::vector<OptionSet::Described> OptionSet::describe() const {
    std::vector<Described> all;
    for (const Entry& entry : entries_) {
        all.push_back(entry.names);
    }
    return all;
}

}  // namespace studio::apps
