#include "runtime/cancellation.hpp"

#include <utility>

namespace studio::runtime {

struct CancellationState {
    bool cancelled = false;
    CancellationHook* first = nullptr;
    CancellationHook* last = nullptr;

    void add(CancellationHook& hook) {
        hook.previous_ = last;
        (last == nullptr ? first : last->next_) = &hook;
        last = &hook;
    }

    void remove(CancellationHook& hook) {
        (hook.previous_ == nullptr ? first : hook.previous_->next_) = hook.next_;
        (hook.next_ == nullptr ? last : hook.next_->previous_) = hook.previous_;
        hook.next_ = hook.previous_ = nullptr;
        hook.state_.reset();
    }

    // A hook may destroy other hooks, so the list is taken from its head each time.
    void request() {
        cancelled = true;
        while (first != nullptr) {
            CancellationHook& hook = *first;
            const std::function<void()> on_cancel = std::move(hook.on_cancel_);
            remove(hook);
            on_cancel();
        }
    }
};

CancellationHook::CancellationHook(const CancellationToken& token, std::function<void()> on_cancel)
    : on_cancel_(std::move(on_cancel)) {
    if (!token.state_) {
        return;
    }
    if (token.state_->cancelled) {
        std::exchange(on_cancel_, nullptr)();
        return;
    }
    state_ = token.state_;
    state_->add(*this);
}

CancellationHook::~CancellationHook() {
    if (const std::shared_ptr<CancellationState> state = state_) {
        state->remove(*this);
    }
}

CancellationToken::CancellationToken(std::shared_ptr<CancellationState> state)
    : state_(std::move(state)) {}

bool CancellationToken::is_cancelled() const {
    return state_ && state_->cancelled;
}

CancellationSource::CancellationSource() : state_(std::make_shared<CancellationState>()) {}

CancellationSource::CancellationSource(const CancellationToken& parent)
    : state_(std::make_shared<CancellationState>()),
      from_parent_(parent, [state = state_] { state->request(); }) {}

CancellationToken CancellationSource::token() const {
    return CancellationToken(state_);
}

void CancellationSource::request() {
    // Kept alive: a hook may destroy this source.
    const std::shared_ptr<CancellationState> state = state_;
    state->request();
}

}  // namespace studio::runtime
