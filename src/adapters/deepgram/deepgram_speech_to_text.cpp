#include "adapters/deepgram/deepgram_speech_to_text.hpp"

#include <algorithm>
#include <boost/url/url.hpp>
#include <utility>

#include "adapters/deepgram/internal/deepgram_stream.hpp"

namespace studio::adapters {

namespace {

constexpr std::string_view switches[] = {"punctuate", "smart_format", "numerals"};

/// Closes the connection when the session lets go of it; the connection itself may live a little
/// longer, to say goodbye.
class OwnedStream final : public SpeechStream {
public:
    explicit OwnedStream(std::shared_ptr<DeepgramStream> stream) : stream_(std::move(stream)) {}
    ~OwnedStream() override { stream_->close(); }

    void write(std::uint32_t utterance, const audio::Frame& frame) override {
        stream_->write(utterance, frame);
    }
    void finish_utterance(std::uint32_t utterance) override {
        stream_->finish_utterance(utterance);
    }

private:
    std::shared_ptr<DeepgramStream> stream_;
};

std::string make_target(const DeepgramOptions& options, const SpeechToTextOptions& agent) {
    boost::urls::url url("/v1/listen");
    auto query = url.params();
    query.append({"model", agent.model.empty() ? options.model : agent.model});
    query.append({"language", agent.language});
    query.append({"encoding", "linear16"});
    query.append({"sample_rate", "16000"});
    query.append({"channels", "1"});
    query.append({"interim_results", agent.interim_results ? "true" : "false"});
    bool has_punctuate = false;
    if (const JsonObject* given = agent.options.if_object()) {
        for (const auto& [name, value] : *given) {
            has_punctuate = has_punctuate || name == "punctuate";
            if (value.is_bool()) {
                query.append({name, value.get_bool() ? "true" : "false"});
            } else if (value.is_int64()) {
                query.append({name, std::to_string(value.get_int64())});
            } else if (value.is_array()) {
                for (const Json& item : value.get_array()) {
                    if (item.is_string()) {
                        query.append({name, item.get_string()});
                    }
                }
            }
        }
    }
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
        std::string message = check_option(name, member.value());
        if (!message.empty()) {
            errors.push_back({name, std::move(message)});
        }
    }
    return errors;
}

std::unique_ptr<SpeechStream> DeepgramSpeechToText::open(const SpeechToTextOptions& options,
                                                         SpeechListener& listener) {
    WebSocketRequest request;
    request.url = options_.base_url + make_target(options_, options);
    if (!options_.api_key.reveal().empty()) {
        request.authorization = Secret<std::string>("Token " + options_.api_key.reveal());
    }
    request.connect_timeout = options_.connect_timeout;
    request.message_bytes_max = options_.message_bytes_max;
    request.is_operator_url = true;
    auto stream = std::make_shared<DeepgramStream>(loop_, options_, listener);
    stream->open(sockets_, std::move(request));
    return std::make_unique<OwnedStream>(std::move(stream));
}

}  // namespace studio::adapters
