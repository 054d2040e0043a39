#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "ports/provider_error.hpp"

namespace studio::adapters {

namespace sherpa {
class Model;
}

struct SpeechModelsOptions {
    /// The operator's folder: a folder a model, and `lib` with the library. Empty: there is none.
    std::string folder;
    /// The model of agents that name none.
    std::string default_model = "moonshine-tiny-en";
    /// Models in memory at once. Each takes 60 MB to 2 GB; one that no call uses goes first.
    std::size_t models_max = 3;
};

/// The recognition models of a process, shared by its loops: each is loaded once. Any thread.
class SpeechModels {
public:
    using Loaded = Result<std::shared_ptr<const sherpa::Model>, ProviderError>;
    /// Loads the folder `path`, for `language` (two letters, or empty).
    using Loader = std::function<Result<std::shared_ptr<const sherpa::Model>, std::string>(
        const std::string& path, const std::string& language)>;

    /// With the library of the folder itself.
    explicit SpeechModels(SpeechModelsOptions options);
    /// With `loader`, for tests.
    SpeechModels(SpeechModelsOptions options, Loader loader);
    ~SpeechModels();

    [[nodiscard]] const SpeechModelsOptions& options() const { return options_; }
    /// Why the default model cannot be used here; empty where it can. Looked up once, when made.
    [[nodiscard]] const std::string& trouble() const { return trouble_; }

    /// The model if it is loaded, else null. Does not wait for one that is being loaded.
    [[nodiscard]] std::shared_ptr<const sherpa::Model> loaded(const std::string& name,
                                                              const std::string& language);
    /// Loads it if nobody has. Seconds of computing; on a pool, not on a loop.
    [[nodiscard]] Loaded load(const std::string& name, const std::string& language);
    /// Why `name` cannot be used, for whoever writes an agent; empty where there is such a folder.
    [[nodiscard]] std::string check_name(std::string_view name) const;

    /// A place for one stream, of `streams_max`; to be given back by leave(). False: all are taken.
    [[nodiscard]] bool try_enter(std::size_t streams_max);
    void leave();

    /// A decode was handed to a pool, or has come back.
    void decode_begins() { decoding_.fetch_add(1, std::memory_order_relaxed); }
    void decode_ends() { decoding_.fetch_sub(1, std::memory_order_relaxed); }
    /// How many are with a pool.
    [[nodiscard]] std::size_t decoding() const { return decoding_.load(std::memory_order_relaxed); }

private:
    using Key = std::pair<std::string, std::string>;

    void make_room();

    SpeechModelsOptions options_;
    Loader loader_;
    std::string trouble_;
    /// Held while one is loaded: others that want a model wait for it, on their pool.
    std::mutex loading_;
    std::mutex mutex_;
    std::map<Key, std::shared_ptr<const sherpa::Model>> models_;
    std::atomic<std::size_t> streams_{0};
    std::atomic<std::size_t> decoding_{0};
};

}  // namespace studio::adapters
