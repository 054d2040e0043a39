#include "adapters/spool/spooled_call_store.hpp"

#include <algorithm>
#include <utility>

#include "adapters/spool/internal/spool_file.hpp"
#include "base/log.hpp"

namespace studio::adapters {

namespace {

// While the last batch is on its way to the disk.
constexpr milliseconds flush_poll{5};

std::string label_of(const SpoolOptions& options) {
    return "spool=\"" + options.name + '"';
}

}  // namespace

/// Waits until the buffer, with what the awaiter put there, is on disk.
class SpooledCallStore::FlushAwaiter {
public:
    explicit FlushAwaiter(SpooledCallStore& store) : store_(store) {}
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
        waiting_ = waiting;
        store_.flush_waiters_.push_back(this);
        store_.start_flush();
    }
    [[nodiscard]] bool await_resume() const noexcept { return is_on_disk_; }

    void finish(bool is_on_disk) {
        is_on_disk_ = is_on_disk;
        store_.parts_.loop.post([waiting = waiting_] { waiting.resume(); });
    }

private:
    SpooledCallStore& store_;
    std::coroutine_handle<> waiting_;
    bool is_on_disk_ = false;
};

Result<std::unique_ptr<SpooledCallStore>, std::string> SpooledCallStore::open(SpoolOptions options,
                                                                              Parts parts) {
    auto file = SpoolFile::create(options.folder);
    if (!file) {
        return fail(file.error());
    }
    auto store = std::make_unique<SpooledCallStore>(std::move(options), parts, std::move(*file));
    store->scope_.spawn(store->adopt());
    return store;
}

SpooledCallStore::SpooledCallStore(SpoolOptions options, Parts parts,
                                   std::shared_ptr<SpoolFile> file)
    : options_(std::move(options)),
      parts_(parts),
      file_(std::move(file)),
      queue_(parts.files),
      scope_(parts.loop),
      bytes_gauge_(metrics().gauge("studio_spool_bytes", "Bytes that wait for the database.",
                                   label_of(options_))),
      entries_gauge_(metrics().gauge("studio_spool_entries", "Writes that wait for the database.",
                                     label_of(options_))),
      oldest_gauge_(metrics().gauge("studio_spool_oldest_seconds",
                                    "Age of the oldest write that waits for the database.",
                                    label_of(options_))),
      written_(metrics().counter("studio_spool_written_total", "Writes that went to disk.",
                                 label_of(options_))),
      replayed_(metrics().counter("studio_spool_replayed_total",
                                  "Writes that the database got from disk.", label_of(options_))),
      dropped_(metrics().counter("studio_spool_dropped_total",
                                 "Writes from disk that the database refused for good.",
                                 label_of(options_))),
      refused_(metrics().counter("studio_spool_refused_total",
                                 "Writes that found the spool full or the disk failing.",
                                 label_of(options_))) {}

SpooledCallStore::~SpooledCallStore() {
    count(-static_cast<std::int64_t>(bytes_), -static_cast<std::int64_t>(entries_));
}

CallStore::Outcome<bool> SpooledCallStore::create(core::CallRecord record) {
    return parts_.store.create(std::move(record));
}

CallStore::Outcome<core::CallRecord> SpooledCallStore::load(TenantId tenant, CallId id) {
    return parts_.store.load(std::move(tenant), std::move(id));
}

CallStore::Outcome<core::CallRecord> SpooledCallStore::claim(TenantId tenant, CallId id,
                                                             std::uint64_t fencing_token) {
    return parts_.store.claim(std::move(tenant), std::move(id), fencing_token);
}

CallStore::Outcome<Page<core::CallRecord>> SpooledCallStore::list(TenantId tenant,
                                                                  CallFilter filter) {
    return parts_.store.list(std::move(tenant), std::move(filter));
}

CallStore::Outcome<std::vector<core::TranscriptEntry>> SpooledCallStore::load_transcript(
    TenantId tenant, CallId id) {
    return parts_.store.load_transcript(std::move(tenant), std::move(id));
}

CallStore::Outcome<bool> SpooledCallStore::save(core::CallRecord record) {
    // What waits goes first: the order of a call's writes is kept.
    if (entries_ == 0) {
        const auto saved = co_await parts_.store.save(record);
        if (saved || !is_transient(saved.error())) {
            co_return saved;
        }
    }
    SpoolEntry entry;
    entry.write = std::move(record);
    co_return co_await spool(std::move(entry));
}

CallStore::Outcome<bool> SpooledCallStore::append_transcript(TranscriptWrite write) {
    if (entries_ == 0) {
        const auto appended = co_await parts_.store.append_transcript(write);
        if (appended || !is_transient(appended.error())) {
            co_return appended;
        }
    }
    SpoolEntry entry;
    entry.write = std::move(write);
    co_return co_await spool(std::move(entry));
}

CallStore::Outcome<bool> SpooledCallStore::spool(SpoolEntry entry) {
    entry.written_at = parts_.loop.wall_now();
    const Bytes bytes = serialize_spool_entry(entry);
    if (closing_ || bytes.empty() || bytes_ + bytes.size() > options_.bytes_max ||
        file_bytes_ + bytes.size() > 2 * options_.bytes_max) {
        refused_.add();
        co_return fail(StoreError::unavailable);
    }
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    file_bytes_ += bytes.size();
    if (entries_ == 0) {
        note_oldest(entry.written_at);
    }
    count(static_cast<std::int64_t>(bytes.size()), 1);
    const bool is_on_disk = co_await FlushAwaiter(*this);
    if (!is_on_disk) {
        count(-static_cast<std::int64_t>(bytes.size()), -1);
        file_bytes_ -= bytes.size();
        refused_.add();
        co_return fail(StoreError::unavailable);
    }
    written_.add();
    if (!draining_ && !closing_) {
        draining_ = true;
        STUDIO_LOG(warning, "spooling_began", {"spool", options_.name});
        scope_.spawn(drain());
    }
    co_return true;
}

void SpooledCallStore::start_flush() {
    if (!flushing_ && !resetting_ && !buffer_.empty()) {
        flushing_ = true;
        scope_.spawn(flush());
    }
}

Task<void> SpooledCallStore::flush() {
    while (!buffer_.empty()) {
        const Bytes batch = std::exchange(buffer_, {});
        const std::vector<FlushAwaiter*> waiters = std::exchange(flush_waiters_, {});
        const auto append = [file = file_, &batch] { return file->append(batch); };
        const auto appended = co_await queue_.run(parts_.loop, append);
        for (FlushAwaiter* waiter : waiters) {
            waiter->finish(appended && *appended);
        }
    }
    flushing_ = false;
}

Task<void> SpooledCallStore::drain() {
    std::uint64_t offset = spool_header.size();
    while (true) {
        const Replayed replayed = co_await replay(file_, offset, true);
        if (replayed == Replayed::cancelled) {
            break;
        }
        // What is damaged here was written by us: the disk lies. The rest is given up.
        const bool is_damaged = replayed == Replayed::damaged;
        if (!is_damaged && (flushing_ || !buffer_.empty() || entries_ > 0)) {
            if (!co_await runtime::sleep_for(parts_.loop, flush_poll, scope_.token())) {
                break;
            }
            continue;
        }
        resetting_ = true;
        const auto reset = [file = file_] { return file->reset(); };
        const auto is_reset = co_await queue_.run(parts_.loop, reset);
        resetting_ = false;
        if (is_damaged) {
            STUDIO_LOG(error, "spool_unreadable", {"entries", entries_});
            count(-static_cast<std::int64_t>(bytes_), -static_cast<std::int64_t>(entries_));
        }
        if (is_reset && *is_reset) {
            offset = spool_header.size();
            file_bytes_ = buffer_.size();
        }
        start_flush();
        if (buffer_.empty() && !flushing_ && entries_ == 0) {
            STUDIO_LOG(info, "spooling_ended", {"spool", options_.name});
            note_oldest(std::nullopt);
            break;
        }
    }
    draining_ = false;
}

Task<void> SpooledCallStore::adopt() {
    do {
        const auto find = [folder = options_.folder] { return SpoolFile::adopt(folder); };
        const auto files = co_await queue_.run(parts_.loop, find);
        if (!files) {
            continue;
        }
        for (const std::shared_ptr<SpoolFile>& file : *files) {
            std::uint64_t offset = spool_header.size();
            const Replayed replayed = co_await replay(file, offset, false);
            if (replayed == Replayed::cancelled) {
                co_return;
            }
            if (replayed == Replayed::damaged) {
                file->set_aside();
            } else {
                file->remove();
            }
        }
    } while (co_await runtime::sleep_for(parts_.loop, options_.adopt_interval, scope_.token()));
}

/// Where the store is never quite caught up with, the file would grow by all that was replayed.
Task<void> SpooledCallStore::compact(std::uint64_t& offset) {
    const auto work = [file = file_, offset] { return file->compact(offset); };
    const auto compacted = co_await queue_.run(parts_.loop, work);
    if (compacted && *compacted) {
        file_bytes_ -= offset - spool_header.size();
        offset = spool_header.size();
    }
}

Task<SpooledCallStore::Replayed> SpooledCallStore::replay(std::shared_ptr<SpoolFile> file,
                                                          std::uint64_t& offset, bool is_own) {
    milliseconds delay = options_.first_delay;
    while (true) {
        if (is_own && offset - spool_header.size() >= options_.bytes_max) {
            co_await compact(offset);
        }
        const auto read = [file, offset] { return file->read(offset, spool_entry_bytes_max); };
        const auto bytes = co_await queue_.run(parts_.loop, read);
        if (!bytes) {
            co_return Replayed::cancelled;
        }
        if (!*bytes) {
            co_return Replayed::damaged;
        }
        const SpoolChunk chunk = parse_spool(**bytes);
        bool is_away = false;
        for (const SpoolEntry& entry : chunk.entries) {
            if (is_own) {
                note_oldest(entry.written_at);
            }
            if (scope_.token().is_cancelled()) {
                co_return Replayed::cancelled;
            }
            if (!co_await apply(entry)) {
                is_away = true;
                break;
            }
            offset += entry.bytes;
            delay = options_.first_delay;
            if (is_own) {
                count(-static_cast<std::int64_t>(entry.bytes), -1);
            }
        }
        if (is_away) {
            if (!co_await runtime::sleep_for(parts_.loop, delay, scope_.token())) {
                co_return Replayed::cancelled;
            }
            delay = std::min(delay * 2, options_.delay_max);
            continue;
        }
        if (chunk.is_damaged) {
            co_return Replayed::damaged;
        }
        if (chunk.entries.empty()) {
            co_return Replayed::all;
        }
    }
}

Task<bool> SpooledCallStore::apply(const SpoolEntry& entry) {
    std::optional<Result<bool, StoreError>> outcome;
    const auto* record = std::get_if<core::CallRecord>(&entry.write);
    if (record != nullptr) {
        outcome = co_await parts_.store.save(*record);
    } else {
        outcome = co_await parts_.store.append_transcript(std::get<TranscriptWrite>(entry.write));
    }
    if (*outcome) {
        replayed_.add();
        co_return true;
    }
    if (is_transient(outcome->error())) {
        co_return false;
    }
    // Stale or conflict: somebody wrote it already, or the call is another's by now.
    dropped_.add();
    const CallId& id =
        record != nullptr ? record->id : std::get<TranscriptWrite>(entry.write).call_id;
    STUDIO_LOG(warning, "spooled_write_refused", {"call_id", id},
               {"error", static_cast<int>(outcome->error())});
    co_return true;
}

Task<void> SpooledCallStore::close() {
    closing_ = true;
    co_await scope_.close();
}

void SpooledCallStore::count(std::int64_t bytes, std::int64_t entries) {
    bytes_ = static_cast<std::uint64_t>(static_cast<std::int64_t>(bytes_) + bytes);
    entries_ = static_cast<std::uint64_t>(static_cast<std::int64_t>(entries_) + entries);
    bytes_gauge_.add(bytes);
    entries_gauge_.add(entries);
}

void SpooledCallStore::note_oldest(std::optional<WallTime> oldest) {
    oldest_gauge_.set(oldest ? duration_cast<seconds>(parts_.loop.wall_now() - *oldest).count()
                             : 0);
}

}  // namespace studio::adapters
