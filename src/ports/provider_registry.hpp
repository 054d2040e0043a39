#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace studio {

/// The providers of one kind on one loop, by the name that agents use. It borrows them: whoever
/// wires the program owns them and keeps them alive longer.
template <class Provider>
class ProviderRegistry {
public:
    /// A second provider of the same name replaces the first.
    void add(std::string name, Provider& provider) {
        providers_.insert_or_assign(std::move(name), &provider);
    }

    /// The provider, or a sentence that names the known ones.
    [[nodiscard]] Result<Provider*, std::string> find(std::string_view name) const {
        const auto found = providers_.find(name);
        if (found != providers_.end()) {
            return found->second;
        }
        std::string message = "unknown provider '" + std::string(name) + "'; known are:";
        for (const auto& entry : providers_) {
            message += ' ' + entry.first;
        }
        return fail(std::move(message));
    }

private:
    std::map<std::string, Provider*, std::less<>> providers_;
};

}  // namespace studio
