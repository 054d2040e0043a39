#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <utility>

namespace studio {

/// A first-in first-out queue of at most `Capacity` values inside the object: no allocation.
template <class Value, std::size_t Capacity>
class RingBuffer {
public:
    /// False, and nothing changed, when full.
    [[nodiscard]] bool try_push(Value value) {
        if (count_ == Capacity) {
            return false;
        }
        slots_[(first_ + count_) % Capacity] = std::move(value);
        ++count_;
        return true;
    }

    /// Makes room by dropping the oldest value; true when one was dropped.
    bool push_dropping_oldest(Value value) {
        const bool drops = count_ == Capacity;
        if (drops) {
            static_cast<void>(pop());
        }
        static_cast<void>(try_push(std::move(value)));
        return drops;
    }

    [[nodiscard]] std::optional<Value> pop() {
        if (count_ == 0) {
            return std::nullopt;
        }
        std::optional<Value> value(std::move(slots_[first_]));
        first_ = (first_ + 1) % Capacity;
        --count_;
        return value;
    }

    void clear() { first_ = count_ = 0; }

    /// The value `index` places behind the oldest. Precondition: index < size().
    [[nodiscard]] const Value& operator[](std::size_t index) const {
        return slots_[(first_ + index) % Capacity];
    }
    [[nodiscard]] std::size_t size() const { return count_; }
    [[nodiscard]] bool empty() const { return count_ == 0; }
    [[nodiscard]] static constexpr std::size_t capacity() { return Capacity; }

private:
    std::array<Value, Capacity> slots_{};
    std::size_t first_ = 0;
    std::size_t count_ = 0;
};

}  // namespace studio
