#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "core/agent/field_error.hpp"
#include "core/call/call_usage.hpp"

namespace studio::core {

/// What one provider charges; each price in millionths of the currency's unit, for what its name
/// says.
struct Price {
    UsageStage stage = UsageStage::stt;
    std::string provider;
    /// Empty for every model that has no price of its own.
    std::string model;
    std::int64_t per_request = 0;
    std::int64_t per_million_input_tokens = 0;
    std::int64_t per_million_output_tokens = 0;
    std::int64_t per_million_characters = 0;
    std::int64_t per_audio_minute = 0;
};

/// What a tenant pays for what providers do.
struct PriceList {
    /// ISO 4217: three capitals.
    std::string currency = "USD";
    std::vector<Price> prices;
};

inline constexpr std::size_t prices_max = 500;

/// Reads and checks a price list: {currency, prices: [{stage, provider, model, per_…}]}, prices as
/// numbers from 0 to 1,000,000 with at most six decimals that count. Every error is reported.
[[nodiscard]] Result<PriceList, std::vector<FieldError>> parse_prices(const Json& json);
/// As parse_prices reads it, with every price that is not zero.
[[nodiscard]] Json to_json(const PriceList& list);

/// What these amounts cost, in millionths of the currency's unit, rounded half up; nothing where
/// the list has no price for them.
[[nodiscard]] std::optional<std::int64_t> cost_of(const PriceList& list, UsageStage stage,
                                                  const std::string& provider,
                                                  const std::string& model,
                                                  const UsageAmounts& amounts);

}  // namespace studio::core
