#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace studio::runtime {

class CancellationToken;

/// Runs a function when a token is cancelled; destroying it forgets the function. On the loop of
/// the token's source only.
class CancellationHook {
public:
    CancellationHook() = default;
    /// `on_cancel` runs at most once, inside request(); at once where that has happened already. It
    /// should only post or arm a timer: what it destroys may be what asked for the cancellation.
    CancellationHook(const CancellationToken& token, std::function<void()> on_cancel);
    CancellationHook(const CancellationHook&) = delete;
    CancellationHook& operator=(const CancellationHook&) = delete;
    ~CancellationHook();

private:
    friend class CancellationSource;
    struct State;
    friend struct CancellationState;

    std::shared_ptr<struct CancellationState> state_;
    std::function<void()> on_cancel_;
    CancellationHook* next_ = nullptr;
    CancellationHook* previous_ = nullptr;
};

/// Says whether an operation is still wanted. A value, cheap to copy; a default token is never
/// cancelled. One loop.
class CancellationToken {
public:
    CancellationToken() = default;

    [[nodiscard]] bool is_cancelled() const;

private:
    friend class CancellationSource;
    friend class CancellationHook;
    explicit CancellationToken(std::shared_ptr<struct CancellationState> state);

    std::shared_ptr<struct CancellationState> state_;
};

/// The owner's side: one request, for good. A source made with a parent is cancelled with it. One
/// loop.
class CancellationSource {
public:
    CancellationSource();
    explicit CancellationSource(const CancellationToken& parent);
    CancellationSource(const CancellationSource&) = delete;
    CancellationSource& operator=(const CancellationSource&) = delete;

    [[nodiscard]] CancellationToken token() const;
    /// Runs the hooks in the order in which they were made. Again is harmless.
    void request();

private:
    std::shared_ptr<struct CancellationState> state_;
    CancellationHook from_parent_;
};

}  // namespace studio::runtime
