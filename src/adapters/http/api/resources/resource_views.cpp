#include "adapters/http/api/resources/resource_views.hpp"

#include "adapters/http/server/replies.hpp"

namespace studio::adapters {

Json resource_summary_view(const Resource& resource) {
    return JsonObject{{"id", resource.id},
                      {"name", resource.name},
                      {"display_name", resource.display_name},
                      {"description", resource.description},
                      {"is_active", resource.is_active},
                      {"created_at", to_rfc3339(resource.created_at)},
                      {"updated_at", to_rfc3339(resource.updated_at)}};
}

Json resource_view(const services::ResourceAnswer& answer) {
    Json view = resource_summary_view(answer.resource);
    view.get_object()["config"] = answer.resource.config;
    view.get_object()["warnings"] = field_errors_view(answer.warnings);
    return view;
}

}  // namespace studio::adapters
