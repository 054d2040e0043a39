#include "apps/serve/media_loop.hpp"

#include <fcntl.h>

#include <cerrno>
#include <ext/stdio_filebuf.h>
#include <ostream>
#include <utility>

#include "base/log.hpp"

namespace studio::apps {
namespace {

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
    : index_(index), calls_("media-" + std::to_string(index), runs_first) {}

Result<std::uint16_t, std::string> MediaLoop::open(const Shared& shared,
                                                   services::CallHost::OnEnded on_ended) {
    return calls_.open([&] { return set_up(shared, std::move(on_ended)); });
}

void MediaLoop::close() {
    calls_.close([this] {
        endpoint_.reset();
        live_.reset();
    });
}

Result<std::uint16_t, std::string> MediaLoop::set_up(const Shared& shared,
                                                     services::CallHost::OnEnded on_ended) {
    adapters::WebrtcEndpointOptions options;
    options.webrtc.name = calls_.name();
    const auto first_port = shared.config.media_port;
    options.webrtc.port = static_cast<std::uint16_t>(first_port == 0 ? 0 : first_port + index_);
    options.webrtc.advertised_addresses = shared.config.media_addresses;
    options.peers_max = shared.config.calls_per_loop_max;
    auto endpoint =
        adapters::WebrtcEndpoint::open(calls_.loop(), options, shared.identity, shared.entropy);
    if (!endpoint) {
        return fail("cannot open UDP port " + std::to_string(options.webrtc.port) +
                    " for media: it is taken or not allowed");
    }
    endpoint_ = std::move(*endpoint);
    calls_.make_parts(shared.calls);
    CallLoop::Kind kind;
    kind.direct = endpoint_.get();
    live_ =
        std::make_unique<services::PostedLiveSink>(calls_.loop(), shared.live_loop, shared.live);
    kind.live = live_.get();
    if (!shared.config.record_inputs.empty()) {
        kind.open_recording = [folder = shared.config.record_inputs](const CallId& id) {
            return open_recording(folder, id);
        };
    }
    calls_.make_host(kind, std::move(on_ended));
    return endpoint_->port();
}

}  // namespace studio::apps
