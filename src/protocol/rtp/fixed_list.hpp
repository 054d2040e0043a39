#pragma once

#include <array>
#include <cstddef>

namespace studio::rtp {

/// At most `Capacity` values inside the object, in order: what RTCP lists need, without allocation.
template <class Value, std::size_t Capacity>
class FixedList {
public:
    /// False, and nothing changed, when full.
    bool try_push(const Value& value) {
        if (count_ == Capacity) {
            return false;
        }
        values_[count_++] = value;
        return true;
    }
    void clear() { count_ = 0; }

    [[nodiscard]] std::size_t size() const { return count_; }
    [[nodiscard]] bool empty() const { return count_ == 0; }
    [[nodiscard]] bool full() const { return count_ == Capacity; }
    /// Precondition: index < size().
    [[nodiscard]] const Value& operator[](std::size_t index) const { return values_[index]; }
    [[nodiscard]] const Value* begin() const { return values_.data(); }
    [[nodiscard]] const Value* end() const { return values_.data() + count_; }

private:
    std::array<Value, Capacity> values_{};
    std::size_t count_ = 0;
};

}  // namespace studio::rtp
