#include "adapters/deepgram/deepgram_speech_to_text.hpp"

#include <algorithm>
#include <array>
#include <boost/url/url.hpp>
#include <charconv>
#include <utility>

#include "adapters/deepgram/internal/deepgram_stream.hpp"
#include "adapters/deepgram/internal/flux_stream.hpp"

namespace studio::adapters {

namespace {

constexpr std::string_view switches[] = {"punctuate", "smart_format", "numerals"};

/// Closes the connection when the session lets go of it; the connection itself may live a little
/// longer, to say goodbye.
template <class Stream>
class OwnedStream final : public SpeechStream {
public:
    explicit OwnedStream(std::shared_ptr<Stream> stream) : stream_(std::move(stream)) {}
    ~OwnedStream() override { stream_->close(); }

    void write(std::uint32_t utterance, const audio::Frame& frame) override {
        stream_->write(utterance, frame);
    }
    void finish_utterance(std::uint32_t utterance) override {
        stream_->finish_utterance(utterance);
    }

private:
    std::shared_ptr<Stream> stream_;
};

/// Models that judge turns, and are spoken to at another path.
bool is_flux(std::string_view model) {
    return model.starts_with("flux-");
}

/// "0.7", without an exponent for what options may hold.
std::string decimal(double number) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    return {text.data(), end};
}

void append_options(boost::urls::params_ref query, const Json& options) {
    const JsonObject* given = options.if_object();
    if (given == nullptr) {
        return;
    }
    for (const auto& [name, value] : *given) {
        if (value.is_bool()) {
            query.append({name, value.get_bool() ? "true" : "false"});
        } else if (value.is_int64()) {
            query.append({name, std::to_string(value.get_int64())});
        } else if (value.is_number()) {
            query.append({name, decimal(value.to_number<double>())});
        } else if (value.is_array()) {
            for (const Json& item : value.get_array()) {
                if (item.is_string()) {
                    query.append({name, item.get_string()});
                }
            }
        }
    }
}

std::string make_flux_target(const std::string& model, const SpeechToTextOptions& agent) {
    boost::urls::url url("/v2/listen");
    auto query = url.params();
    query.append({"model", model});
    query.append({"encoding", "linear16"});
    query.append({"sample_rate", "16000"});
    if (model.ends_with("-multi") && agent.language != "multi") {
        query.append({"language_hint", agent.language});
    }
    append_options(query, agent.options);
    return {url.buffer().data(), url.buffer().size()};
}

std::string make_target(const std::string& model, const SpeechToTextOptions& agent) {
    boost::urls::url url("/v1/listen");
    auto query = url.params();
    query.append({"model", model});
    query.append({"language", agent.language});
    query.append({"encoding", "linear16"});
    query.append({"sample_rate", "16000"});
    query.append({"channels", "1"});
    query.append({"interim_results", agent.interim_results ? "true" : "false"});
    append_options(query, agent.options);
    const JsonObject* given = agent.options.if_object();
    const bool has_punctuate = given != nullptr && given->contains("punctuate");
    if (!has_punctuate) {
        // Turn-taking listens for the end of the sentence.
        query.append({"punctuate", "true"});
    }
    return {url.buffer().data(), url.buffer().size()};
}

std::string check_keyterms(const Json& value) {
    const bool is_list = value.is_array() && value.get_array().size() <= 50;
    if (!is_list ||
        !std::all_of(value.get_array().begin(), value.get_array().end(), [](const Json& item) {
            return item.is_string() && item.get_string().size() <= 64;
        })) {
        return "must be a list of at most 50 texts of at most 64 bytes";
    }
    return "";
}

std::string check_option(std::string_view name, const Json& value) {
    if (std::find(std::begin(switches), std::end(switches), name) != std::end(switches)) {
        return value.is_bool() ? "" : "must be true or false";
    }
    if (name == "endpointing") {
        const bool is_good =
            value.is_int64() && value.get_int64() >= 10 && value.get_int64() <= 5000;
        return is_good ? "" : "must be a whole number of 10 to 5000 milliseconds";
    }
    return name == "keyterm" ? check_keyterms(value) : "is not an option of this provider";
}

std::string check_number(const Json& value, double least, double most, const char* message) {
    const bool is_good = value.is_number() && value.to_number<double>() >= least &&
                         value.to_number<double>() <= most;
    return is_good ? "" : message;
}

std::string check_flux_option(std::string_view name, const Json& value) {
    if (name == "eot_threshold") {
        return check_number(value, 0.5, 0.9, "must be a number from 0.5 to 0.9");
    }
    if (name == "eager_eot_threshold") {
        return check_number(value, 0.3, 0.9, "must be a number from 0.3 to 0.9");
    }
    if (name == "eot_timeout_ms") {
        const std::string message = "must be a whole number of 500 to 10000 milliseconds";
        return value.is_int64() ? check_number(value, 500, 10'000, message.c_str()) : message;
    }
    if (name == "numerals") {
        return value.is_bool() ? "" : "must be true or false";
    }
    return name == "keyterm" ? check_keyterms(value) : "is not an option of this model";
}

}  // namespace

DeepgramSpeechToText::DeepgramSpeechToText(runtime::AsioLoop& loop, WebSocketClient& sockets,
                                           DeepgramOptions options)
    : loop_(loop), sockets_(sockets), options_(std::move(options)) {}

DeepgramSpeechToText::~DeepgramSpeechToText() = default;

std::vector<OptionError> DeepgramSpeechToText::validate(const SpeechToTextOptions& options) const {
    if (options.options.is_null()) {
        return {};
    }
    if (!options.options.is_object()) {
        return {{"", "must be an object"}};
    }
    std::vector<OptionError> errors;
    for (const auto& member : options.options.get_object()) {
        const std::string name(member.key().data(), member.key().size());
        std::string message = is_flux(model_of(options)) ? check_flux_option(name, member.value())
                                                         : check_option(name, member.value());
        if (!message.empty()) {
            errors.push_back({name, std::move(message)});
        }
    }
    return errors;
}

std::unique_ptr<SpeechStream> DeepgramSpeechToText::open(const SpeechToTextOptions& options,
                                                         SpeechListener& listener) {
    WebSocketRequest request;
    const std::string& model = model_of(options);
    request.url = options_.base_url +
                  (is_flux(model) ? make_flux_target(model, options) : make_target(model, options));
    if (!options_.api_key.reveal().empty()) {
        request.authorization = Secret<std::string>("Token " + options_.api_key.reveal());
    }
    request.connect_timeout = options_.connect_timeout;
    request.message_bytes_max = options_.message_bytes_max;
    request.is_operator_url = true;
    if (is_flux(model)) {
        return open_stream<FluxStream>(std::move(request), listener);
    }
    return open_stream<DeepgramStream>(std::move(request), listener);
}

template <class Stream>
std::unique_ptr<SpeechStream> DeepgramSpeechToText::open_stream(WebSocketRequest request,
                                                                SpeechListener& listener) {
    auto stream = std::make_shared<Stream>(loop_, options_, listener);
    stream->open(sockets_, std::move(request));
    return std::make_unique<OwnedStream<Stream>>(std::move(stream));
}

const std::string& DeepgramSpeechToText::model_of(const SpeechToTextOptions& options) const {
    return options.model.empty() ? options_.model : options.model;
}

}  // namespace studio::adapters
