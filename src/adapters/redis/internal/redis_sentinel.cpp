#include "adapters/redis/internal/redis_sentinel.hpp"

#include <charconv>

namespace studio::adapters {

bool is_redis_host(std::string_view host) {
    constexpr std::size_t host_bytes_max = 253;
    return !host.empty() && host.size() <= host_bytes_max &&
           host.find_first_of(std::string_view("[]@/, \r\n\t\0", 10)) == std::string_view::npos;
}

std::vector<std::string> master_question(const std::string& master) {
    return {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", master};
}

std::optional<RedisAddress> read_master_address(const RedisValue& answer) {
    using Kind = RedisValue::Kind;
    if (answer.kind != Kind::array || answer.elements.size() != 2 ||
        answer.elements[0].kind != Kind::text || answer.elements[1].kind != Kind::text) {
        return std::nullopt;
    }
    const std::string& host = answer.elements[0].text;
    const std::string& port = answer.elements[1].text;
    RedisAddress address{host, 0};
    const auto parsed = std::from_chars(port.data(), port.data() + port.size(), address.port);
    if (!is_redis_host(host) || parsed.ec != std::errc() ||
        parsed.ptr != port.data() + port.size() || address.port == 0) {
        return std::nullopt;
    }
    return address;
}

}  // namespace studio::adapters
