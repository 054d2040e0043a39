#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/tool/tool_run.hpp"
#include "ports/http_client.hpp"
#include "services/conversation/effects/internal/telephone.hpp"
#include "services/conversation/session/internal/session_link.hpp"
#include "services/conversation/session/session_options.hpp"

namespace studio::services {

/// What a tool waits for.
using Effect = std::variant<core::HttpNeeded, core::TransferNeeded, core::DigitsNeeded>;

/// Whose effect it is. `name` is unique within the call and the same wherever the call is carried
/// on.
struct EffectKey {
    std::uint32_t run = 0;
    std::string name;
};

/// Carries out what tools ask of the world outside, each effect once, whoever holds the call:
/// requests, with their attempts, and the telephone. One at a time of each run.
///
///   begin --request--> (noted in the journal) --> under way --> done
///         --telephone--> silence --> (noted) --> under way --> done
///
/// On the call's loop.
class EffectRunner {
public:
    struct Parts {
        SessionLink& link;
        HttpClient& http_client;
        Telephone& telephone;
        const CallSessionOptions& options;
    };
    /// What came of the effect of that run.
    using Done = std::function<void(std::uint32_t run, const core::ToolInput& outcome)>;

    explicit EffectRunner(const Parts& parts) : parts_(parts) {}

    void on_done(Done done) { done_ = std::move(done); }
    void begin(EffectKey key, Effect effect);
    /// Whether something goes on as soon as nothing is being said: on_silence().
    [[nodiscard]] bool awaits_silence() const;
    void on_silence();
    /// Gives up everything, and tells nobody.
    void drop() { tasks_.clear(); }

    [[nodiscard]] Deadline next_deadline() const;
    void tick(Instant now);

private:
    struct Request {
        HttpRequest request;
        int attempts_left = 0;
        int attempt = 0;
        std::uint32_t exchange_number = 0;
        std::unique_ptr<HttpExchange> exchange;
        Deadline retry_at;
    };
    struct Transfer {
        std::string target;
    };
    /// Keys: which is the next, and when it is pressed.
    struct Digits {
        std::string digits;
        std::size_t next = 0;
        Deadline press_at;
    };
    struct Task {
        EffectKey key;
        std::variant<Transfer, Request, Digits> work;
        bool awaits_silence = false;
        /// Its beginning is in the journal, and what comes of it is told there.
        bool is_noted = false;
    };

    [[nodiscard]] Request make_request(const EffectKey& key, const core::HttpNeeded& needed) const;
    [[nodiscard]] Task* find(std::uint32_t run);
    void note(Task& task);
    void heed(Task& task, const EffectVerdict& verdict);
    void on_verdict(std::uint32_t run, const EffectVerdict& verdict);
    void perform(Task& task);
    void perform(Task& task, Request& request);
    void perform(Task& task, Transfer& transfer);
    void perform(Task& task, Digits& digits);
    void press_next(Task& task, Digits& digits);
    void on_response(std::uint32_t run, std::uint32_t exchange_number,
                     const Result<HttpResponse, HttpClientError>& outcome);
    void on_transferred(std::uint32_t run, const std::string& error);
    void finish_phone(Task& task, const std::string& error);
    /// `result`, where it was noted, is for the journal. The task is gone afterwards.
    void finish(Task& task, const core::ToolInput& outcome, std::string result);

    Parts parts_;
    Done done_;
    std::vector<std::unique_ptr<Task>> tasks_;
    /// Expires with this, for verdicts that come later.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace studio::services
