#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/entropy.hpp"
#include "contract/queue_world.hpp"
#include "queue_model/queue_model.hpp"

namespace studio::testing {

/// One random history: API replicas that push (and may die between row and push), workers that
/// take, renew, end, hand over and die, calls that are cancelled, answers that are lost, leases
/// that end, a queue that loses its memory. After each step the queue must have answered as the
/// model, and hold what it holds. At the end every call that was answered has ended or is dead, and
/// no place is left.
class History {
public:
    History(std::uint64_t seed, QueueWorld& world) : random_(seed), world_(world) {}

    [[nodiscard]] Task<> run();
    /// The first thing that was wrong; empty where nothing was.
    [[nodiscard]] const std::string& fault() const { return fault_; }

private:
    struct Worker {
        std::string id;
        std::vector<std::string> agents;
        std::map<std::string, Lease> leases;
    };

    std::uint32_t below(std::uint32_t limit) { return random_.u32() % limit; }
    bool chance(std::uint32_t percent) { return below(100) < percent; }
    JobQueue& queue() { return chance(50) ? world_.queue() : world_.other(); }
    void check(bool holds, const char* what);
    AdmissionLimits limits();
    TakeRequest request(const Worker& worker);

    [[nodiscard]] Task<> step();
    [[nodiscard]] Task<> push();
    [[nodiscard]] Task<> take(Worker& worker);
    [[nodiscard]] Task<> take_directly(Worker& worker);
    [[nodiscard]] Task<> renew(Worker& worker);
    [[nodiscard]] Task<> finish(Worker& worker, bool gives_back);
    [[nodiscard]] Task<> cancel();
    [[nodiscard]] Task<> restore();
    [[nodiscard]] Task<> reap();
    [[nodiscard]] Task<> advance(std::int64_t duration_ms);
    [[nodiscard]] Task<> lose_memory();
    [[nodiscard]] Task<> compare();
    [[nodiscard]] Task<> settle();
    void accept(Worker& worker, const Lease& lease);

    SeededEntropy random_;
    QueueWorld& world_;
    QueueModel model_;
    std::vector<Worker> workers_;
    /// Rows of calls that were answered and have neither ended nor died.
    std::map<std::string, core::Job> open_;
    std::uint32_t calls_made_ = 0;
    std::uint64_t last_token_ = 0;
    std::string step_name_;
    std::string fault_;
};

}  // namespace studio::testing
