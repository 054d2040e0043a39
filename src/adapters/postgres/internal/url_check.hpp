#pragma once

#include <string>

namespace studio::adapters::postgres {

/// What is wrong with a database's URL, as one sentence without any of it; empty where libpq will
/// take it apart as it was meant. libpq itself ends the password at the first `@`, looks up what
/// follows as a host, and names that in its error.
[[nodiscard]] std::string check_url(const std::string& url);

/// Whether it names several servers, which libpq tries one after the other.
[[nodiscard]] bool has_several_hosts(const std::string& url);

}  // namespace studio::adapters::postgres
