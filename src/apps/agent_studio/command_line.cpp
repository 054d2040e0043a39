#include "apps/agent_studio/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>

namespace studio::apps {
namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& parent) {
    return parent.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<std::string> names_of(const CLI::App& parent) {
    std::vector<std::string> names;
    for (const CLI::App* command : commands_of(parent)) {
        names.push_back(command->get_name());
    }
    return names;
}

std::string list_of(const CLI::App& parent) {
    std::string list;
    for (const std::string& name : names_of(parent)) {
        list += (list.empty() ? "" : ", ") + name;
    }
    return list;
}

std::string suggest(const std::string& meant) {
    return meant.empty() ? "" : " (did you mean " + meant + "?)";
}

/// `agent-studio sip setup`.
std::string full_name(const CLI::App& command) {
    const CLI::App* const parent = command.get_parent();
    return parent == nullptr ? "agent-studio" : full_name(*parent) + ' ' + command.get_name();
}

/// Without what stands behind `=`.
std::string flag_of(const std::string& argument) {
    return argument.substr(0, argument.find('='));
}

/// What nobody asked for: an option that is unknown, or a word too many.
std::string describe_extra(const std::string& argument, const CLI::App& command) {
    const std::string name = full_name(command);
    if (!argument.starts_with('-')) {
        return name + " takes no further words; options begin with --";
    }
    std::vector<std::string> flags;
    for (const CLI::Option* option : command.get_options()) {
        flags.push_back("--" + option->get_single_name());
    }
    const std::string flag = flag_of(argument);
    return name + " has no option " + flag + suggest(nearest_name(flag, flags)) + "; `" + name +
           " --help` lists them";
}

}  // namespace

Result<const Command*, std::string> CommandLine::choose(const std::vector<std::string>& arguments,
                                                        std::size_t& depth) const {
    const CLI::App* app = &app_;
    for (depth = 0; !commands_of(*app).empty(); ++depth) {
        const std::string name = full_name(*app);
        if (depth == arguments.size()) {
            return fail(name + " needs a command: " + list_of(*app));
        }
        const std::string& word = arguments[depth];
        if (word.starts_with('-')) {
            // Of the program as a whole: --help, --version, or wrong.
            return nullptr;
        }
        const auto all = commands_of(*app);
        const auto found = std::find_if(all.begin(), all.end(), [&word](const CLI::App* each) {
            return each->get_name() == word;
        });
        if (found == all.end()) {
            return fail(name + " has no command '" + word + '\'' +
                        suggest(nearest_name(word, names_of(*app))) +
                        "; there are: " + list_of(*app));
        }
        app = *found;
    }
    const auto command = std::find_if(commands_.begin(), commands_.end(),
                                      [app](const Command& each) { return each.app == app; });
    return &*command;
}

std::string CommandLine::describe(const CLI::ParseError& error, const Command& command) const {
    if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
        const auto extras = app_.remaining(true);
        return extras.empty() ? error.what() : describe_extra(extras.front(), *command.app);
    }
    const std::string text = error.what();
    if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr) {
        // Of flags alone: whatever else is converted, is so by its option. "… --flag = value".
        const std::size_t begin = std::min(text.find("--"), text.size());
        return text.substr(begin, text.find(' ', begin) - begin) + " must be true or false";
    }
    // `--port: 1 required TEXT missing` and the like, in the library's words.
    const std::string flag = text.substr(0, std::min(text.find_first_of(": "), text.size()));
    if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
        return flag + " needs a value";
    }
    return text;
}

Result<const Command*, std::string> CommandLine::parse(const std::vector<std::string>& arguments) {
    std::size_t depth = 0;
    const auto chosen = choose(arguments, depth);
    if (!chosen) {
        return chosen;
    }
    // Those from file and environment come right after the command, so that flags win over them.
    std::vector<std::string> all = arguments;
    if (*chosen != nullptr && (*chosen)->options != nullptr) {
        const auto at = all.begin() + static_cast<std::ptrdiff_t>(depth);
        const auto stored = (*chosen)->options->stored_arguments({at, all.end()});
        if (!stored) {
            return fail(stored.error());
        }
        all.insert(at, stored->begin(), stored->end());
    }
    try {
        // CLI11 wants them in reverse.
        app_.parse(std::vector<std::string>(all.rbegin(), all.rend()));
    } catch (const CLI::Success& request) {
        static_cast<void>(app_.exit(request));
        return nullptr;
    } catch (const CLI::ParseError& error) {
        if (*chosen == nullptr) {
            return fail(describe_extra(arguments[depth], app_));
        }
        return fail(describe(error, **chosen));
    }
    if (*chosen == nullptr) {
        return fail("agent-studio needs a command: " + list_of(app_));
    }
    return *chosen;
}

}  // namespace studio::apps
