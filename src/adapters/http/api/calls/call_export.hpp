#pragma once

#include <vector>

#include "adapters/http/api/table_text.hpp"
#include "adapters/http/server/api_message.hpp"
#include "services/calls/erasure/call_eraser.hpp"
#include "services/calls/request/call_service.hpp"

namespace studio::adapters {

/// What is done with many calls, or for good: /api/v1/calls/export, and erasure. Lives on the loop
/// of the use cases, which outlive it; it outlives the server.
class CallExport {
public:
    struct Parts {
        services::CallReader& reader;
        services::CallEraser& eraser;
        runtime::Loop& loop;
    };

    explicit CallExport(const Parts& parts) : parts_(parts) {}

    [[nodiscard]] std::vector<Route> routes();

private:
    using Calls = Page<core::CallRecord>;

    [[nodiscard]] Task<ApiReply> on_export(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_erase_call(ApiRequest request);
    [[nodiscard]] Task<ApiReply> on_erase_user(ApiRequest request);
    [[nodiscard]] Task<void> write_calls(TenantId tenant, CallFilter filter, TableFormat format,
                                         ReplyStream& stream);
    /// A page, asked for again for a while where the database is away.
    [[nodiscard]] Task<std::optional<Calls>> read_page(TenantId tenant, CallFilter filter,
                                                       ReplyStream& stream);
    [[nodiscard]] std::string rows_of(const Calls& page, TableFormat format) const;

    Parts parts_;
};

}  // namespace studio::adapters
