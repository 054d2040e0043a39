#include "apps/serve/media_loop.hpp"

#include <fcntl.h>

#include <cerrno>
#include <ext/stdio_filebuf.h>
#include <ostream>
#include <utility>

#include "base/log.hpp"

namespace studio::apps {
namespace {

std::string loop_name(unsigned index) {
    return "media-" + std::to_string(index);
}

/// A buffer over one file that only we may read: callers' voices are in it.
class RecordingFile final : public std::ostream {
public:
    explicit RecordingFile(int descriptor)
        : std::ostream(nullptr), buffer_(descriptor, std::ios::out) {
        rdbuf(&buffer_);
    }

private:
    __gnu_cxx::stdio_filebuf<char> buffer_;
};

std::unique_ptr<std::ostream> open_recording(const std::string& folder, const CallId& id) {
    const std::string path = folder + '/' + id.text() + ".calllog";
    const int descriptor =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) {
        STUDIO_LOG(error, "call_not_recorded", {"call_id", id}, {"errno", errno});
        return nullptr;
    }
    return std::make_unique<RecordingFile>(descriptor);
}

}  // namespace

MediaLoop::MediaLoop(unsigned index, bool runs_first)
    : index_(index), thread_(runtime::AsioLoopOptions{.name = loop_name(index)}, runs_first) {}

Result<std::uint16_t, std::string> MediaLoop::open(const Shared& shared,
                                                   services::CallHost::OnEnded on_ended) {
    thread_.start();
    Result<std::uint16_t, std::string> outcome;
    thread_.run_and_wait([&] { outcome = set_up(shared, std::move(on_ended)); });
    return outcome;
}

void MediaLoop::close() {
    thread_.run_and_wait([this] {
        host_.reset();
        speech_judge_.reset();
        call_store_.reset();
        providers_.reset();
        endpoint_.reset();
    });
    thread_.stop();
}

Result<std::uint16_t, std::string> MediaLoop::set_up(const Shared& shared,
                                                     services::CallHost::OnEnded on_ended) {
    runtime::AsioLoop& loop = thread_.loop();
    adapters::WebrtcEndpointOptions options;
    options.webrtc.name = loop_name(index_);
    const auto first_port = shared.config.media_port;
    options.webrtc.port = static_cast<std::uint16_t>(first_port == 0 ? 0 : first_port + index_);
    options.webrtc.advertised_addresses = shared.config.media_addresses;
    options.peers_max = shared.config.calls_per_loop_max;
    auto endpoint = adapters::WebrtcEndpoint::open(loop, options, shared.identity, shared.entropy);
    if (!endpoint) {
        return fail("cannot open UDP port " + std::to_string(options.webrtc.port) +
                    " for media: it is taken or not allowed");
    }
    endpoint_ = std::move(*endpoint);
    providers_ = std::make_unique<ProviderSet>(loop, shared.pool, shared.config.providers, 1);
    call_store_ = std::make_unique<adapters::SqlCallStore>(shared.database, loop);
    services::CallHost::OpenRecording recording;
    if (!shared.config.record_inputs.empty()) {
        recording = [folder = shared.config.record_inputs](const CallId& id) {
            return open_recording(folder, id);
        };
    }
    services::CallSessionOptions session_options;
    session_options.time_zones = &providers_->time_zones();
    if (shared.voice_model != nullptr) {
        speech_judge_ = std::make_unique<adapters::SileroJudge>(loop, shared.voice_model);
        session_options.speech_judge = speech_judge_.get();
    }
    host_ = std::make_unique<services::CallHost>(
        services::CallHost::Parts{loop, *call_store_, providers_->http_client(),
                                  providers_->by_name(), endpoint_.get()},
        session_options, std::move(on_ended), std::move(recording));
    return endpoint_->port();
}

}  // namespace studio::apps
