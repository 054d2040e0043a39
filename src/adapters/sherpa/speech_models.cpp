#include "adapters/sherpa/speech_models.hpp"

#include <filesystem>
#include <utility>

#include "adapters/sherpa/internal/model.hpp"
#include "adapters/sherpa/library.hpp"
#include "base/log.hpp"

namespace studio::adapters {

namespace {

using sherpa::Model;

std::string library_folder(const std::string& folder) {
    return folder + "/lib";
}

SpeechModels::Loader loader_of(const std::string& folder) {
    return
        [folder](const std::string& path,
                 const std::string& language) -> Result<std::shared_ptr<const Model>, std::string> {
            auto found = sherpa::inspect_model(path);
            if (!found) {
                return fail(std::move(found.error()));
            }
            return sherpa::load_model(library_folder(folder), *found, language);
        };
}

}  // namespace

SpeechModels::SpeechModels(SpeechModelsOptions options)
    : options_(std::move(options)), loader_(loader_of(options_.folder)) {
    if (options_.folder.empty()) {
        trouble_ = "no folder of speech models was found";
    } else if (const auto library = sherpa::Library::load(library_folder(options_.folder));
               !library) {
        trouble_ = library.error();
    } else if (const auto model =
                   sherpa::inspect_model(options_.folder + '/' + options_.default_model);
               !model) {
        trouble_ = "the model " + options_.default_model + ' ' + model.error();
    }
}

SpeechModels::SpeechModels(SpeechModelsOptions options, Loader loader)
    : options_(std::move(options)), loader_(std::move(loader)) {}

SpeechModels::~SpeechModels() = default;

std::shared_ptr<const Model> SpeechModels::loaded(const std::string& name,
                                                  const std::string& language) {
    const std::scoped_lock lock(mutex_);
    const auto found = models_.find({name, language});
    return found == models_.end() ? nullptr : found->second;
}

SpeechModels::Loaded SpeechModels::load(const std::string& name, const std::string& language) {
    const std::scoped_lock one_at_a_time(loading_);
    if (auto known = loaded(name, language)) {
        return known;
    }
    make_room();
    {
        const std::scoped_lock lock(mutex_);
        if (models_.size() >= options_.models_max) {
            return fail(ProviderError{ProviderErrorCode::rate_limited,
                                      "local: " + std::to_string(options_.models_max) +
                                          " models are in use, and more do not fit"});
        }
    }
    auto model = loader_(options_.folder + '/' + name, language);
    if (!model) {
        return fail(ProviderError{ProviderErrorCode::unavailable,
                                  "local: the model " + name + ' ' + model.error()});
    }
    STUDIO_LOG(info, "speech_model_loaded", {"model", name},
               {"kind", sherpa::name_of((*model)->kind())});
    const std::scoped_lock lock(mutex_);
    models_.insert_or_assign(Key{name, language}, *model);
    return *model;
}

// One that no stream holds goes, if there are too many. The default one stays.
void SpeechModels::make_room() {
    std::shared_ptr<const Model> gone;
    const std::scoped_lock lock(mutex_);
    if (models_.size() < options_.models_max) {
        return;
    }
    for (auto each = models_.begin(); each != models_.end(); ++each) {
        if (each->second.use_count() == 1 && each->first.first != options_.default_model) {
            gone = std::move(each->second);
            models_.erase(each);
            return;
        }
    }
}

std::string SpeechModels::check_name(std::string_view name) const {
    if (!sherpa::is_folder_name(name)) {
        return "must be the name of a folder among this server's speech models: letters, digits "
               "and .-_, no path";
    }
    std::error_code error;
    const std::filesystem::path path = options_.folder + '/' + std::string(name);
    if (options_.folder.empty() || !std::filesystem::is_directory(path, error)) {
        return "is no folder among this server's speech models";
    }
    return {};
}

bool SpeechModels::try_enter(std::size_t streams_max) {
    if (streams_.fetch_add(1, std::memory_order_relaxed) < streams_max) {
        return true;
    }
    leave();
    return false;
}

void SpeechModels::leave() {
    streams_.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace studio::adapters
