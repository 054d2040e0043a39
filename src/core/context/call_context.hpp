#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "core/context/context_path.hpp"
#include "core/context/value_source.hpp"
#include "core/context/zone_rules.hpp"

namespace studio::core {

/// Why a context refused to be read or changed. Nothing changed then.
enum class ContextError : std::uint8_t {
    /// The text is no path (see parse_context_path), or names a whole namespace.
    bad_path,
    /// `user`, `tenant`, `history` and `now` are not written through paths.
    read_only,
    /// A flag that is not a boolean, or a step into a text or number.
    wrong_type,
    /// The path leads to nothing (erase), or the index is beyond the end of the list.
    not_found,
    /// Nesting beyond ContextLimits::depth_max.
    too_deep,
    /// The context would grow beyond ContextLimits::bytes_max.
    too_large,
};

[[nodiscard]] std::string_view name_of(ContextError error);

/// Bounds of one call's context: a caller or model must not be able to fill the process's memory.
struct ContextLimits {
    /// Levels of objects and lists below a namespace.
    std::size_t depth_max = 16;
    /// Of all namespaces together, as memory_estimate() counts. 256 KiB is far above any prompt.
    std::size_t bytes_max = 256U << 10U;
    /// The newest entries of `history` that are kept.
    std::size_t history_entries_max = 200;
};

/// What is remembered during one call, as prompts, tools and conditions see it (docs/adr/0005):
///
///   user      given with the call, never changed      history   trace of what happened, read-only
///   workflow  shared by all agents of the call         tenant    the tenant's settings, read-only
///   flags     booleans                                 now       time of this turn, read-only
///   agents    the present agent's own; others unseen   params    the present tool call's arguments
///
/// `now` is the time in the call's zone as RFC 3339 writes it, and below it are `now.date`
/// (2026-11-28), `now.time` (19:22) and `now.weekday` (Saturday, in English).
///
/// A path without a namespace is read from params, agents, workflow, user in this order, and
/// written to workflow. A plain value: it owns no clock and does no I/O. Thread-compatible, one
/// owner.
class CallContext final : public ValueSource {
public:
    using Outcome = Result<void, ContextError>;

    explicit CallContext(JsonObject user = {}, JsonObject tenant = {}, ContextLimits limits = {});

    /// Everything, as a plain value from which load() makes an equal context.
    [[nodiscard]] Json save() const;
    /// Replaces the content by a saved one; wrong_type or too_large where `saved` was not made by
    /// save().
    [[nodiscard]] Outcome load(const Json& saved);

    /// What the call itself tells of its caller, once that is known: a member of `user`, unless one
    /// of that name was given with the call.
    void complete_user(std::string_view name, Json value);
    /// The rules of the caller's time zone, for set_now() from now on; nullptr means UTC. Not part
    /// of what is saved.
    void set_zone(std::shared_ptr<const ZoneRules> zone) { zone_ = std::move(zone); }
    /// `{{now}}` of this turn.
    void set_now(WallTime now);
    /// Chooses whose part of `agents` is read and written from now on.
    void set_agent(std::string name);
    /// Replaces `params`; an empty object when the tool call is over. too_large where refused.
    [[nodiscard]] Outcome set_params(JsonObject params);
    /// Adds an entry to `history`: `{"at": now, "event": event, "detail": detail}`; the oldest is
    /// dropped when there are too many. A detail above 4 KiB is left out.
    void add_history(std::string_view event, Json detail);

    [[nodiscard]] const Json* find(std::string_view path) const override;
    /// Writes a value, making objects and lists on the way. `list[+]` appends.
    [[nodiscard]] Outcome set(std::string_view path, Json value);
    [[nodiscard]] Outcome erase(std::string_view path);
    /// A flag that was never set is false.
    [[nodiscard]] bool flag(std::string_view name) const;
    [[nodiscard]] const std::string& agent() const { return agent_; }

private:
    /// The namespace that a path is written to, and its first step there.
    struct Place {
        Json* space = nullptr;
        std::size_t first = 0;
    };

    [[nodiscard]] Result<Place, ContextError> writable_place(const ContextPath& path);
    [[nodiscard]] const Json* namespace_of(std::string_view name) const;
    [[nodiscard]] Json* writable_namespace(std::string_view name);
    [[nodiscard]] std::size_t total_bytes() const;

    Json user_;
    Json tenant_;
    Json workflow_ = JsonObject{};
    Json flags_ = JsonObject{};
    Json agents_ = JsonObject{};
    Json params_ = JsonObject{};
    Json history_ = JsonArray{};
    Json now_ = "";
    Json now_parts_ = JsonObject{};
    std::shared_ptr<const ZoneRules> zone_;
    std::string agent_;
    ContextLimits limits_;
};

/// Bytes that a value takes, near enough for limits: text and key lengths and 16 for each value.
[[nodiscard]] std::size_t memory_estimate(const Json& value);

/// Levels of nesting: 0 for a scalar, 1 for `{}` and `[1]`, 2 for `[{}]`.
[[nodiscard]] std::size_t depth_of(const Json& value);

}  // namespace studio::core
