#include "apps/keys/keys_command.hpp"

namespace studio::apps {

void KeyDatabase::add_to(OptionSet& set) {
    set.add("--database", "STUDIO_DATABASE", file,
            "the SQLite file of `serve`; without it DATABASE_URL counts, then agent-studio.db");
    set.add_secret_url("DATABASE_URL", url, "postgresql://user:password@host:port/name");
}

void CreateKeyConfig::add_to(OptionSet& set) {
    database.add_to(set);
    set.add("--name", "", name, "what people call it");
    set.add("--scopes", "", scopes,
            "what it may do, with commas between, such as calls:create,agents:read; empty: all");
    operators.add_to(set);
}

void ListKeysConfig::add_to(OptionSet& set) {
    database.add_to(set);
    operators.add_to(set);
}

void RevokeKeyConfig::add_to(OptionSet& set) {
    database.add_to(set);
    set.add_word("key", which, "its id, or its first characters as `keys list` shows them");
    operators.add_to(set);
}

Validity RevokeKeyConfig::validate() const {
    if (which.empty()) {
        return fail(
            std::string("say which key: `agent-studio keys revoke ID` with an id of "
                        "`agent-studio keys list`"));
    }
    return true;
}

}  // namespace studio::apps
