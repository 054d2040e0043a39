#include "services/conversation/effects/internal/effect_runner.hpp"

#include <algorithm>
#include <utility>

#include "services/conversation/effects/internal/effect_result.hpp"

namespace studio::services {

namespace {

/// RFC 9110, section 9.2.1: asking again changes nothing.
bool is_safe(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

/// Between telephone keys: a tone of 250 ms (as bridges to the telephone network make them) and a
/// pause.
constexpr milliseconds digit_interval{350};
constexpr milliseconds digit_wait{500};

constexpr const char* outcome_unknown =
    "it was begun before a change of server, its outcome is not known and it was not repeated";

constexpr const char* effect_refused =
    "it could not be recorded for the moment and was not done; it may be tried again later";

}  // namespace

void EffectRunner::begin(EffectKey key, Effect effect) {
    auto task = std::make_unique<Task>();
    task->key = std::move(key);
    Task& begun = *task;
    tasks_.push_back(std::move(task));
    if (const auto* needed = std::get_if<core::HttpNeeded>(&effect)) {
        begun.work = make_request(begun.key, *needed);
        if (parts_.options.keeper == nullptr || is_safe(needed->method)) {
            perform(begun);
        } else {
            note(begun);
        }
        return;
    }
    if (auto* transfer = std::get_if<core::TransferNeeded>(&effect)) {
        begun.work = Transfer{std::move(transfer->target)};
    } else {
        begun.work = Digits{std::move(std::get<core::DigitsNeeded>(effect).digits), 0, {}};
    }
    begun.awaits_silence = true;
}

/// A server that heeds the headers repeats nothing and refuses who is not the holder any more,
/// whatever was on its way. The tool's own headers of these names do not count.
EffectRunner::Request EffectRunner::make_request(const EffectKey& key,
                                                 const core::HttpNeeded& needed) const {
    Request made;
    made.request = {.method = needed.method,
                    .url = needed.url,
                    .headers = needed.headers,
                    .body = needed.body,
                    .timeout = needed.timeout,
                    .keeps_beginning = true};
    made.attempts_left = 1 + std::max(0, needed.retries);
    auto& headers = made.request.headers;
    std::erase_if(headers,
                  [](const auto& header) { return core::is_fencing_header(header.first); });
    const core::CallRecord& record = parts_.link.record();
    headers.emplace_back(core::idempotency_header, record.id.text() + ':' + key.name);
    if (record.fencing_token != 0) {
        headers.emplace_back(core::fencing_header, std::to_string(record.fencing_token));
    }
    return made;
}

bool EffectRunner::awaits_silence() const {
    return std::any_of(tasks_.begin(), tasks_.end(),
                       [](const auto& task) { return task->awaits_silence; });
}

/// Keys would not be understood in the middle of speech, and what was said of a transfer has to be
/// heard before it.
void EffectRunner::on_silence() {
    while (true) {
        // Anew each time: what is done may end tasks and begin others.
        const auto found = std::find_if(tasks_.begin(), tasks_.end(),
                                        [](const auto& task) { return task->awaits_silence; });
        if (found == tasks_.end()) {
            return;
        }
        Task& task = **found;
        task.awaits_silence = false;
        if (!parts_.telephone.is_there()) {
            finish_phone(task, "the call is not by telephone");
        } else if (parts_.options.keeper == nullptr) {
            perform(task);
        } else {
            note(task);
        }
    }
}

void EffectRunner::note(Task& task) {
    task.is_noted = true;
    parts_.options.keeper->begin_effect(
        task.key.name, [this, run = task.key.run,
                        alive = std::weak_ptr<bool>(alive_)](const EffectVerdict& verdict) {
            if (!alive.expired()) {
                on_verdict(run, verdict);
            }
        });
}

void EffectRunner::on_verdict(std::uint32_t run, const EffectVerdict& verdict) {
    parts_.link.enter([this, run, &verdict] {
        if (Task* task = find(run)) {
            heed(*task, verdict);
        }
    });
}

void EffectRunner::heed(Task& task, const EffectVerdict& verdict) {
    const bool is_phone = !std::holds_alternative<Request>(task.work);
    switch (verdict.kind) {
        case EffectVerdict::Kind::do_it:
            perform(task);
            break;
        case EffectVerdict::Kind::done:
            task.is_noted = false;
            finish(task, input_of_effect(verdict.result, is_phone), {});
            break;
        case EffectVerdict::Kind::unknown:
        case EffectVerdict::Kind::refused: {
            const char* why =
                verdict.kind == EffectVerdict::Kind::unknown ? outcome_unknown : effect_refused;
            task.is_noted = false;
            finish(task,
                   is_phone ? core::ToolInput(core::ToolPhoneDone{why})
                            : core::ToolInput(core::ToolHttpFailed{why}),
                   {});
            break;
        }
    }
}

void EffectRunner::perform(Task& task) {
    std::visit([this, &task](auto& work) { perform(task, work); }, task.work);
}

void EffectRunner::perform(Task& task, Request& request) {
    request.retry_at.reset();
    --request.attempts_left;
    ++request.attempt;
    request.exchange_number = ++parts_.link.counts().exchanges;
    request.exchange = parts_.http_client.send(
        request.request, [this, run = task.key.run, exchange = request.exchange_number](
                             auto outcome) { on_response(run, exchange, outcome); });
}

void EffectRunner::perform(Task& task, Transfer& transfer) {
    parts_.telephone.transfer(transfer.target, [this, run = task.key.run](std::string error) {
        on_transferred(run, error);
    });
}

void EffectRunner::perform(Task& /*task*/, Digits& digits) {
    digits.press_at = parts_.link.now();
}

void EffectRunner::press_next(Task& task, Digits& digits) {
    const char digit = digits.digits[digits.next++];
    const bool is_pause = digit == 'w' || digit == 'W';
    if (!is_pause) {
        parts_.telephone.press(digit >= 'a' ? static_cast<char>(digit - 'a' + 'A') : digit);
    }
    digits.press_at = parts_.link.now() + (is_pause ? digit_wait : digit_interval);
    if (digits.next == digits.digits.size()) {
        digits.press_at.reset();
        finish_phone(task, {});
    }
}

void EffectRunner::on_transferred(std::uint32_t run, const std::string& error) {
    parts_.link.enter([this, run, &error] {
        if (Task* task = find(run)) {
            finish_phone(*task, error);
        }
    });
}

void EffectRunner::on_response(std::uint32_t run, std::uint32_t exchange_number,
                               const Result<HttpResponse, HttpClientError>& outcome) {
    if (parts_.options.input_log != nullptr) {
        parts_.options.input_log->http(exchange_number, outcome, parts_.link.now());
    }
    parts_.link.enter([this, run, &outcome] {
        Task* task = find(run);
        auto* request = task == nullptr ? nullptr : std::get_if<Request>(&task->work);
        if (request == nullptr) {
            return;
        }
        if (request->attempts_left > 0 && RetryPolicy::is_worth_repeating(outcome)) {
            const milliseconds delay =
                parts_.options.retry.first_delay * (1 << (request->attempt - 1));
            request->retry_at = parts_.link.now() + delay;
        } else {
            finish(*task, input_of(outcome), effect_result(outcome));
        }
    });
}

void EffectRunner::finish_phone(Task& task, const std::string& error) {
    finish(task, core::ToolPhoneDone{error}, phone_result(error));
}

void EffectRunner::finish(Task& task, const core::ToolInput& outcome, std::string result) {
    const auto found = std::find_if(tasks_.begin(), tasks_.end(),
                                    [&task](const auto& other) { return other.get() == &task; });
    // Kept until the run was told: it may ask for its next effect from inside.
    const std::unique_ptr<Task> over = std::move(*found);
    tasks_.erase(found);
    if (over->is_noted) {
        parts_.options.keeper->finish_effect(over->key.name, std::move(result));
    }
    done_(over->key.run, outcome);
}

EffectRunner::Task* EffectRunner::find(std::uint32_t run) {
    const auto found = std::find_if(tasks_.begin(), tasks_.end(),
                                    [run](const auto& task) { return task->key.run == run; });
    return found == tasks_.end() ? nullptr : found->get();
}

Deadline EffectRunner::next_deadline() const {
    Deadline deadline;
    for (const auto& task : tasks_) {
        if (const auto* request = std::get_if<Request>(&task->work)) {
            deadline = earlier(deadline, request->retry_at);
        } else if (const auto* digits = std::get_if<Digits>(&task->work)) {
            deadline = earlier(deadline, digits->press_at);
        }
    }
    return deadline;
}

void EffectRunner::tick(Instant now) {
    std::vector<std::uint32_t> runs;
    for (const auto& task : tasks_) {
        runs.push_back(task->key.run);
    }
    for (const std::uint32_t run : runs) {
        Task* task = find(run);
        if (task == nullptr) {
            continue;
        }
        auto* request = std::get_if<Request>(&task->work);
        auto* digits = std::get_if<Digits>(&task->work);
        if (request != nullptr && request->retry_at && now >= *request->retry_at) {
            request->retry_at.reset();
            if (task->is_noted) {
                note(*task);  // We may have lost the call while we waited.
            } else {
                perform(*task);
            }
        } else if (digits != nullptr && digits->press_at && now >= *digits->press_at) {
            press_next(*task, *digits);
        }
    }
}

}  // namespace studio::services
