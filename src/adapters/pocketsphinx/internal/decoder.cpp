#include "adapters/pocketsphinx/internal/decoder.hpp"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <vector>

#include "adapters/pocketsphinx/internal/sphinx.hpp"

namespace studio::adapters::pocketsphinx {

namespace {

constexpr const char* general_search = "general";
constexpr const char* hinted_search = "hinted";

struct ConfigurationDeleter {
    void operator()(cmd_ln_t* configuration) const { cmd_ln_free_r(configuration); }
};
struct DecoderDeleter {
    void operator()(ps_decoder_t* decoder) const { ps_free(decoder); }
};
struct ModelDeleter {
    void operator()(ngram_model_t* model) const { ngram_model_free(model); }
};
using Model = std::unique_ptr<ngram_model_t, ModelDeleter>;

/// The library reads models from files only: a file in memory is one that no other process sees.
Model read_model(const std::string& arpa, cmd_ln_t* configuration, logmath_t* logmath) {
    const int file = memfd_create("phrases", MFD_CLOEXEC);
    if (file < 0) {
        return nullptr;
    }
    Model model;
    if (write(file, arpa.data(), arpa.size()) == static_cast<ssize_t>(arpa.size())) {
        const std::string path = "/proc/self/fd/" + std::to_string(file);
        model.reset(ngram_model_read(configuration, path.c_str(), NGRAM_ARPA, logmath));
    }
    close(file);
    return model;
}

}  // namespace

void give_memory_back() {
    ::malloc_trim(0);
}

struct Decoder::Implementation {
    std::unique_ptr<cmd_ln_t, ConfigurationDeleter> configuration;
    std::unique_ptr<ps_decoder_t, DecoderDeleter> decoder;
    /// The general language model, shared with searches that mix it.
    Model general;
    /// The mean of the cepstrum before anybody spoke: the decoder adapts it to each caller.
    std::vector<mfcc_t> first_mean;
};

Decoder::Decoder(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}

Decoder::~Decoder() = default;

Result<std::unique_ptr<Decoder>, std::string> Decoder::load(const PocketsphinxOptions& options) {
    err_set_logfp(nullptr);
    for (const std::string* path :
         {&options.acoustic_model, &options.language_model, &options.dictionary}) {
        std::error_code error;
        if (!std::filesystem::exists(*path, error)) {
            return fail("pocketsphinx: the model " + *path + " is missing");
        }
    }
    auto implementation = std::make_unique<Implementation>();
    // No second pass over the lattice (fwdflat): it doubles the work and makes the final transcript
    // come 100 ms later, for few words.
    implementation->configuration.reset(
        cmd_ln_init(nullptr, ps_args(), TRUE, "-hmm", options.acoustic_model.c_str(), "-dict",
                    options.dictionary.c_str(), "-fwdflat", "no", nullptr));
    if (implementation->configuration) {
        implementation->decoder.reset(ps_init(implementation->configuration.get()));
    }
    ps_decoder_t* const decoder = implementation->decoder.get();
    if (decoder == nullptr) {
        return fail("pocketsphinx: cannot load the model " + options.acoustic_model);
    }
    implementation->general.reset(ngram_model_read(implementation->configuration.get(),
                                                   options.language_model.c_str(), NGRAM_AUTO,
                                                   ps_get_logmath(decoder)));
    if (!implementation->general ||
        ps_set_lm(decoder, general_search, implementation->general.get()) != 0 ||
        ps_set_search(decoder, general_search) != 0) {
        return fail("pocketsphinx: cannot load the language model " + options.language_model);
    }
    const cmn_t* const cmn = ps_get_feat(decoder)->cmn_struct;
    implementation->first_mean.assign(cmn->cmn_mean, cmn->cmn_mean + cmn->veclen);
    return std::unique_ptr<Decoder>(new Decoder(std::move(implementation)));
}

bool Decoder::use_phrases(const Hints& hints) {
    cmd_ln_t* const configuration = implementation_->configuration.get();
    ps_decoder_t* const decoder = implementation_->decoder.get();
    const Model phrases =
        read_model(make_phrase_model(hints.phrases), configuration, ps_get_logmath(decoder));
    if (!phrases) {
        return false;
    }
    std::array<ngram_model_t*, 2> models{implementation_->general.get(), phrases.get()};
    std::array<char, 8> general_name{"general"};
    std::array<char, 8> phrases_name{"phrases"};
    std::array<char*, 2> names{general_name.data(), phrases_name.data()};
    const std::array<float, 2> weights{0.5F, 0.5F};
    const Model mixed(
        ngram_model_set_init(configuration, models.data(), names.data(), weights.data(), 2));
    if (!mixed) {
        return false;
    }
    std::array<const char*, 2> name_views{names[0], names[1]};
    ngram_model_set_interp(mixed.get(), name_views.data(), weights.data());
    return ps_set_lm(decoder, hinted_search, mixed.get()) == 0;
}

Result<void, std::string> Decoder::prepare(const Hints& hints) {
    ps_decoder_t* const decoder = implementation_->decoder.get();
    if (in_utterance_) {
        static_cast<void>(finish_utterance());
    }
    cmn_live_set(ps_get_feat(decoder)->cmn_struct, implementation_->first_mean.data());
    if (hints == hints_) {
        return {};
    }
    bool works = true;
    if (!hints.grammar.empty()) {
        works = ps_set_jsgf_string(decoder, hinted_search, hints.grammar.c_str()) == 0;
    } else if (!hints.phrases.empty()) {
        works = use_phrases(hints);
    } else {
        works = ps_set_lm(decoder, general_search, implementation_->general.get()) == 0;
    }
    const bool hinted = !hints.grammar.empty() || !hints.phrases.empty();
    if (!works || ps_set_search(decoder, hinted ? hinted_search : general_search) != 0) {
        return fail(std::string("pocketsphinx: cannot use the agent's phrases or grammar"));
    }
    // A search takes 30 MB: only the present one is kept.
    ps_unset_search(decoder, hinted ? general_search : hinted_search);
    hints_ = hints;
    give_memory_back();
    return {};
}

void Decoder::start_utterance() {
    ps_start_utt(implementation_->decoder.get());
    in_utterance_ = true;
}

void Decoder::process(std::span<const std::int16_t> samples) {
    ps_process_raw(implementation_->decoder.get(), samples.data(), samples.size(), FALSE, FALSE);
}

std::string Decoder::text() const {
    int32 score = 0;
    const char* const text = ps_get_hyp(implementation_->decoder.get(), &score);
    return text == nullptr ? "" : text;
}

Recognised Decoder::finish_utterance() {
    ps_decoder_t* const decoder = implementation_->decoder.get();
    ps_end_utt(decoder);
    in_utterance_ = false;
    Recognised result{.text = text()};
    if (!result.text.empty()) {
        // The posterior of the whole path shrinks with each word: its mean over the words does not.
        const auto words = 1 + std::count(result.text.begin(), result.text.end(), ' ');
        const double probability =
            std::pow(logmath_exp(ps_get_logmath(decoder), ps_get_prob(decoder)),
                     1.0 / static_cast<double>(words));
        result.confidence = std::clamp(probability, 0.0, 1.0);
    }
    return result;
}

}  // namespace studio::adapters::pocketsphinx
