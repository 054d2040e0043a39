#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

#if STUDIO_HAS_SHERPA
#include <sherpa-onnx/c-api/c-api.h>
#endif

namespace studio::adapters::sherpa {

/// The release whose header this was compiled with (tools/speech/library.txt). Its structs change
/// between releases, so no other will do.
inline constexpr std::string_view library_version = "2.0.1";

/// The functions of sherpa-onnx's C API that the recognisers and voices use, named as in its
/// header without `SherpaOnnx`. Found at run time, so that the program starts without the library.
///
/// All may be called from any thread; what one stream or voice computes, from one thread at a time.
/// They may throw what onnxruntime throws, and end the process on some damaged models: let
/// only models in that inspect_model() accepts.
struct Library {
    /// `folder` holds libsherpa-onnx-c-api.so and libonnxruntime.so. The error says why not, for a
    /// log. A library stays loaded until the process ends; loading it again is cheap. Reads files.
    [[nodiscard]] static Result<Library, std::string> load(const std::string& folder);

#if STUDIO_HAS_SHERPA
    decltype(&::SherpaOnnxGetVersionStr) GetVersionStr = nullptr;

    decltype(&::SherpaOnnxCreateOfflineRecognizer) CreateOfflineRecognizer = nullptr;
    decltype(&::SherpaOnnxDestroyOfflineRecognizer) DestroyOfflineRecognizer = nullptr;
    decltype(&::SherpaOnnxCreateOfflineStream) CreateOfflineStream = nullptr;
    decltype(&::SherpaOnnxDestroyOfflineStream) DestroyOfflineStream = nullptr;
    decltype(&::SherpaOnnxAcceptWaveformOffline) AcceptWaveformOffline = nullptr;
    decltype(&::SherpaOnnxDecodeOfflineStream) DecodeOfflineStream = nullptr;
    decltype(&::SherpaOnnxGetOfflineStreamResult) GetOfflineStreamResult = nullptr;
    decltype(&::SherpaOnnxDestroyOfflineRecognizerResult) DestroyOfflineRecognizerResult = nullptr;

    decltype(&::SherpaOnnxCreateOnlineRecognizer) CreateOnlineRecognizer = nullptr;
    decltype(&::SherpaOnnxDestroyOnlineRecognizer) DestroyOnlineRecognizer = nullptr;
    decltype(&::SherpaOnnxCreateOnlineStream) CreateOnlineStream = nullptr;
    decltype(&::SherpaOnnxDestroyOnlineStream) DestroyOnlineStream = nullptr;
    decltype(&::SherpaOnnxOnlineStreamAcceptWaveform) OnlineStreamAcceptWaveform = nullptr;
    decltype(&::SherpaOnnxOnlineStreamInputFinished) OnlineStreamInputFinished = nullptr;
    decltype(&::SherpaOnnxIsOnlineStreamReady) IsOnlineStreamReady = nullptr;
    decltype(&::SherpaOnnxDecodeOnlineStream) DecodeOnlineStream = nullptr;
    decltype(&::SherpaOnnxGetOnlineStreamResult) GetOnlineStreamResult = nullptr;
    decltype(&::SherpaOnnxDestroyOnlineRecognizerResult) DestroyOnlineRecognizerResult = nullptr;
    decltype(&::SherpaOnnxOnlineStreamReset) OnlineStreamReset = nullptr;

    decltype(&::SherpaOnnxCreateOfflineTts) CreateOfflineTts = nullptr;
    decltype(&::SherpaOnnxDestroyOfflineTts) DestroyOfflineTts = nullptr;
    decltype(&::SherpaOnnxOfflineTtsSampleRate) OfflineTtsSampleRate = nullptr;
    decltype(&::SherpaOnnxOfflineTtsNumSpeakers) OfflineTtsNumSpeakers = nullptr;
    decltype(&::SherpaOnnxOfflineTtsGenerateWithConfig) OfflineTtsGenerateWithConfig = nullptr;
    decltype(&::SherpaOnnxDestroyOfflineTtsGeneratedAudio) DestroyOfflineTtsGeneratedAudio =
        nullptr;
#endif
};

}  // namespace studio::adapters::sherpa
