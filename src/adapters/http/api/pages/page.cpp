#include "adapters/http/api/pages/page.hpp"

#include <span>

#include "adapters/http/api/entity_tag.hpp"
#include "base/embedded_file.hpp"

namespace studio::adapters {

std::span<const EmbeddedFile> page_files();
std::span<const EmbeddedFile> docs_files();

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
    if (name.ends_with(".yaml")) {
        return "application/yaml";
    }
    return "image/svg+xml";
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
    if (is_unchanged(request, file.etag)) {
        reply.status = 304;
    } else {
        reply.static_body = file.content;
    }
    co_return reply;
}

/// `index.html` is at `/`, another page at its name without the ending, a file at its name.
std::string path_of(std::string_view name) {
    constexpr std::string_view ending = ".html";
    if (name == "index.html") {
        return "/";
    }
    const std::size_t cut = name.ends_with(ending) ? ending.size() : 0;
    return '/' + std::string(name.substr(0, name.size() - cut));
}

std::vector<Route> routes_of(std::span<const EmbeddedFile> files) {
    std::vector<Route> routes;
    for (const EmbeddedFile& file : files) {
        const PageFile served{file.content, content_type_of(file.name), tag_of(file.content)};
        const auto handler = [served](ApiRequest request) {
            return serve(served, std::move(request));
        };
        routes.push_back({"GET", path_of(file.name), "", BodyKind::none, handler});
    }
    return routes;
}

}  // namespace

std::vector<Route> page_routes() {
    return routes_of(page_files());
}

std::vector<Route> docs_routes() {
    return routes_of(docs_files());
}

}  // namespace studio::adapters
