#include "adapters/sherpa/internal/model.hpp"

#include <utility>

#include "adapters/sherpa/library.hpp"
#include "audio/frame.hpp"

#if STUDIO_HAS_SHERPA
#include <vector>
#endif

namespace studio::adapters::sherpa {

#if STUDIO_HAS_SHERPA

namespace {

std::vector<float> as_floats(std::span<const std::int16_t> samples) {
    constexpr float full_scale = 32'768.0F;
    std::vector<float> floats(samples.size());
    for (std::size_t index = 0; index < samples.size(); ++index) {
        floats[index] = static_cast<float>(samples[index]) / full_scale;
    }
    return floats;
}

/// Texts that the library borrows while a recogniser is made.
class Texts {
public:
    explicit Texts(const ModelFolder& folder) : folder_(folder) {}

    const char* operator()(std::string_view part) {
        return kept_.emplace(part, folder_.file(part)).first->second.c_str();
    }

private:
    const ModelFolder& folder_;
    std::map<std::string, std::string, std::less<>> kept_;
};

constexpr int feature_dim = 80;

/// What `function` gives; a default value where onnxruntime throws.
template <class Function>
auto without_throwing(const Function& function) -> decltype(function()) {
    try {
        return function();
    } catch (...) {
        return {};
    }
}

class OfflineModel final : public Model {
public:
    OfflineModel(const Library& library, const ModelFolder& folder, const std::string& language)
        : library_(library), kind_(folder.kind) {
        Texts text(folder);
        SherpaOnnxOfflineRecognizerConfig config{};
        config.feat_config = {audio::sample_rate_hz, feature_dim};
        auto& model = config.model_config;
        model.tokens = text("tokens");
        model.num_threads = 1;
        model.provider = "cpu";
        config.decoding_method = "greedy_search";
        switch (kind_) {
            case ModelKind::moonshine:
                model.moonshine.preprocessor = text("preprocessor");
                model.moonshine.encoder = text("encoder");
                model.moonshine.uncached_decoder = text("uncached_decoder");
                model.moonshine.cached_decoder = text("cached_decoder");
                break;
            case ModelKind::moonshine_merged:
                model.moonshine.encoder = text("encoder");
                model.moonshine.merged_decoder = text("merged_decoder");
                break;
            case ModelKind::transducer:
                model.transducer = {text("encoder"), text("decoder"), text("joiner")};
                break;
            case ModelKind::paraformer:
                model.paraformer.model = text("model");
                break;
            case ModelKind::sense_voice:
                model.sense_voice = {text("model"), language.empty() ? "auto" : language.c_str(),
                                     1};
                break;
            case ModelKind::whisper:
                model.whisper.encoder = text("encoder");
                model.whisper.decoder = text("decoder");
                model.whisper.language = language.c_str();
                model.whisper.task = "transcribe";
                model.whisper.tail_paddings = -1;
                break;
            case ModelKind::streaming_transducer:
            case ModelKind::streaming_paraformer:
                return;
        }
        recogniser_ = without_throwing([&] { return library_.CreateOfflineRecognizer(&config); });
    }
    ~OfflineModel() override {
        if (recogniser_ != nullptr) {
            library_.DestroyOfflineRecognizer(recogniser_);
        }
    }

    [[nodiscard]] bool is_loaded() const { return recogniser_ != nullptr; }
    [[nodiscard]] ModelKind kind() const override { return kind_; }
    [[nodiscard]] std::unique_ptr<ModelStream> open() const override { return nullptr; }

    [[nodiscard]] std::string decode(std::span<const std::int16_t> samples) const override {
        if (samples.empty()) {
            return {};
        }
        const std::vector<float> floats = as_floats(samples);
        const SherpaOnnxOfflineStream* stream = library_.CreateOfflineStream(recogniser_);
        if (stream == nullptr) {
            return {};
        }
        std::string text = without_throwing([&] {
            library_.AcceptWaveformOffline(stream, audio::sample_rate_hz, floats.data(),
                                           static_cast<std::int32_t>(floats.size()));
            library_.DecodeOfflineStream(recogniser_, stream);
            std::string found;
            if (const auto* result = library_.GetOfflineStreamResult(stream)) {
                found = result->text != nullptr ? result->text : "";
                library_.DestroyOfflineRecognizerResult(result);
            }
            return found;
        });
        library_.DestroyOfflineStream(stream);
        return text;
    }

private:
    Library library_;
    ModelKind kind_;
    const SherpaOnnxOfflineRecognizer* recogniser_ = nullptr;
};

class OnlineModel final : public Model, public std::enable_shared_from_this<OnlineModel> {
public:
    OnlineModel(const Library& library, const ModelFolder& folder)
        : library_(library), kind_(folder.kind) {
        Texts text(folder);
        SherpaOnnxOnlineRecognizerConfig config{};
        config.feat_config = {audio::sample_rate_hz, feature_dim};
        auto& model = config.model_config;
        model.tokens = text("tokens");
        model.num_threads = 1;
        model.provider = "cpu";
        config.decoding_method = "greedy_search";
        if (kind_ == ModelKind::streaming_transducer) {
            model.transducer = {text("encoder"), text("decoder"), text("joiner")};
        } else {
            model.paraformer = {text("encoder"), text("decoder")};
        }
        recogniser_ = without_throwing([&] { return library_.CreateOnlineRecognizer(&config); });
    }
    ~OnlineModel() override {
        if (recogniser_ != nullptr) {
            library_.DestroyOnlineRecognizer(recogniser_);
        }
    }

    [[nodiscard]] bool is_loaded() const { return recogniser_ != nullptr; }
    [[nodiscard]] ModelKind kind() const override { return kind_; }
    [[nodiscard]] std::string decode(std::span<const std::int16_t> /*samples*/) const override {
        return {};
    }
    [[nodiscard]] std::unique_ptr<ModelStream> open() const override {
        return std::make_unique<Stream>(shared_from_this());
    }

private:
    class Stream final : public ModelStream {
    public:
        explicit Stream(std::shared_ptr<const OnlineModel> model)
            : model_(std::move(model)),
              stream_(model_->library_.CreateOnlineStream(model_->recogniser_)) {}
        ~Stream() override { model_->library_.DestroyOnlineStream(stream_); }

        void feed(std::span<const std::int16_t> samples) override {
            const std::vector<float> floats = as_floats(samples);
            model_->library_.OnlineStreamAcceptWaveform(stream_, audio::sample_rate_hz,
                                                        floats.data(),
                                                        static_cast<std::int32_t>(floats.size()));
            decode();
        }

        std::string text() override {
            std::string text;
            if (const auto* result =
                    model_->library_.GetOnlineStreamResult(model_->recogniser_, stream_)) {
                text = result->text != nullptr ? result->text : "";
                model_->library_.DestroyOnlineRecognizerResult(result);
            }
            return text;
        }

        std::string finish() override {
            // The last words leave the model only when it has heard something behind them.
            const std::vector<std::int16_t> quiet(audio::sample_rate_hz / 2);
            feed(quiet);
            model_->library_.OnlineStreamInputFinished(stream_);
            decode();
            std::string all = text();
            model_->library_.DestroyOnlineStream(stream_);
            stream_ = model_->library_.CreateOnlineStream(model_->recogniser_);
            return all;
        }

    private:
        void decode() {
            const auto decode_all = [this] {
                while (model_->library_.IsOnlineStreamReady(model_->recogniser_, stream_) != 0) {
                    model_->library_.DecodeOnlineStream(model_->recogniser_, stream_);
                }
                return true;
            };
            static_cast<void>(without_throwing(decode_all));
        }

        std::shared_ptr<const OnlineModel> model_;
        const SherpaOnnxOnlineStream* stream_;
    };

    Library library_;
    ModelKind kind_;
    const SherpaOnnxOnlineRecognizer* recogniser_ = nullptr;
};

template <class Loaded>
Result<std::shared_ptr<const Model>, std::string> checked(std::shared_ptr<Loaded> model) {
    if (!model->is_loaded()) {
        return fail(std::string("the library cannot load it (it wrote why to the standard error)"));
    }
    return std::shared_ptr<const Model>(std::move(model));
}

}  // namespace

Result<std::shared_ptr<const Model>, std::string> load_model(const std::string& library_folder,
                                                             const ModelFolder& folder,
                                                             const std::string& language) {
    const auto library = Library::load(library_folder);
    if (!library) {
        return fail(library.error());
    }
    if (is_streaming(folder.kind)) {
        return checked(std::make_shared<OnlineModel>(*library, folder));
    }
    return checked(std::make_shared<OfflineModel>(*library, folder, language));
}

#else

Result<std::shared_ptr<const Model>, std::string> load_model(const std::string& library_folder,
                                                             const ModelFolder& /*folder*/,
                                                             const std::string& /*language*/) {
    return fail(Library::load(library_folder).error());
}

#endif

}  // namespace studio::adapters::sherpa
