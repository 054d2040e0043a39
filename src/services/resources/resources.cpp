#include "services/resources/resources.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json_merge.hpp"
#include "core/agent/object_reader.hpp"

namespace studio::services {

namespace {

constexpr std::size_t display_name_length_max = 200;
constexpr std::size_t description_length_max = 2'000;
/// How often a write begins again since another came before it. One of those that meet always gets
/// through, so that this many at the same time all do.
constexpr int attempts_max = 200;

ServiceError changed_meanwhile() {
    return {ServiceErrorCode::precondition_failed,
            "the resource is not in the state that If-Match or If-None-Match asks for: load it "
            "again",
            {}};
}

/// The object that the API shows of a resource and takes back.
Json body_of(const ResourceKindInfo& info, const Resource& resource) {
    return JsonObject{{info.name_field, resource.name},
                      {info.title_field, resource.display_name},
                      {"description", resource.description},
                      {"config", resource.config},
                      {"is_active", resource.is_active}};
}

Json replaced(const ResourceKindInfo& info, const Resource& present, Json body) {
    const Json* name = find_member(body, info.name_field);
    if (JsonObject* object = body.if_object();
        object != nullptr && (name == nullptr || name->is_null())) {
        (*object)[info.name_field] = present.name;
    }
    return body;
}

std::string list_of(const std::vector<ResourceName>& names) {
    std::string list;
    for (const ResourceName& name : names) {
        list += (list.empty() ? "" : ", ") + std::string(info_of(name.kind).noun) + ' ' + name.name;
    }
    return list;
}

}  // namespace

const ResourceRules& Resources::rules_of(ResourceKind kind) const {
    // In the order of the enumeration.
    const std::array<const ResourceRules*, 3> rules{&agents_, &tools_, &workflows_};
    return *rules.at(static_cast<std::size_t>(kind));
}

std::vector<core::FieldError> Resources::read_body(ResourceKind kind, const Json& body,
                                                   Resource& resource) const {
    std::vector<core::FieldError> errors;
    core::ObjectReader reader(&body, "", errors);
    const ResourceRules& rules = rules_of(kind);
    const ResourceKindInfo& info = info_of(kind);
    reader.read_text(info.name_field, resource.name, {.required = true, .length_max = 64});
    if (errors.empty() && !rules.is_name(resource.name)) {
        reader.report(info.name_field, rules.name_rule());
    }
    reader.read_text(info.title_field, resource.display_name,
                     {.length_max = display_name_length_max});
    reader.read_text("description", resource.description, {.length_max = description_length_max});
    reader.read_boolean("is_active", resource.is_active);
    if (const Json* config = reader.find("config")) {
        resource.config = *config;
    } else {
        reader.report("config", "is required");
    }
    reader.finish();
    if (resource.display_name.empty()) {
        resource.display_name = resource.name;
    }
    return errors;
}

ServiceResult<std::vector<core::FieldError>> Resources::check(ResourceKind kind, Resource& resource,
                                                              Extent extent) const {
    ResourceFindings findings = rules_of(kind).check(resource);
    std::vector<core::FieldError>& gaps_go_to =
        extent == Extent::whole ? findings.errors : findings.warnings;
    gaps_go_to.insert(gaps_go_to.end(), findings.gaps.begin(), findings.gaps.end());
    if (!findings.errors.empty()) {
        return fail(invalid(std::move(findings.errors)));
    }
    resource.needs = std::move(findings.needs);
    return std::move(findings.warnings);
}

/// What a refused write means, with the names of those that stand in its way.
Task<ServiceError> Resources::refusal(StoreError error, ResourceKind kind, TenantId tenant,
                                      std::string name, std::vector<ResourceName> needs) {
    const std::string noun = info_of(kind).noun;
    if (error == StoreError::in_use) {
        const auto users = co_await parts_.store.users(kind, std::move(tenant), std::move(name));
        ServiceError refused = from_store(error, noun);
        if (users && !users->empty()) {
            refused.message = "this " + noun + " is used by " + list_of(*users);
            for (const ResourceName& user : *users) {
                refused.details.push_back(
                    {info_of(kind).name_field,
                     "is used by " + std::string(info_of(user.kind).noun) + ' ' + user.name});
            }
        }
        co_return refused;
    }
    if (error != StoreError::dangling) {
        co_return from_store(error, noun);
    }
    std::vector<core::FieldError> missing;
    for (std::size_t index = 0; index < needs.size(); ++index) {
        const ResourceKindInfo& info = info_of(needs[index].kind);
        const auto found = co_await parts_.store.load(info.kind, tenant, needs[index].name);
        if (!found && found.error() == StoreError::not_found) {
            missing.push_back(
                {rules_of(kind).path_of_need(index), "there is no such " + std::string(info.noun)});
        }
    }
    co_return missing.empty() ? from_store(error, noun) : invalid(std::move(missing));
}

/// Adds the warnings that need a look into the store.
Task<Result<ResourceAnswer, StoreError>> Resources::finish(ResourceKind kind,
                                                           ResourceAnswer answer) {
    const Resource& resource = answer.resource;
    for (const ResourceName& use : info_of(kind).uses(resource.config)) {
        const auto found = co_await parts_.store.load(use.kind, resource.tenant_id, use.name);
        if (!found && found.error() == StoreError::not_found) {
            answer.warnings.push_back({"config", "there is no " +
                                                     std::string(info_of(use.kind).noun) + ' ' +
                                                     use.name + ", which it names"});
        } else if (!found && is_transient(found.error())) {
            co_return fail(found.error());
        }
    }
    co_return answer;
}

ServiceTask<ResourceAnswer> Resources::create(ResourceKind kind, TenantId tenant, Json body) {
    Resource resource;
    resource.tenant_id = tenant;
    if (auto errors = read_body(kind, body, resource); !errors.empty()) {
        co_return fail(invalid(std::move(errors)));
    }
    auto warnings = check(kind, resource, Extent::whole);
    if (!warnings) {
        co_return fail(warnings.error());
    }
    resource.id = parts_.entropy.uuid();
    resource.created_at = resource.updated_at = parts_.loop.wall_now();
    const auto created = co_await parts_.store.create(kind, resource);
    if (!created) {
        co_return fail(co_await refusal(created.error(), kind, std::move(tenant), resource.name,
                                        resource.needs));
    }
    // Named: GCC 12 destroys a temporary aggregate inside co_await twice.
    ResourceAnswer written{std::move(resource), std::move(*warnings)};
    auto answer = co_await finish(kind, std::move(written));
    if (!answer) {
        co_return fail(from_store(answer.error(), info_of(kind).noun));
    }
    co_return std::move(*answer);
}

ServiceTask<ResourceAnswer> Resources::load(ResourceKind kind, TenantId tenant, std::string name) {
    auto resource = co_await parts_.store.load(kind, std::move(tenant), std::move(name));
    if (!resource) {
        co_return fail(from_store(resource.error(), info_of(kind).noun));
    }
    // Of a row that later rules would refuse only the row is told.
    ResourceFindings findings = rules_of(kind).check(*resource);
    findings.warnings.insert(findings.warnings.end(), findings.gaps.begin(), findings.gaps.end());
    ResourceAnswer found{std::move(*resource), std::move(findings.warnings)};
    auto answer = co_await finish(kind, std::move(found));
    if (!answer) {
        co_return fail(from_store(answer.error(), info_of(kind).noun));
    }
    co_return std::move(*answer);
}

ServiceTask<Page<Resource>> Resources::list(ResourceKind kind, TenantId tenant,
                                            ResourceFilter filter) {
    auto page = co_await parts_.store.list(kind, std::move(tenant), std::move(filter));
    if (!page) {
        co_return fail(from_store(page.error(), info_of(kind).noun));
    }
    co_return std::move(*page);
}

ServiceTask<ResourceAnswer> Resources::replace(Target target, Json body) {
    const ResourceKindInfo& info = info_of(target.kind);
    Draft draft = [&info, body = std::move(body)](const Resource& present) {
        return std::optional(replaced(info, present, body));
    };
    return write(std::move(target), std::move(draft), Extent::whole);
}

ServiceTask<ResourceAnswer> Resources::patch(Target target, Json body) {
    const ResourceKindInfo& info = info_of(target.kind);
    Draft draft = [&info, body = std::move(body)](const Resource& present) {
        return std::optional<Json>(merge_patch(body_of(info, present), body));
    };
    return write(std::move(target), std::move(draft), Extent::whole);
}

ServiceTask<ResourceAnswer> Resources::write_piece(Target target, Piece piece) {
    const ResourceKindInfo& info = info_of(target.kind);
    Draft draft = [&info, piece = std::move(piece)](const Resource& present) {
        auto config = with_item(present.config, piece.list, piece.id, piece.item);
        std::optional<Json> body;
        if (config) {
            body = body_of(info, present);
            body->get_object()["config"] = std::move(*config);
        }
        return body;
    };
    return write(std::move(target), std::move(draft), Extent::piece);
}

ServiceTask<ResourceAnswer> Resources::write(Target target, Draft draft, Extent extent) {
    const ResourceKind kind = target.kind;
    StoreError last = StoreError::stale;
    for (int attempt = 0; attempt < attempts_max && last == StoreError::stale; ++attempt) {
        const auto present = co_await parts_.store.load(kind, target.tenant, target.name);
        if (!present) {
            co_return fail(from_store(present.error(), info_of(kind).noun));
        }
        if (target.condition && !target.condition(*present)) {
            co_return fail(changed_meanwhile());
        }
        const std::optional<Json> body = draft(*present);
        if (!body) {
            co_return fail(from_store(StoreError::not_found, "piece"));
        }
        Resource resource;
        resource.id = present->id;
        resource.tenant_id = present->tenant_id;
        resource.created_at = present->created_at;
        if (auto errors = read_body(kind, *body, resource); !errors.empty()) {
            co_return fail(invalid(std::move(errors)));
        }
        auto warnings = check(kind, resource, extent);
        if (!warnings) {
            co_return fail(warnings.error());
        }
        // Strictly later, whatever the clocks of the machines say: it names this state of the row.
        resource.updated_at =
            std::max(parts_.loop.wall_now(), present->updated_at + milliseconds{1});
        const auto saved = co_await parts_.store.save(kind, resource, present->updated_at);
        if (saved) {
            ResourceAnswer written{std::move(resource), std::move(*warnings)};
            auto answer = co_await finish(kind, std::move(written));
            if (!answer) {
                co_return fail(from_store(answer.error(), info_of(kind).noun));
            }
            co_return std::move(*answer);
        }
        last = saved.error();
        if (last != StoreError::stale) {
            co_return fail(co_await refusal(last, kind, std::move(target.tenant),
                                            std::move(target.name), std::move(resource.needs)));
        }
    }
    co_return fail(ServiceError{
        ServiceErrorCode::unavailable, "too many write it at the same time; try again", {}});
}

ServiceTask<bool> Resources::erase(Target target) {
    const ResourceKind kind = target.kind;
    std::optional<WallTime> seen;
    StoreError last = StoreError::stale;
    for (int attempt = 0; attempt < attempts_max && last == StoreError::stale; ++attempt) {
        if (target.condition) {
            const auto present = co_await parts_.store.load(kind, target.tenant, target.name);
            if (!present) {
                co_return fail(from_store(present.error(), info_of(kind).noun));
            }
            if (!target.condition(*present)) {
                co_return fail(changed_meanwhile());
            }
            seen = present->updated_at;
        }
        const auto erased = co_await parts_.store.erase(kind, target.tenant, target.name, seen);
        if (erased) {
            co_return true;
        }
        last = erased.error();
    }
    std::vector<ResourceName> needs;
    co_return fail(co_await refusal(last, kind, std::move(target.tenant), std::move(target.name),
                                    std::move(needs)));
}

}  // namespace studio::services
