#include "services/errors/service_error.hpp"

#include "base/log.hpp"

namespace studio::services {

std::string_view name_of(ServiceErrorCode code) {
    switch (code) {
        case ServiceErrorCode::authentication_error:
            return "authentication_error";
        case ServiceErrorCode::authorization_error:
            return "authorization_error";
        case ServiceErrorCode::not_found:
            return "not_found";
        case ServiceErrorCode::conflict:
            return "conflict";
        case ServiceErrorCode::precondition_failed:
            return "precondition_failed";
        case ServiceErrorCode::validation_error:
            return "validation_error";
        case ServiceErrorCode::rate_limit_exceeded:
            return "rate_limit_exceeded";
        case ServiceErrorCode::unavailable:
            return "unavailable";
        case ServiceErrorCode::internal_error:
            return "internal_error";
    }
    return "internal_error";
}

ServiceError from_store(StoreError error, std::string_view what) {
    const std::string thing(what);
    switch (error) {
        case StoreError::not_found:
            return {ServiceErrorCode::not_found, "no such " + thing, {}};
        case StoreError::conflict:
            return {ServiceErrorCode::conflict, "this " + thing + " exists already", {}};
        case StoreError::unavailable:
            return {ServiceErrorCode::unavailable, "the database does not answer; try again", {}};
        case StoreError::stale:
            return {ServiceErrorCode::conflict, "this " + thing + " is held by another worker", {}};
        case StoreError::in_use:
            return {ServiceErrorCode::conflict, "this " + thing + " is in use", {}};
        case StoreError::dangling:
            return {ServiceErrorCode::conflict, "this " + thing + " names what does not exist", {}};
        case StoreError::corrupt:
            break;
    }
    STUDIO_LOG(error, "stored_row_unreadable", {"what", what});
    return {ServiceErrorCode::internal_error, "the stored " + thing + " cannot be read", {}};
}

ServiceError invalid(std::vector<core::FieldError> details) {
    std::string message = "the request is not valid";
    if (!details.empty()) {
        message = details.front().field + ": " + details.front().message;
    }
    return {ServiceErrorCode::validation_error, std::move(message), std::move(details)};
}

}  // namespace studio::services
