#include "adapters/http/page.hpp"

#include <cstdint>
#include <span>

#include "base/embedded_file.hpp"

namespace studio::adapters {

std::span<const EmbeddedFile> page_files();

namespace {

// Scripts, styles and connections only from and to this server; the microphone is asked for by it.
constexpr const char* page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "media-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

std::string_view content_type_of(std::string_view name) {
    if (name.ends_with(".html")) {
        return "text/html; charset=utf-8";
    }
    if (name.ends_with(".js")) {
        return "text/javascript; charset=utf-8";
    }
    if (name.ends_with(".css")) {
        return "text/css; charset=utf-8";
    }
    return "image/svg+xml";
}

/// FNV-1a, 64 bit: tells one build's file from another's; nothing secret hangs on it.
std::string etag_of(std::string_view content) {
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (const char letter : content) {
        hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001B3U;
    }
    return '"' + std::to_string(hash) + '"';
}

struct PageFile {
    std::string_view content;
    std::string_view content_type;
    std::string etag;
};

Task<ApiReply> serve(PageFile file, ApiRequest request) {
    ApiReply reply;
    reply.content_type = file.content_type;
    reply.headers = {{"ETag", file.etag},
                     {"Cache-Control", "no-cache"},
                     {"Content-Security-Policy", page_policy},
                     {"Permissions-Policy", "microphone=(self), camera=(), geolocation=()"},
                     {"Cross-Origin-Opener-Policy", "same-origin"}};
    if (request.if_none_match == file.etag) {
        reply.status = 304;
    } else {
        reply.static_body = file.content;
    }
    co_return reply;
}

}  // namespace

std::vector<Route> page_routes() {
    std::vector<Route> routes;
    for (const EmbeddedFile& file : page_files()) {
        const PageFile served{file.content, content_type_of(file.name), etag_of(file.content)};
        const auto handler = [served](ApiRequest request) {
            return serve(served, std::move(request));
        };
        const std::string pattern = file.name == "index.html" ? "/" : '/' + std::string(file.name);
        routes.push_back({"GET", pattern, "", BodyKind::none, handler});
    }
    return routes;
}

}  // namespace studio::adapters
