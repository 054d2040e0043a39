#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace studio::runtime {

/// Objects that are not in use, for threads of a pool that each need one at a time: database
/// connections. Last in, first out, so that the rest may age. Any thread.
template <class Object>
class FreeList {
public:
    /// nullptr where none is free.
    [[nodiscard]] std::unique_ptr<Object> take() {
        const std::scoped_lock lock(mutex_);
        if (objects_.empty()) {
            return nullptr;
        }
        std::unique_ptr<Object> object = std::move(objects_.back());
        objects_.pop_back();
        return object;
    }
    /// The one that has been free for longest, where `is_old` says so of it, for whoever destroys
    /// it; else nullptr.
    template <class Predicate>
    [[nodiscard]] std::unique_ptr<Object> take_oldest_if(Predicate is_old) {
        const std::scoped_lock lock(mutex_);
        if (objects_.empty() || !is_old(*objects_.front())) {
            return nullptr;
        }
        std::unique_ptr<Object> object = std::move(objects_.front());
        objects_.erase(objects_.begin());
        return object;
    }
    void put(std::unique_ptr<Object> object) {
        const std::scoped_lock lock(mutex_);
        objects_.push_back(std::move(object));
    }
    /// All of them, for whoever destroys them.
    [[nodiscard]] std::vector<std::unique_ptr<Object>> take_all() {
        const std::scoped_lock lock(mutex_);
        return std::exchange(objects_, {});
    }

private:
    std::mutex mutex_;
    std::vector<std::unique_ptr<Object>> objects_;
};

}  // namespace studio::runtime
