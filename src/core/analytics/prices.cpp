#include "core/analytics/prices.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>
#include <utility>

#include "core/agent/object_reader.hpp"

namespace studio::core {

namespace {

constexpr double millionths = 1'000'000.0;
constexpr double price_max = 1'000'000.0;
/// Whole numbers up to here are exact as doubles.
constexpr double cost_max = 9'007'199'254'740'992.0;

struct Rate {
    std::string_view name;
    std::int64_t Price::*price;
    std::uint64_t UsageAmounts::*amount;
    /// For how much of it the price is.
    double per;
};
constexpr std::array<Rate, 5> rates{{
    {"per_request", &Price::per_request, &UsageAmounts::requests, 1.0},
    {"per_million_input_tokens", &Price::per_million_input_tokens, &UsageAmounts::input_tokens,
     1'000'000.0},
    {"per_million_output_tokens", &Price::per_million_output_tokens, &UsageAmounts::output_tokens,
     1'000'000.0},
    {"per_million_characters", &Price::per_million_characters, &UsageAmounts::characters,
     1'000'000.0},
    {"per_audio_minute", &Price::per_audio_minute, &UsageAmounts::audio_ms, 60'000.0},
}};

bool is_currency(const std::string& text) {
    return text.size() == 3 && std::all_of(text.begin(), text.end(), [](char letter) {
               return letter >= 'A' && letter <= 'Z';
           });
}

Price read_price(const Json& json, const std::string& path, std::vector<FieldError>& errors) {
    Price price;
    ObjectReader reader(&json, path, errors);
    std::string stage;
    reader.read_text("stage", stage, {.required = true, .length_max = 8});
    const auto known = parse_usage_stage(stage);
    const bool is_charged = known && *known != UsageStage::turn;
    if (!stage.empty() && !is_charged) {
        reader.report("stage", "must be stt, llm or tts");
    }
    price.stage = is_charged ? *known : UsageStage::stt;
    reader.read_text("provider", price.provider, {.required = true, .length_max = 64});
    reader.read_text("model", price.model, {.length_max = 128});
    for (const Rate& rate : rates) {
        double amount = 0.0;
        reader.read_number(rate.name, amount, 0.0, price_max);
        price.*rate.price = std::llround(amount * millionths);
    }
    reader.finish();
    return price;
}

auto key_of(const Price& price) {
    return std::tie(price.stage, price.provider, price.model);
}

const Price* find_price(const PriceList& list, UsageStage stage, const std::string& provider,
                        const std::string& model) {
    const Price* general = nullptr;
    for (const Price& price : list.prices) {
        if (price.stage != stage || price.provider != provider) {
            continue;
        }
        if (price.model == model) {
            return &price;
        }
        general = price.model.empty() ? &price : general;
    }
    return general;
}

}  // namespace

Result<PriceList, std::vector<FieldError>> parse_prices(const Json& json) {
    std::vector<FieldError> errors;
    PriceList list;
    ObjectReader reader(&json, "", errors);
    reader.read_text("currency", list.currency, {.length_max = 3});
    if (!is_currency(list.currency)) {
        reader.report("currency", "must be three capitals, such as EUR");
    }
    const JsonArray* items = reader.find_list("prices", prices_max);
    for (std::size_t index = 0; items != nullptr && index < items->size(); ++index) {
        const std::string path = item_path("prices", index);
        Price price = read_price((*items)[index], path, errors);
        const auto same =
            std::find_if(list.prices.begin(), list.prices.end(),
                         [&price](const Price& other) { return key_of(other) == key_of(price); });
        if (same != list.prices.end()) {
            errors.push_back({path, "has the stage, provider and model of another price"});
        }
        list.prices.push_back(std::move(price));
    }
    reader.finish();
    if (!errors.empty()) {
        return fail(std::move(errors));
    }
    return list;
}

Json to_json(const PriceList& list) {
    JsonArray prices;
    for (const Price& price : list.prices) {
        JsonObject item{{"stage", name_of(price.stage)}, {"provider", price.provider}};
        if (!price.model.empty()) {
            item["model"] = price.model;
        }
        for (const Rate& rate : rates) {
            if (price.*rate.price != 0) {
                item[{rate.name.data(), rate.name.size()}] =
                    static_cast<double>(price.*rate.price) / millionths;
            }
        }
        prices.push_back(std::move(item));
    }
    return JsonObject{{"currency", list.currency}, {"prices", std::move(prices)}};
}

std::optional<std::int64_t> cost_of(const PriceList& list, UsageStage stage,
                                    const std::string& provider, const std::string& model,
                                    const UsageAmounts& amounts) {
    const Price* price = find_price(list, stage, provider, model);
    if (price == nullptr) {
        return std::nullopt;
    }
    double cost = 0.0;
    for (const Rate& rate : rates) {
        cost += static_cast<double>(price->*rate.price) *
                static_cast<double>(amounts.*rate.amount) / rate.per;
    }
    return std::llround(std::min(cost, cost_max));
}

}  // namespace studio::core
