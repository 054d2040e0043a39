#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "adapters/spool/spooled_call_store.hpp"
#include "base/entropy.hpp"
#include "runtime/virtual_loop.hpp"
#include "support/stores/fake_call_store.hpp"

namespace studio::adapters {
namespace {

/// A store that is away while told so, or at the n-th write after it was told.
class UnsteadyCallStore final : public CallStore {
public:
    Outcome<bool> create(core::CallRecord record) override {
        return inner.create(std::move(record));
    }
    Outcome<core::CallRecord> load(TenantId tenant, CallId id) override {
        return inner.load(std::move(tenant), std::move(id));
    }
    Outcome<core::CallRecord> claim(TenantId tenant, CallId id,
                                    std::uint64_t fencing_token) override {
        return inner.claim(std::move(tenant), std::move(id), fencing_token);
    }
    Outcome<Page<core::CallRecord>> list(TenantId tenant, CallFilter filter) override {
        return inner.list(std::move(tenant), std::move(filter));
    }
    Outcome<bool> save(core::CallRecord record) override {
        if (fails()) {
            co_return fail(StoreError::unavailable);
        }
        const auto saved = co_await inner.save(std::move(record));
        // As when the connection breaks after COMMIT.
        co_return answers() ? saved : fail(StoreError::unavailable);
    }
    Outcome<bool> append_transcript(TranscriptWrite write) override {
        if (fails()) {
            co_return fail(StoreError::unavailable);
        }
        const auto appended = co_await inner.append_transcript(std::move(write));
        co_return answers() ? appended : fail(StoreError::unavailable);
    }
    Outcome<std::vector<core::TranscriptEntry>> load_transcript(TenantId tenant,
                                                                CallId id) override {
        return inner.load_transcript(std::move(tenant), std::move(id));
    }

    testing::FakeCallStore inner;
    bool is_away = false;
    int fail_at = 0;
    int fail_after = 0;

private:
    bool fails() { return is_away || --fail_at == 0; }
    bool answers() { return --fail_after != 0; }
};

template <class Value>
Task<> keep(Task<Value> task, std::optional<Value>& target) {
    target = co_await std::move(task);
}

class SpoolTest : public ::testing::Test {
protected:
    SpoolTest() {
        SystemEntropy entropy;
        folder_ = std::filesystem::temp_directory_path() / ("studio_spool_" + entropy.text(16));
        open();
        EXPECT_EQ(run(store_->create(record(core::CallStatus::pending))), true);
    }
    ~SpoolTest() override {
        if (store_) {
            close();
        }
        pool_.stop();
        std::filesystem::remove_all(folder_);
    }

    SpoolOptions options() const {
        SpoolOptions made;
        made.folder = folder_.string();
        return made;
    }
    void open() { store_ = *SpooledCallStore::open(options(), {unsteady_, pool_, loop_}); }
    /// Leaves the file as a crash would: nothing more is written.
    void close() {
        runtime::TaskScope scope(loop_);
        scope.spawn(store_->close());
        loop_.run_for(milliseconds{50});
        store_.reset();
    }
    template <class Value>
    Value run(Task<Value> task, milliseconds time = milliseconds{20}) {
        std::optional<Value> value;
        runtime::TaskScope scope(loop_);
        scope.spawn(keep(std::move(task), value));
        loop_.run_for(time);
        return std::move(*value);
    }
    static core::CallRecord record(core::CallStatus status, std::uint64_t token = 1) {
        core::CallRecord made;
        made.id = CallId("c");
        made.tenant_id = TenantId("one");
        made.status = status;
        made.fencing_token = token;
        made.phone_number = Pii<std::string>("+491510000");
        return made;
    }
    static TranscriptWrite line(std::uint32_t sequence, std::string content) {
        TranscriptWrite write;
        write.tenant_id = TenantId("one");
        write.call_id = CallId("c");
        write.fencing_token = 1;
        core::TranscriptEntry entry;
        entry.sequence = sequence;
        entry.content = std::move(content);
        entry.tool = JsonObject{{"name", "x"}};
        entry.latency.emplace().first_audio = microseconds{7};
        write.entries.push_back(std::move(entry));
        return write;
    }
    std::string stored() {
        const auto call = run(unsteady_.inner.load(TenantId("one"), CallId("c")));
        std::string text(core::name_of(call->status));
        const auto lines = run(unsteady_.inner.load_transcript(TenantId("one"), CallId("c")));
        for (const core::TranscriptEntry& entry : *lines) {
            text += ' ' + std::to_string(entry.sequence) + entry.content;
        }
        return text;
    }
    std::vector<std::filesystem::path> files() const {
        std::vector<std::filesystem::path> found;
        for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
            found.push_back(entry.path());
        }
        return found;
    }
    void hold_a_call() {
        EXPECT_EQ(run(store_->save(record(core::CallStatus::active))), true);
        EXPECT_EQ(run(store_->append_transcript(line(0, "a"))), true);
        EXPECT_EQ(run(store_->append_transcript(line(1, "b"))), true);
        EXPECT_EQ(run(store_->save(record(core::CallStatus::completed))), true);
    }

    std::filesystem::path folder_;
    runtime::VirtualLoop loop_;
    runtime::BlockingPool pool_{{.name = "files", .threads = 0}};
    UnsteadyCallStore unsteady_;
    std::unique_ptr<SpooledCallStore> store_;
};

TEST_F(SpoolTest, WritesGoStraightToAStoreThatIsThere) {
    hold_a_call();
    EXPECT_EQ(stored(), "completed 0a 1b");
    EXPECT_EQ(store_->waiting(), 0U);
    EXPECT_EQ(run(store_->save(record(core::CallStatus::completed))),
              tl::unexpected(StoreError::conflict));
    EXPECT_EQ(std::filesystem::file_size(files().at(0)), spool_header.size());
}

TEST_F(SpoolTest, WhatTheStoreMissedItGetsOnceAndInOrder) {
    unsteady_.is_away = true;
    hold_a_call();
    EXPECT_EQ(stored(), "pending");
    EXPECT_EQ(store_->waiting(), 4U);
    EXPECT_EQ(std::filesystem::status(files().at(0)).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    loop_.run_for(seconds{60});
    EXPECT_EQ(store_->waiting(), 4U);
    unsteady_.is_away = false;
    loop_.run_for(seconds{3});
    EXPECT_EQ(stored(), "completed 0a 1b");
    EXPECT_EQ(store_->waiting(), 0U);
    EXPECT_EQ(std::filesystem::file_size(files().at(0)), spool_header.size());
    // Straight again: the store's own answer comes back.
    EXPECT_EQ(run(store_->save(record(core::CallStatus::completed))),
              tl::unexpected(StoreError::conflict));
}

TEST_F(SpoolTest, TheFileIsBoundedThoughTheStoreNeverCatchesUp) {
    close();
    SpoolOptions small = options();
    small.bytes_max = 3'000;
    store_ = *SpooledCallStore::open(small, {unsteady_, pool_, loop_});
    EXPECT_EQ(run(store_->save(record(core::CallStatus::active))), true);
    std::string expected = "active";
    std::uintmax_t largest = 0;
    std::uint32_t sequence = 0;
    unsteady_.is_away = true;
    for (int round = 0; round < 100; ++round) {
        while (store_->waiting() < 4) {
            EXPECT_EQ(run(store_->append_transcript(line(sequence, "x"))), true);
            expected += ' ' + std::to_string(sequence++) + 'x';
        }
        // The second write from now fails.
        unsteady_.fail_at = 2;
        unsteady_.is_away = false;
        for (int wait = 0; wait < 1'000 && store_->waiting() == 4; ++wait) {
            loop_.run_for(milliseconds{5});
        }
        unsteady_.is_away = true;
        ASSERT_EQ(store_->waiting(), 3U);
        ASSERT_EQ(files().size(), 1U);
        largest = std::max(largest, std::filesystem::file_size(files().at(0)));
    }
    EXPECT_LE(largest, 6'000U);
    EXPECT_GT(largest, 3'000U) << "it was written anew now and then only";
    // What a crash leaves is read by the next process as ever.
    close();
    unsteady_.is_away = false;
    open();
    loop_.run_for(seconds{3});
    EXPECT_EQ(stored(), expected);
    EXPECT_EQ(files().size(), 1U);
}

TEST_F(SpoolTest, AFileThatWasNotFinishedIsRemoved) {
    std::ofstream(folder_ / "calls-x.spool.new") << "half";
    loop_.run_for(seconds{30});
    EXPECT_EQ(files().size(), 1U);
}

TEST_F(SpoolTest, TheNextProcessWritesWhatADeadOneLeft) {
    unsteady_.is_away = true;
    hold_a_call();
    close();
    ASSERT_EQ(files().size(), 1U);
    unsteady_.is_away = false;
    open();
    loop_.run_for(seconds{1});
    EXPECT_EQ(stored(), "completed 0a 1b");
    // Its own file, and no other's.
    EXPECT_EQ(files().size(), 1U);
    EXPECT_EQ(std::filesystem::file_size(files().at(0)), spool_header.size());
}

TEST_F(SpoolTest, AnotherWorkerAdoptsWhatADeadOneLeftButNothingOfALivingOne) {
    const auto other = *SpooledCallStore::open(options(), {unsteady_, pool_, loop_});
    unsteady_.is_away = true;
    hold_a_call();
    loop_.run_for(seconds{30});
    EXPECT_EQ(files().size(), 2U);
    close();
    unsteady_.is_away = false;
    loop_.run_for(seconds{30});
    EXPECT_EQ(stored(), "completed 0a 1b");
    EXPECT_EQ(files().size(), 1U);
    runtime::TaskScope scope(loop_);
    scope.spawn(other->close());
    loop_.run_for(seconds{1});
}

TEST_F(SpoolTest, ALaterHoldersLinesStayAndEarlierOnesAreKept) {
    unsteady_.is_away = true;
    EXPECT_EQ(run(store_->append_transcript(line(0, "a"))), true);
    EXPECT_EQ(run(store_->append_transcript(line(1, "b"))), true);
    EXPECT_EQ(run(store_->save(record(core::CallStatus::failed))), true);
    close();
    unsteady_.is_away = false;
    TranscriptWrite later = line(1, "B");
    later.fencing_token = 2;
    ASSERT_EQ(run(unsteady_.inner.append_transcript(later)), true);
    ASSERT_EQ(run(unsteady_.inner.save(record(core::CallStatus::active, 2))), true);
    open();
    loop_.run_for(seconds{1});
    EXPECT_EQ(stored(), "active 0a 1B");
}

TEST_F(SpoolTest, AFullSpoolRefusesAndKeepsWhatItHas) {
    close();
    SpoolOptions small = options();
    small.bytes_max = 1'000;
    store_ = *SpooledCallStore::open(small, {unsteady_, pool_, loop_});
    unsteady_.is_away = true;
    EXPECT_EQ(run(store_->append_transcript(line(0, "a"))), true);
    EXPECT_EQ(run(store_->append_transcript(line(1, std::string(1'000, 'x')))),
              tl::unexpected(StoreError::unavailable));
    EXPECT_EQ(store_->waiting(), 1U);
    unsteady_.is_away = false;
    loop_.run_for(seconds{3});
    EXPECT_EQ(stored(), "pending 0a");
}

TEST_F(SpoolTest, ADamagedFileIsReadAsFarAsItGoesAndKept) {
    unsteady_.is_away = true;
    hold_a_call();
    close();
    const auto path = files().at(0);
    const auto size = static_cast<std::streamoff>(std::filesystem::file_size(path));
    {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(size - 20);
        file.put('\x01');
    }
    unsteady_.is_away = false;
    open();
    loop_.run_for(seconds{1});
    EXPECT_EQ(stored(), "active 0a 1b");
    int kept = 0;
    for (const auto& file : files()) {
        kept += file.extension() == ".damaged" ? 1 : 0;
    }
    EXPECT_EQ(kept, 1);
}

class SpoolSweep : public SpoolTest, public ::testing::WithParamInterface<std::tuple<bool, int>> {};

// The store fails at its n-th write, before or after it took effect: the end is always the same.
TEST_P(SpoolSweep, AFailureAtEachWriteChangesNothing) {
    const auto [is_after, n] = GetParam();
    (is_after ? unsteady_.fail_after : unsteady_.fail_at) = n;
    // Where COMMIT's answer was lost, the repeat finds the call over; nobody is told otherwise.
    hold_a_call();
    loop_.run_for(seconds{5});
    EXPECT_EQ(stored(), "completed 0a 1b");
    EXPECT_EQ(store_->waiting(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Nth, SpoolSweep,
                         ::testing::Combine(::testing::Bool(), ::testing::Range(1, 9)));

TEST_F(SpoolTest, AFileCutAnywhereGivesWholeEntriesOnly) {
    SpoolEntry entry;
    entry.write = record(core::CallStatus::completed);
    Bytes bytes = serialize_spool_entry(entry);
    const std::size_t first = bytes.size();
    entry.write = line(3, "grüß");
    const Bytes second = serialize_spool_entry(entry);
    bytes.insert(bytes.end(), second.begin(), second.end());
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        const SpoolChunk chunk = parse_spool(ByteView(bytes).first(size));
        EXPECT_FALSE(chunk.is_damaged);
        EXPECT_EQ(chunk.entries.size(), size == bytes.size() ? 2U : (size >= first ? 1U : 0U));
    }
    const SpoolChunk whole = parse_spool(bytes);
    EXPECT_EQ(std::get<core::CallRecord>(whole.entries.at(0).write).phone_number.reveal(),
              "+491510000");
    const auto& read = std::get<TranscriptWrite>(whole.entries.at(1).write);
    EXPECT_TRUE(read.late);
    EXPECT_EQ(read.entries.at(0).content, "grüß");
    EXPECT_EQ(read.entries.at(0).latency->first_audio, microseconds{7});
    EXPECT_EQ(member_text(read.entries.at(0).tool, "name"), "x");
    // No byte can be changed unnoticed.
    for (std::size_t index = 0; index < first; ++index) {
        Bytes changed = bytes;
        changed.at(index) ^= 0x40U;
        const SpoolChunk chunk = parse_spool(changed);
        EXPECT_TRUE(chunk.entries.empty()) << index;
    }
}

}  // namespace
}  // namespace studio::adapters
