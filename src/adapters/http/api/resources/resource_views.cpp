#include "adapters/http/api/resources/resource_views.hpp"

#include "adapters/http/server/replies.hpp"

namespace studio::adapters {

Json resource_summary_view(ResourceKind kind, const Resource& resource) {
    const ResourceKindInfo& info = info_of(kind);
    return JsonObject{{"id", resource.id},
                      {info.name_field, resource.name},
                      {info.title_field, resource.display_name},
                      {"description", resource.description},
                      {"is_active", resource.is_active},
                      {"created_at", to_rfc3339(resource.created_at)},
                      {"updated_at", to_rfc3339(resource.updated_at)}};
}

Json resource_view(ResourceKind kind, const services::ResourceAnswer& answer) {
    Json view = resource_summary_view(kind, answer.resource);
    view.get_object()["config"] = answer.resource.config;
    view.get_object()["warnings"] = field_errors_view(answer.warnings);
    return view;
}

}  // namespace studio::adapters
