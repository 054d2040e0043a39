#include "adapters/openai/openai_language_model.hpp"

#include <algorithm>
#include <utility>

#include "adapters/openai/internal/chat_body.hpp"
#include "adapters/openai/internal/openai_request.hpp"
#include "protocol/openai/chat_stream.hpp"

namespace studio::adapters {
namespace {

/// Complete responses that may wait for their end at the same time; more are cut.
constexpr std::size_t draining_max = 32;
/// How long usage and `[DONE]` may be in coming after the model has said that its answer ends: the
/// answer's last sentence waits for them.
constexpr milliseconds rest_timeout{300};

ProviderError error_of_stream(const studio::openai::ChatStream& chat,
                              studio::openai::ChatStreamError error) {
    using studio::openai::ChatStreamError;
    switch (error) {
        case ChatStreamError::malformed:
            return {ProviderErrorCode::malformed, "the answer is not a chat completion stream"};
        case ChatStreamError::too_large:
            return {ProviderErrorCode::malformed, "the answer is too large"};
        case ChatStreamError::server_failed:
            return openai::error_of_api(chat.api_error());
        case ChatStreamError::cut:
            return {ProviderErrorCode::unavailable, "the stream was cut"};
    }
    return {ProviderErrorCode::malformed, "unknown"};
}

}  // namespace

/// One HTTP exchange. Without an answer (`drained`) it only waits for its end.
class OpenaiLanguageModel::Stream final : public HttpStreamListener {
public:
    Stream(OpenaiLanguageModel& model, HttpStreamRequest request, Answer& answer)
        : model_(model), answer_(&answer), exchange_(model.http_.open(std::move(request), *this)) {}

    void detach() { answer_ = nullptr; }
    void limit_pause(milliseconds pause_max) { exchange_->limit_pause(pause_max); }
    void on_http_head(const HttpHead& head) override;
    void on_http_body(std::string_view bytes) override;
    void on_http_end(std::optional<HttpClientError> error) override;

private:
    OpenaiLanguageModel& model_;
    Answer* answer_;
    std::unique_ptr<HttpExchange> exchange_;
};

class OpenaiLanguageModel::Answer final : public ModelAnswer {
public:
    Answer(OpenaiLanguageModel& model, HttpStreamRequest request, ModelListener& listener)
        : model_(model),
          listener_(listener),
          stream_(std::make_unique<Stream>(model, std::move(request), *this)) {}
    ~Answer() override { *is_alive_ = false; }

    void on_head(const HttpHead& head) { head_ = head; }
    void on_body(std::string_view bytes) {
        if (head_.status != 200) {
            error_body_.append(
                bytes.substr(0, openai::error_body_bytes_max -
                                    std::min(openai::error_body_bytes_max, error_body_.size())));
            return;
        }
        const bool had_finish_reason = chat_.has_finish_reason();
        chat_.handle(bytes);
        if (chat_.has_finish_reason() && !had_finish_reason) {
            stream_->limit_pause(rest_timeout);
        }
        tell();
    }
    void on_end(std::optional<HttpClientError> error) {
        has_ended_ = true;
        if (error && !chat_.has_finish_reason()) {
            stop(ModelFailed{openai::error_of_http(*error)}, false);
        } else if (head_.status != 200) {
            stop(ModelFailed{openai::error_of_response(head_, error_body_)}, false);
        } else {
            chat_.handle_end();
            tell();
        }
    }

private:
    /// Tells what the chat stream has put together. The listener may destroy this object.
    void tell() {
        const std::shared_ptr<bool> is_alive = is_alive_;
        while (*is_alive && stream_ != nullptr) {
            const std::optional<studio::openai::ChatOutput> output = chat_.poll();
            if (!output) {
                return;
            }
            using namespace studio::openai;
            if (!std::exchange(has_begun_, true) && !chat_.has_finish_reason() && !has_ended_) {
                stream_->limit_pause(model_.options_.idle_timeout);
            }
            if (const auto* text = std::get_if<ChatText>(&*output)) {
                listener_.on_model(ModelText{text->text});
            } else if (const auto* call = std::get_if<ChatToolCall>(&*output)) {
                listener_.on_model(ModelToolCall{call->id, call->name, call->arguments});
            } else if (const auto* finished = std::get_if<ChatFinished>(&*output)) {
                stop(
                    ModelFinished{finished->usage.prompt_tokens, finished->usage.completion_tokens},
                    true);
            } else {
                stop(ModelFailed{error_of_stream(chat_, std::get<ChatStreamError>(*output))},
                     false);
            }
        }
    }

    void stop(const ModelEvent& last, bool keeps_connection) {
        if (stream_ == nullptr) {
            return;
        }
        std::unique_ptr<Stream> stream = std::move(stream_);
        stream->detach();
        if (keeps_connection && !has_ended_) {
            model_.drain(std::move(stream));
        }
        listener_.on_model(last);
    }

    OpenaiLanguageModel& model_;
    ModelListener& listener_;
    studio::openai::ChatStream chat_;
    HttpHead head_;
    bool has_begun_ = false;
    bool has_ended_ = false;
    std::string error_body_;
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
    std::unique_ptr<Stream> stream_;
};

void OpenaiLanguageModel::Stream::on_http_head(const HttpHead& head) {
    if (answer_ != nullptr) {
        answer_->on_head(head);
    }
}

void OpenaiLanguageModel::Stream::on_http_body(std::string_view bytes) {
    if (answer_ != nullptr) {
        answer_->on_body(bytes);
    }
}

void OpenaiLanguageModel::Stream::on_http_end(std::optional<HttpClientError> error) {
    if (answer_ != nullptr) {
        answer_->on_end(error);
        return;
    }
    // The last statement: it destroys this object.
    std::erase_if(model_.draining_, [this](const auto& stream) { return stream.get() == this; });
}

OpenaiLanguageModel::OpenaiLanguageModel(HttpStreamClient& http, OpenaiOptions options)
    : http_(http), options_(std::move(options)) {}

OpenaiLanguageModel::~OpenaiLanguageModel() = default;

void OpenaiLanguageModel::drain(std::unique_ptr<Stream> stream) {
    if (draining_.size() == draining_max) {
        draining_.erase(draining_.begin());
    }
    draining_.push_back(std::move(stream));
}

std::vector<OptionError> OpenaiLanguageModel::validate(const Json& options) const {
    using Kind = openai::OptionRule::Kind;
    return openai::check_options(options, {{"base_url", Kind::url, 0, 0},
                                           {"max_tokens", Kind::whole_number, 1, 128'000},
                                           {"top_p", Kind::number, 0, 1},
                                           {"seed", Kind::whole_number, -1e15, 1e15}});
}

std::unique_ptr<ModelAnswer> OpenaiLanguageModel::ask(ModelRequest request,
                                                      ModelListener& listener) {
    HttpStreamRequest http_request = openai::make_request(
        options_, request.options, "/chat/completions", openai::make_chat_body(request, options_));
    http_request.request.timeout = request.timeout;
    // Until the answer begins, bytes do not matter: servers keep a silent connection open with
    // them. The session, which knows how long the agent may be waited for, ends that wait.
    http_request.idle_timeout = milliseconds(0);
    http_request.request.headers.emplace_back("Accept", "text/event-stream");
    return std::make_unique<Answer>(*this, std::move(http_request), listener);
}

}  // namespace studio::adapters
