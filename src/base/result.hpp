#pragma once

#include <tl/expected.hpp>
#include <utility>

namespace studio {

/// A value or the reason why there is none, for trouble that is expected (network, provider, bad
/// request). It has the interface of C++23's std::expected and becomes it when we move there.
template <class Value, class Error>
using Result = tl::expected<Value, Error>;

/// Makes the failure of a Result: `return fail(StoreError::unavailable);`.
template <class Error>
[[nodiscard]] constexpr auto fail(Error&& error) {
    return tl::make_unexpected(std::forward<Error>(error));
}

}  // namespace studio
