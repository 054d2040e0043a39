#pragma once

#include <memory>
#include <vector>

#include "adapters/openai/openai_options.hpp"
#include "ports/http_stream.hpp"
#include "ports/language_model.hpp"

namespace studio::adapters {

/// A language model behind `POST {base_url}/chat/completions` with `stream` (OpenAI API reference,
/// "Chat"): OpenAI's own and every server that speaks the same. Loop thread only.
///
/// `llm.options`: `base_url` (text), `max_tokens` (1..128000), `top_p` (0..1), `seed` (whole
/// number).
class OpenaiLanguageModel final : public LanguageModel {
public:
    /// `http` outlives the model.
    OpenaiLanguageModel(HttpStreamClient& http, OpenaiOptions options);
    ~OpenaiLanguageModel() override;

    [[nodiscard]] std::vector<OptionError> validate(const Json& options) const override;
    [[nodiscard]] std::unique_ptr<ModelAnswer> ask(ModelRequest request,
                                                   ModelListener& listener) override;

private:
    class Answer;
    class Stream;

    void drain(std::unique_ptr<Stream> stream);

    HttpStreamClient& http_;
    OpenaiOptions options_;
    /// Complete answers whose HTTP response has not ended yet: cut, they would cost the connection.
    std::vector<std::unique_ptr<Stream>> draining_;
};

}  // namespace studio::adapters
