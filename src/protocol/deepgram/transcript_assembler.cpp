#include "protocol/deepgram/transcript_assembler.hpp"

#include <algorithm>
#include <utility>

namespace studio::deepgram {
namespace {

constexpr std::int64_t samples_per_second = 16'000;
/// No stream lasts longer; it keeps hostile times away from the arithmetic.
constexpr double stream_seconds_max = 1e6;

std::int64_t to_samples(double stream_seconds) {
    return static_cast<std::int64_t>(std::clamp(stream_seconds, 0.0, stream_seconds_max) *
                                     samples_per_second);
}

std::string joined(std::string_view first, std::string_view second) {
    std::string text(first);
    if (!first.empty() && !second.empty()) {
        text += ' ';
    }
    text += second;
    return text;
}

/// Cut at a limit, but not inside a UTF-8 sequence (continuation bytes are 10xxxxxx).
std::string bounded(std::string text, std::size_t bytes_max) {
    std::size_t size = std::min(text.size(), bytes_max);
    while (size > 0 && size < text.size() &&
           (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) {
        --size;
    }
    text.resize(size);
    return text;
}

}  // namespace

void TranscriptAssembler::handle_audio(std::uint32_t utterance, std::size_t samples) {
    const bool is_new = !last_number_ || utterance > *last_number_;
    if (is_new) {
        if (!utterances_.empty() && !utterances_.back().deadline) {
            utterances_.pop_back();
        }
        last_number_ = utterance;
        utterances_.emplace_back();
        utterances_.back().number = utterance;
        utterances_.back().begin_samples = samples_;
    }
    samples_ += static_cast<std::int64_t>(samples);
}

void TranscriptAssembler::handle_finish(std::uint32_t utterance, Instant now) {
    if (!last_number_ || utterance > *last_number_) {
        // Not a sample of it came: its transcript is empty, in its turn.
        handle_audio(utterance, 0);
        utterances_.back().deadline = now;
        utterances_.back().end_samples = samples_;
        return;
    }
    if (utterances_.empty() || utterances_.back().number != utterance ||
        utterances_.back().deadline) {
        return;
    }
    utterances_.back().deadline = now + options_.finalize_timeout;
    utterances_.back().end_samples = samples_;
    complete_covered();
}

void TranscriptAssembler::handle(const ResultsMessage& results) {
    if (Utterance* utterance = find_covered(results)) {
        utterance->is_heard = true;
        if (results.is_final) {
            keep(*utterance, results);
        } else if (!results.transcript.empty()) {
            utterance->interim = results.transcript.substr(0, options_.text_bytes_max);
        }
        if (!results.transcript.empty() && utterance->text.size() < options_.text_bytes_max) {
            outputs_.emplace_back(PartialText{
                utterance->number,
                results.is_final ? utterance->text : joined(utterance->text, results.transcript)});
        }
    }
    if (!results.is_final) {
        return;
    }
    covered_samples_ = std::max(covered_samples_, to_samples(results.end_s));
    if (results.from_finalize && !utterances_.empty() && utterances_.front().deadline) {
        // An answer to a Finalize that was given up lies before the utterance that waits now.
        const bool is_late =
            results.end_s >= 0.0 && to_samples(results.end_s) <= utterances_.front().begin_samples;
        if (!is_late) {
            complete_front();
        }
    }
    complete_covered();
}

void TranscriptAssembler::handle_open(Instant now) {
    const milliseconds waited(samples_ * 1000 / samples_per_second / options_.catch_up_speed);
    for (Utterance& utterance : utterances_) {
        if (utterance.deadline) {
            utterance.deadline = now + options_.finalize_timeout + waited;
        }
    }
}

void TranscriptAssembler::handle_time(Instant now) {
    while (!utterances_.empty() && utterances_.front().deadline &&
           *utterances_.front().deadline <= now) {
        complete_front(true);
    }
}

std::optional<AssemblerOutput> TranscriptAssembler::poll() {
    if (outputs_.empty()) {
        return std::nullopt;
    }
    AssemblerOutput output = std::move(outputs_.front());
    outputs_.pop_front();
    return output;
}

Deadline TranscriptAssembler::next_deadline() const {
    return utterances_.empty() ? std::nullopt : utterances_.front().deadline;
}

std::int64_t TranscriptAssembler::tolerance_samples() const {
    return options_.end_tolerance.count() * samples_per_second / 1000;
}

TranscriptAssembler::Utterance* TranscriptAssembler::find_covered(const ResultsMessage& results) {
    if (utterances_.empty() || results.end_s < 0.0) {
        return utterances_.empty() ? nullptr : &utterances_.front();
    }
    const std::int64_t start = to_samples(results.start_s);
    const std::int64_t end = to_samples(results.end_s);
    for (Utterance& utterance : utterances_) {
        if (end <= utterance.begin_samples) {
            // It belongs to an utterance that has its transcript already.
            return nullptr;
        }
        if (!utterance.deadline || start < utterance.end_samples - tolerance_samples()) {
            return &utterance;
        }
    }
    return nullptr;
}

void TranscriptAssembler::keep(Utterance& utterance, const ResultsMessage& results) {
    if (results.transcript.empty()) {
        return;
    }
    utterance.interim.clear();
    const auto weight = static_cast<double>(results.transcript.size());
    utterance.confidence_sum += results.confidence * weight;
    utterance.confidence_weight += weight;
    utterance.text = bounded(joined(utterance.text, results.transcript), options_.text_bytes_max);
}

void TranscriptAssembler::complete_covered() {
    while (!utterances_.empty() && utterances_.front().deadline &&
           utterances_.front().end_samples > utterances_.front().begin_samples &&
           covered_samples_ >= utterances_.front().end_samples - tolerance_samples()) {
        complete_front();
    }
}

void TranscriptAssembler::complete_front(bool gave_up) {
    Utterance& utterance = utterances_.front();
    if (gave_up || utterance.text.empty()) {
        utterance.text =
            bounded(joined(utterance.text, utterance.interim), options_.text_bytes_max);
    }
    const std::int64_t samples = utterance.end_samples - utterance.begin_samples;
    const bool is_unheard = gave_up && !utterance.is_heard &&
                            samples >= options_.unheard_min.count() * samples_per_second / 1000;
    const double confidence = utterance.confidence_weight > 0.0
                                  ? utterance.confidence_sum / utterance.confidence_weight
                                  : 1.0;
    outputs_.emplace_back(
        FinalText{utterance.number, std::move(utterance.text), confidence, is_unheard});
    utterances_.pop_front();
}

}  // namespace studio::deepgram
