#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "core/agent/field_error.hpp"
#include "ports/store_error.hpp"

namespace studio::services {

/// What a use case answers when it cannot be done; the names are those of the API's error envelope.
enum class ServiceErrorCode : std::uint8_t {
    /// No key, or one that we do not know.
    authentication_error,
    /// The key lacks the scope.
    authorization_error,
    /// No such thing for this tenant.
    not_found,
    /// A name that is taken, or a state in which this cannot be done.
    conflict,
    /// The thing is not in the state that the caller expected it to be in (If-Match).
    precondition_failed,
    /// Fields that are wrong, each in `details`.
    validation_error,
    /// Too much at once; may succeed later.
    rate_limit_exceeded,
    /// The database is away, every place is taken, or we are shutting down; may succeed later.
    unavailable,
    /// Our fault.
    internal_error,
};

/// The code as the API writes it.
[[nodiscard]] std::string_view name_of(ServiceErrorCode code);

struct ServiceError {
    ServiceErrorCode code = ServiceErrorCode::internal_error;
    /// A sentence for the caller; nothing of our inside is in it.
    std::string message;
    std::vector<core::FieldError> details;
    /// When it is worth trying again, of errors that pass; zero leaves it to the API.
    seconds retry_after{0};
};

/// What a store's trouble means for the caller; `what` names the thing: "agent".
[[nodiscard]] ServiceError from_store(StoreError error, std::string_view what);

/// A validation_error that lists what is wrong.
[[nodiscard]] ServiceError invalid(std::vector<core::FieldError> details);

template <class Value>
using ServiceResult = Result<Value, ServiceError>;

template <class Value>
using ServiceTask = Task<ServiceResult<Value>>;

}  // namespace studio::services
