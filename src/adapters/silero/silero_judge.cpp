#include "adapters/silero/silero_judge.hpp"

#include <algorithm>
#include <fstream>
#include <utility>

#include "audio/silero/weights.hpp"

namespace studio::adapters {

static_assert(audio::silero::window_samples == audio::speech_window_samples);

Result<std::shared_ptr<const audio::silero::Model>, std::string> load_silero(
    const std::string& folder) {
    const std::string path = folder + "/silero-vad/weights.bin";
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return fail("there is no " + path);
    }
    // One byte more than there may be, so that a longer file is noticed.
    Bytes bytes(audio::silero::weights_file_bytes + 1);
    file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    const auto weights = audio::silero::parse_weights(bytes);
    if (!weights) {
        return fail(path + ": " + weights.error());
    }
    return std::make_shared<const audio::silero::Model>(*weights);
}

class SileroJudge::Ear final : public SpeechEar {
public:
    explicit Ear(SileroJudge& judge) : judge_(judge) {}
    ~Ear() override { judge_.forget(*this); }

    void hear(audio::SpeechWindow window) override { judge_.add(*this, window); }
    std::optional<SpeechVerdict> take_verdict() override {
        return std::exchange(verdict_, std::nullopt);
    }

    void judged(float probability) {
        verdict_ = SpeechVerdict{probability, verdict_ ? verdict_->windows + 1 : 1};
    }

    audio::silero::Memory memory;
    /// In which it is already.
    std::uint64_t batch = 0;

private:
    SileroJudge& judge_;
    std::optional<SpeechVerdict> verdict_;
};

SileroJudge::SileroJudge(runtime::Loop& loop, std::shared_ptr<const audio::silero::Model> model,
                         SileroOptions options)
    : loop_(loop),
      network_(std::move(model), options.batch_max),
      options_(options),
      waiting_(std::max<std::size_t>(options.waiting_max, 1)),
      order_(waiting_.size()),
      windows_total_(metrics().counter("studio_vad_windows_total",
                                       "Windows of 32 ms judged by the voice detector's model.")),
      batches_total_(
          metrics().counter("studio_vad_batches_total", "Batches in which they were judged.")) {
    questions_.reserve(options_.batch_max);
    ears_.reserve(options_.batch_max);
}

std::unique_ptr<SpeechEar> SileroJudge::open() {
    return std::make_unique<Ear>(*this);
}

void SileroJudge::add(Ear& ear, audio::SpeechWindow window) {
    if (waiting_count_ == waiting_.size()) {
        judge_all();
    }
    Waiting& place = waiting_[waiting_count_++];
    place.ear = &ear;
    std::copy(window.begin(), window.end(), place.samples.begin());
    if (waiting_count_ > 1) {
        return;
    }
    const Instant due = loop_.now() + options_.delay;
    if (timer_ == nullptr) {
        timer_ = loop_.start_timer(due, [this] { judge_all(); });
    } else {
        timer_->restart(due);
    }
}

void SileroJudge::forget(const Ear& ear) {
    for (std::size_t index = 0; index < waiting_count_; ++index) {
        if (waiting_[index].ear == &ear) {
            waiting_[index].ear = nullptr;
        }
    }
}

void SileroJudge::judge_all() {
    while (waiting_count_ > 0) {
        judge_some();
    }
}

/// The oldest windows, at most one of each call: what a call's window means depends on those
/// before it.
void SileroJudge::judge_some() {
    ++batches_;
    questions_.clear();
    ears_.clear();
    std::size_t kept = 0;
    for (std::size_t index = 0; index < waiting_count_; ++index) {
        Ear* const ear = waiting_[index].ear;
        if (ear == nullptr) {
            continue;
        }
        if (ear->batch != batches_ && questions_.size() < options_.batch_max) {
            ear->batch = batches_;
            ears_.push_back(ear);
            questions_.push_back({.memory = &ear->memory, .samples = waiting_[index].samples});
        } else {
            order_[kept++] = index;
        }
    }
    network_.answer(questions_);
    for (std::size_t index = 0; index < ears_.size(); ++index) {
        ears_[index]->judged(questions_[index].probability);
    }
    windows_total_.add(questions_.size());
    batches_total_.add(questions_.empty() ? 0 : 1);
    for (std::size_t index = 0; index < kept; ++index) {
        std::swap(waiting_[index], waiting_[order_[index]]);
    }
    waiting_count_ = kept;
}

}  // namespace studio::adapters
