#pragma once

#include <map>
#include <memory>
#include <string>

#include "services/hosting/worker/worker.hpp"
#include "sim/sim_gate.hpp"
#include "sim/sim_room.hpp"
#include "support/fakes/fake_http_client.hpp"

namespace studio::sim {

/// Rooms as one worker sees them.
class GatedRooms final : public MediaRooms {
public:
    GatedRooms(SimRooms& rooms, const Gate& gate, int worker)
        : rooms_(rooms), gate_(gate), worker_(worker) {}

    Task<Result<std::unique_ptr<CallMedia>, RoomError>> join(RoomJoin request) override {
        [[maybe_unused]] const bool passed =
            co_await runtime::sleep_for(gate_.loop, milliseconds(80));
        if (!gate_.is_alive || rooms_.is_away()) {
            co_return fail(RoomError::unavailable);
        }
        co_return rooms_.join(request.room_name, worker_);
    }

private:
    SimRooms& rooms_;
    const Gate& gate_;
    int worker_;
};

/// Requests of tools; those of a worker that was killed do not leave it.
class GatedHttpClient final : public HttpClient {
public:
    GatedHttpClient(HttpClient& inner, const Gate& gate) : inner_(inner), gate_(gate) {}

    std::unique_ptr<HttpExchange> send(HttpRequest request, Done done) override {
        struct Nothing final : HttpExchange {};
        if (!gate_.is_alive) {
            return std::make_unique<Nothing>();
        }
        return inner_.send(std::move(request), std::move(done));
    }

private:
    HttpClient& inner_;
    const Gate& gate_;
};

/// What all workers share.
struct SimWorld {
    runtime::Loop& loop;
    JobQueue& queue;
    CallJournal& journal;
    CallStore& calls;
    ResourceStore& resources;
    SimRooms& rooms;
    HttpClient& http;
    const services::HostProviders& providers;
    const bool& store_is_up;
    std::map<CallId, int>& ends;
    services::PhoneDialer* phones = nullptr;
};

/// One process: control loop and media loop in one, behind a gate.
class SimWorker {
public:
    SimWorker(SimWorld& world, int number, std::uint32_t calls_max)
        : gate_{world.loop, true, world.store_is_up, world.ends},
          queue_(world.queue, gate_),
          journal_(world.journal, gate_),
          calls_(world.calls, gate_),
          rooms_(world.rooms, gate_, number),
          http_(world.http, gate_),
          dispatcher_(world.loop, calls_max),
          host_(
              services::CallHost::Parts{world.loop, calls_, http_, world.providers, nullptr,
                                        &rooms_, &journal_, world.phones},
              session_options(),
              [this](const CallId& id, services::CallEnd end) { worker_.on_call_ended(id, end); }),
          worker_(options(number, calls_max),
                  {world.loop, queue_, journal_, calls_, world.resources, dispatcher_}),
          number_(number) {
        dispatcher_.add_host(world.loop, host_);
        worker_.start();
    }

    /// The process is gone: from here on it has no effect.
    void kill(SimRooms& rooms) {
        gate_.is_alive = false;
        rooms.cut(number_);
    }
    /// Ends what is left of it, on the loop; before it is destroyed.
    [[nodiscard]] Task<void> close() {
        co_await worker_.close();
        co_await host_.close();
        is_closed_ = true;
    }
    [[nodiscard]] Task<void> drain(milliseconds timeout) {
        is_draining_ = true;
        [[maybe_unused]] const bool all = co_await worker_.drain(timeout);
        co_await close();
    }
    [[nodiscard]] bool is_closed() const { return is_closed_; }
    [[nodiscard]] bool is_draining() const { return is_draining_; }
    [[nodiscard]] bool is_alive() const { return gate_.is_alive && !is_closed_; }
    [[nodiscard]] const services::Worker& worker() const { return worker_; }
    [[nodiscard]] services::CallHost& host() { return host_; }
    [[nodiscard]] std::size_t sessions() const { return host_.count(); }

private:
    static services::CallSessionOptions session_options() {
        services::CallSessionOptions options;
        options.model_timeout = seconds(3);
        options.synthesis_timeout = seconds(2);
        return options;
    }
    static services::WorkerOptions options(int number, std::uint32_t calls_max) {
        services::WorkerOptions options;
        options.worker_id = "worker-" + std::to_string(number);
        options.calls_max = calls_max;
        return options;
    }

    Gate gate_;
    GatedJobQueue queue_;
    GatedCallJournal journal_;
    GatedCallStore calls_;
    GatedRooms rooms_;
    GatedHttpClient http_;
    services::Dispatcher dispatcher_;
    services::CallHost host_;
    services::Worker worker_;
    int number_;
    bool is_closed_ = false;
    bool is_draining_ = false;
};

}  // namespace studio::sim
