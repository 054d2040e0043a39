#include "apps/config/option_set.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <sstream>
#include <type_traits>
#include <utility>

#include "base/log.hpp"

namespace studio::apps {
namespace {

std::vector<std::string> split(const std::string& list) {
    std::vector<std::string> items;
    std::istringstream stream(list);
    for (std::string item; std::getline(stream, item, ',');) {
        const std::size_t begin = item.find_first_not_of(' ');
        const std::size_t end = item.find_last_not_of(' ');
        if (begin != std::string::npos) {
            items.push_back(item.substr(begin, end - begin + 1));
        }
    }
    return items;
}

std::string join(const std::vector<std::string>& items) {
    std::string text;
    for (const std::string& item : items) {
        text += (text.empty() ? "" : ",") + item;
    }
    return text;
}

Secret<std::string> read_secret(const char* variable) {
    const char* value = std::getenv(variable);
    return Secret<std::string>(value == nullptr ? "" : value);
}

}  // namespace

OptionSet::OptionSet(CLI::App& command) : command_(command) {
    command.set_config("--config", "", "a TOML file with any of these options");
    command.allow_config_extras(CLI::config_extras_mode::error);
}

void OptionSet::remember(const char* flag, const char* variable,
                         std::function<std::string()> show) {
    entries_.push_back({{flag, variable}, std::move(show)});
}

template <class Value>
void OptionSet::add_plain(const char* flag, const char* variable, Value& target, const char* help) {
    command_.add_option(flag, target, help)->envname(variable)->capture_default_str()->take_last();
    remember(flag, variable, [&target] {
        if constexpr (std::is_same_v<Value, std::string>) {
            return target;
        } else {
            return std::to_string(target);
        }
    });
}

void OptionSet::add(const char* flag, const char* variable, std::string& target, const char* help) {
    add_plain(flag, variable, target, help);
}

void OptionSet::add(const char* flag, const char* variable, std::uint16_t& target,
                    const char* help) {
    add_plain(flag, variable, target, help);
}

void OptionSet::add(const char* flag, const char* variable, unsigned& target, const char* help) {
    add_plain(flag, variable, target, help);
}

void OptionSet::add(const char* flag, const char* variable, bool& target, const char* help) {
    command_.add_flag(flag, target, help)->envname(variable)->take_last();
    remember(flag, variable, [&target] { return target ? "true" : "false"; });
}

void OptionSet::add(const char* flag, const char* variable, seconds& target, const char* help) {
    const std::string text = help + (" [" + std::to_string(target.count())) + ']';
    command_
        .add_option_function<unsigned>(
            flag, [&target](unsigned value) { target = seconds(value); }, text)
        ->envname(variable)
        ->take_last();
    remember(flag, variable, [&target] { return std::to_string(target.count()); });
}

void OptionSet::add(const char* flag, const char* variable, std::vector<std::string>& target,
                    const char* help) {
    command_
        .add_option_function<std::string>(
            flag, [&target](const std::string& list) { target = split(list); }, help)
        ->envname(variable)
        ->take_last();
    remember(flag, variable, [&target] { return join(target); });
}

void OptionSet::add_secret(const char* variable, Secret<std::string>& target, const char* help) {
    target = read_secret(variable);
    command_.footer(command_.get_footer() + "\n  " + variable + "  " + help);
    remember("", variable, [&target] { return target.reveal().empty() ? "" : "***"; });
}

void OptionSet::add_secret_url(const char* variable, Secret<std::string>& target,
                               const char* help) {
    add_secret(variable, target, help);
    entries_.back().show = [&target] { return mask_url(target.reveal()); };
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

std::vector<std::string> environment_arguments(const CLI::App& command) {
    std::vector<std::string> arguments;
    for (const CLI::Option* option : command.get_options()) {
        const char* value =
            option->get_envname().empty() ? nullptr : std::getenv(option->get_envname().c_str());
        if (value != nullptr && *value != '\0') {
            arguments.push_back(option->get_name() + '=' + value);
        }
    }
    return arguments;
}

std::string mask_url(std::string_view url) {
    std::string text(url.substr(0, url.find('?')));
    if (text.size() < url.size()) {
        text += "?***";
    }
    const std::size_t scheme = text.find("://");
    if (scheme == std::string::npos) {
        // Not a URL: nobody knows which part of it is secret.
        return url.empty() ? "" : "***";
    }
    const std::size_t authority = scheme + 3;
    const std::size_t end = std::min(text.find('/', authority), text.size());
    const std::size_t at = text.rfind('@', end);
    if (at == std::string::npos || at < authority) {
        return text;
    }
    const std::size_t colon = text.find(':', authority);
    if (colon < at) {
        text.replace(colon + 1, at - colon - 1, "***");
    }
    return text;
}

}  // namespace studio::apps
