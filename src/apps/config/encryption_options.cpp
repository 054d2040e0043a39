#include "apps/config/encryption_options.hpp"

#include <string>

#include "adapters/openssl/fernet_box.hpp"

namespace studio::apps {
namespace {

bool is_key_or_empty(const Secret<std::string>& key) {
    return key.reveal().empty() || adapters::is_fernet_key(key.reveal());
}

}  // namespace

void EncryptionOptions::add_to(OptionSet& set) {
    set.add_secret("STUDIO_ENCRYPTION_KEY", key,
                   "seals webhooks' secrets; 32 bytes as base64 with - and _; empty: not sealed");
    set.add_secret("STUDIO_ENCRYPTION_KEY_PREVIOUS", previous_key,
                   "the key before, which still opens what it sealed");
}

Validity EncryptionOptions::validate() const {
    if (!is_key_or_empty(key) || !is_key_or_empty(previous_key)) {
        return fail(
            std::string("STUDIO_ENCRYPTION_KEY and STUDIO_ENCRYPTION_KEY_PREVIOUS must be 32 bytes "
                        "in base64 with - and _, padded: `openssl rand -base64 32 | tr +/ -_`"));
    }
    if (key.reveal().empty() && !previous_key.reveal().empty()) {
        return fail(
            std::string("STUDIO_ENCRYPTION_KEY_PREVIOUS needs STUDIO_ENCRYPTION_KEY beside it"));
    }
    return true;
}

}  // namespace studio::apps
