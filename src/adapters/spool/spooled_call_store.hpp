#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/spool/spool_format.hpp"
#include "base/metric.hpp"
#include "ports/call_store.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/serial_queue.hpp"
#include "runtime/task_scope.hpp"

namespace studio::adapters {

class SpoolFile;

struct SpoolOptions {
    /// Made where it does not exist; private to the user. Processes may share it: each has files of
    /// its own and takes over those of processes that are gone.
    std::string folder = "spool";
    /// Labels the metrics; one per loop.
    std::string name = "calls";
    /// Entries that may wait, of this loop; beyond it writes are `unavailable`. A call writes about
    /// 1 KiB a turn: 64 MiB are an hour of 200 calls. The file, with what was replayed and is not
    /// erased yet, stays within twice as much; while it is compacted there are two of them.
    std::size_t bytes_max = std::size_t{64} << 20U;
    /// Between tries of the store while it is away, growing from the first to the last.
    milliseconds first_delay{100};
    milliseconds delay_max{2'000};
    /// Between looks for files that a dead process left.
    milliseconds adopt_interval{10'000};
};

/// A CallStore whose writes of calls under way never fail for want of the database: while it is
/// away, records and transcript lines go to a file on disk and are written afterwards, in order. A
/// write is answered when it is on disk, so it survives a crash of the process: the next one with
/// the same folder writes it. Written again, an entry changes nothing: lines are told apart by
/// sequence and holder, records by fencing token and final status. Creating, loading and claiming
/// are the store's own, as their answers are needed at once.
///
///             store unavailable                       nothing waits
///     direct --------------------> spooling, replaying -------------> direct
///
/// One per loop, used on its loop. Metrics, labelled spool="…": studio_spool_bytes,
/// studio_spool_entries, studio_spool_oldest_seconds, studio_spool_written_total,
/// studio_spool_replayed_total, studio_spool_dropped_total, studio_spool_refused_total.
class SpooledCallStore final : public CallStore {
public:
    /// Borrowed; they outlive it. `files` is where the disk is waited for.
    struct Parts {
        CallStore& store;
        runtime::BlockingPool& files;
        runtime::Loop& loop;
    };

    /// Blocking. Starts with what earlier processes left. The error is a sentence.
    [[nodiscard]] static Result<std::unique_ptr<SpooledCallStore>, std::string> open(
        SpoolOptions options, Parts parts);

    SpooledCallStore(SpoolOptions options, Parts parts, std::shared_ptr<SpoolFile> file);
    ~SpooledCallStore() override;

    [[nodiscard]] Outcome<bool> create(core::CallRecord record) override;
    [[nodiscard]] Outcome<core::CallRecord> load(TenantId tenant, CallId id) override;
    [[nodiscard]] Outcome<core::CallRecord> claim(TenantId tenant, CallId id,
                                                  std::uint64_t fencing_token) override;
    [[nodiscard]] Outcome<Page<core::CallRecord>> list(TenantId tenant, CallFilter filter) override;
    /// True also where it waits on disk. What the store says later (stale, conflict) is counted
    /// and logged, as nobody is left to be told.
    [[nodiscard]] Outcome<bool> save(core::CallRecord record) override;
    [[nodiscard]] Outcome<bool> append_transcript(TranscriptWrite write) override;
    [[nodiscard]] Outcome<std::vector<core::TranscriptEntry>> load_transcript(TenantId tenant,
                                                                              CallId id) override;

    /// Ends the replaying; what waits stays on disk for the next process. After the last write, on
    /// the loop; owed before destruction.
    [[nodiscard]] Task<void> close();
    /// Entries that wait, without those of adopted files.
    [[nodiscard]] std::uint64_t waiting() const { return entries_; }

private:
    enum class Replayed : std::uint8_t { all, damaged, cancelled };
    class FlushAwaiter;

    [[nodiscard]] Outcome<bool> spool(SpoolEntry entry);
    void start_flush();
    [[nodiscard]] Task<void> flush();
    [[nodiscard]] Task<void> drain();
    [[nodiscard]] Task<void> adopt();
    [[nodiscard]] Task<Replayed> replay(std::shared_ptr<SpoolFile> file, std::uint64_t& offset,
                                        bool is_own);
    [[nodiscard]] Task<bool> apply(const SpoolEntry& entry);
    [[nodiscard]] Task<void> compact(std::uint64_t& offset);
    void count(std::int64_t bytes, std::int64_t entries);
    void note_oldest(std::optional<WallTime> oldest);

    SpoolOptions options_;
    Parts parts_;
    std::shared_ptr<SpoolFile> file_;
    runtime::SerialQueue queue_;
    runtime::TaskScope scope_;
    Bytes buffer_;
    std::vector<FlushAwaiter*> flush_waiters_;
    std::uint64_t bytes_ = 0;
    /// What is in the file, or on its way there.
    std::uint64_t file_bytes_ = 0;
    std::uint64_t entries_ = 0;
    bool flushing_ = false;
    bool resetting_ = false;
    bool draining_ = false;
    bool closing_ = false;
    Gauge& bytes_gauge_;
    Gauge& entries_gauge_;
    Gauge& oldest_gauge_;
    Counter& written_;
    Counter& replayed_;
    Counter& dropped_;
    Counter& refused_;
};

}  // namespace studio::adapters
