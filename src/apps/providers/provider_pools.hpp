#pragma once

#include <cstddef>

#include "runtime/blocking_pool.hpp"

namespace studio::apps {

/// The threads of a process on which providers block and compute. Recognisers have theirs and
/// voices have theirs: a model that loads or a long utterance keeps no agent from speaking.
struct ProviderPools {
    /// So many threads for each of the two; at least 1.
    explicit ProviderPools(std::size_t threads)
        : ears({.name = "ears", .threads = threads}),
          voices({.name = "voices", .threads = threads}) {}

    /// As BlockingPool::stop(), once.
    void stop() {
        ears.stop();
        voices.stop();
    }

    runtime::BlockingPool ears;
    runtime::BlockingPool voices;
};

}  // namespace studio::apps
