#include "adapters/sherpa/library.hpp"

#if STUDIO_HAS_SHERPA
#include <dlfcn.h>
#endif

namespace studio::adapters::sherpa {

#if STUDIO_HAS_SHERPA

namespace {

std::string loader_error(const std::string& fallback) {
    const char* reason = dlerror();
    return reason != nullptr ? reason : fallback;
}

/// Finds functions in the library, and remembers the first that it lacks.
class Finder {
public:
    explicit Finder(void* library) : library_(library) {}

    template <class Function>
    void find(Function& function, const char* name) {
        // What dlsym gives for a function is a pointer to a function (POSIX).
        function = reinterpret_cast<Function>(dlsym(library_, name));
        if (function == nullptr && missing_.empty()) {
            missing_ = name;
        }
    }

    [[nodiscard]] const std::string& missing() const { return missing_; }

private:
    void* library_;
    std::string missing_;
};

}  // namespace

#define STUDIO_FIND(function) finder.find(found.function, "SherpaOnnx" #function)

Result<Library, std::string> Library::load(const std::string& folder) {
    const std::string path = folder + "/libsherpa-onnx-c-api.so";
    // Local: its symbols are for nobody else. It finds libonnxruntime.so beside itself.
    void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        return fail(loader_error("cannot load " + path));
    }
    Finder finder(handle);
    Library found;
    STUDIO_FIND(GetVersionStr);
    STUDIO_FIND(CreateOfflineRecognizer);
    STUDIO_FIND(DestroyOfflineRecognizer);
    STUDIO_FIND(CreateOfflineStream);
    STUDIO_FIND(DestroyOfflineStream);
    STUDIO_FIND(AcceptWaveformOffline);
    STUDIO_FIND(DecodeOfflineStream);
    STUDIO_FIND(GetOfflineStreamResult);
    STUDIO_FIND(DestroyOfflineRecognizerResult);
    STUDIO_FIND(CreateOnlineRecognizer);
    STUDIO_FIND(DestroyOnlineRecognizer);
    STUDIO_FIND(CreateOnlineStream);
    STUDIO_FIND(DestroyOnlineStream);
    STUDIO_FIND(OnlineStreamAcceptWaveform);
    STUDIO_FIND(OnlineStreamInputFinished);
    STUDIO_FIND(IsOnlineStreamReady);
    STUDIO_FIND(DecodeOnlineStream);
    STUDIO_FIND(GetOnlineStreamResult);
    STUDIO_FIND(DestroyOnlineRecognizerResult);
    STUDIO_FIND(OnlineStreamReset);
    STUDIO_FIND(CreateOfflineTts);
    STUDIO_FIND(DestroyOfflineTts);
    STUDIO_FIND(OfflineTtsSampleRate);
    STUDIO_FIND(OfflineTtsNumSpeakers);
    STUDIO_FIND(OfflineTtsGenerateWithConfig);
    STUDIO_FIND(DestroyOfflineTtsGeneratedAudio);
    if (!finder.missing().empty()) {
        return fail(path + " has no function " + finder.missing());
    }
    const char* reported = found.GetVersionStr();
    const std::string version = reported != nullptr ? reported : "";
    if (version != library_version) {
        return fail(path + " is version '" + version + "', wanted is " +
                    std::string(library_version));
    }
    return found;
}

#undef STUDIO_FIND

#else

Result<Library, std::string> Library::load(const std::string& /*folder*/) {
    return fail(
        std::string("this program was built without neural speech: run "
                    "tools/speech/install.sh and build again"));
}

#endif

}  // namespace studio::adapters::sherpa
