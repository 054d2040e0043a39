#include "apps/parts/webhook_side.hpp"

#include <string>
#include <utility>

#include "base/log.hpp"
#include "protocol/net/address_policy.hpp"

namespace studio::apps {
namespace {

/// Addresses that stand in a URL are looked at when it is written, too; names when they are used.
services::WebhookAddressRule address_rule(net::AddressPolicy policy) {
    return [policy = std::move(policy)](const std::string& host,
                                        std::uint16_t port) -> std::string {
        const auto address = net::Address::parse(host == "localhost" ? "127.0.0.1" : host, port);
        if (address && !policy.allows(*address, host)) {
            return "is an address of a private network, to which nothing is sent from here";
        }
        return {};
    };
}

}  // namespace

WebhookSide::WebhookSide(const ProviderOptions& providers, const EncryptionOptions& encryption,
                         services::WebhookSenderOptions options, const Parts& parts)
    : loop_(parts.loop),
      box_(encryption.keys(), parts.entropy, [&loop = parts.loop] { return loop.wall_now(); }),
      store_(parts.database, parts.loop),
      queue_(parts.database, parts.loop),
      webhooks_(
          {}, {store_, box_, address_rule(providers.tool_addresses()), parts.entropy, parts.loop}),
      sender_(options, {queue_, parts.http, digest_, box_, parts.entropy, parts.loop}),
      sampler_(parts.loop) {}

std::vector<adapters::Route> WebhookSide::routes(services::CallService& calls) {
    api_ = std::make_unique<adapters::WebhookApi>(
        adapters::WebhookApi::Parts{webhooks_, calls, loop_});
    return api_->routes();
}

void WebhookSide::start() {
    if (!box_.has_key()) {
        STUDIO_LOG(info, "webhook_secrets_not_sealed",
                   {"what_to_do", "set STUDIO_ENCRYPTION_KEY to keep them encrypted"});
    }
    sender_.start();
    sampler_.start([this] { return sender_.sample(); });
}

Task<void> WebhookSide::close() {
    co_await sampler_.close();
    co_await sender_.close();
}

}  // namespace studio::apps
