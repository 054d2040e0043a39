#include "adapters/sherpa/internal/utterance.hpp"

#include <algorithm>

#include "audio/level.hpp"

namespace studio::adapters::sherpa {

namespace {

using audio::frame_samples;

/// Kept before the first and after the last sound of a piece: a consonant that starts quietly, and
/// the silence by which the model knows that the words are over.
constexpr std::size_t lead_frames = 10;
constexpr std::size_t tail_frames = 15;
/// A decode that ended so long after the last sound has heard that the word was over.
constexpr std::size_t heard_frames = 6;
/// Unvoiced consonants are quieter than vowels, but not by more than this, in dB.
constexpr double consonant_range = 26.0;
/// And louder than the background by at least this, in dB.
constexpr double over_background = 7.0;
/// How fast the estimate of the background rises again, in dB a frame (6 dB a second).
constexpr double floor_rise = 0.12;
/// A pause is as long as this; a shorter dip is the closure of a consonant.
constexpr std::size_t pause_frames = 10;

std::size_t frames_in(milliseconds duration) {
    return static_cast<std::size_t>(duration / audio::frame_duration);
}

}  // namespace

Utterance::Utterance(std::uint32_t number, UtteranceOptions options)
    : number_(number), options_(options), pieces_(1) {
    // Most utterances are shorter than this.
    constexpr std::size_t usual_frames = 150;
    pieces_.back().samples.reserve(usual_frames * frame_samples);
}

bool Utterance::is_active(double level, bool voiced) {
    floor_ = std::min(level, floor_ + floor_rise);
    if (voiced) {
        speech_ = std::max(speech_, level);
    }
    return voiced || (level > floor_ + over_background && level > speech_ - consonant_range &&
                      speech_ > -100.0);
}

bool Utterance::write(const audio::Frame& frame, float voice) {
    if (finished_ || backlog_frames() >= frames_in(options_.backlog_max)) {
        return false;
    }
    Piece& piece = pieces_.back();
    const double level = audio::level_dbfs(frame.samples);
    const bool is_voiced = voice > 0.5F;
    const FrameMark mark{static_cast<float>(level), is_active(level, is_voiced), is_voiced};
    note(piece, piece.frames(), mark);
    piece.samples.insert(piece.samples.end(), frame.samples.begin(), frame.samples.end());
    marks_.push_back(mark);
    split_if_long();
    return true;
}

void Utterance::note(Piece& piece, std::size_t at, const FrameMark& mark) {
    if (mark.is_active) {
        if (!piece.has_voice() && piece.last_active == 0) {
            piece.first_active = at;
        }
        piece.last_active = at;
    }
    if (mark.is_voiced) {
        ++piece.voiced;
        piece.level = std::max(piece.level, static_cast<double>(mark.level));
    }
}

std::size_t Utterance::backlog_frames() const {
    std::size_t frames = 0;
    for (const Piece& piece : pieces_) {
        frames += piece.frames() - std::min(piece.decoded, piece.frames());
    }
    return frames;
}

bool Utterance::is_pause(const Piece& piece) const {
    return piece.has_voice() && piece.frames() > piece.last_active + frames_in(options_.pause);
}

std::size_t Utterance::quietest_place() const {
    const std::size_t end = marks_.size();
    std::size_t best = end;
    float quietest = 0.0F;
    for (std::size_t at = end / 2; at + pause_frames <= end; ++at) {
        float sum = 0.0F;
        for (std::size_t index = at; index < at + pause_frames; ++index) {
            sum += marks_[index].level;
        }
        if (best == end || sum < quietest) {
            quietest = sum;
            best = at + pause_frames / 2;
        }
    }
    return best;
}

void Utterance::split_if_long() {
    Piece& piece = pieces_.back();
    if (piece.frames() < frames_in(options_.piece_max)) {
        return;
    }
    partial_from_ = 0;
    if (!piece.has_voice()) {
        // Seconds of something else: nothing to understand, so nothing to keep.
        piece = Piece{};
        marks_.clear();
        return;
    }
    const std::size_t place = quietest_place();
    Piece first;
    Piece rest;
    for (std::size_t at = 0; at < marks_.size(); ++at) {
        note(at < place ? first : rest, at < place ? at : at - place, marks_[at]);
    }
    const auto middle = piece.samples.begin() + static_cast<std::ptrdiff_t>(place * frame_samples);
    rest.samples.assign(middle, piece.samples.end());
    first.samples.assign(piece.samples.begin(), middle);
    if (first.has_voice()) {
        first.text = std::move(piece.text);
    }
    // A text that has words of the rest does not count.
    first.decoded = piece.decoded > place ? 0 : piece.decoded;
    first.closed = true;
    marks_.erase(marks_.begin(), marks_.begin() + static_cast<std::ptrdiff_t>(place));
    piece = std::move(first);
    pieces_.push_back(std::move(rest));
}

bool Utterance::needs_decode(const Piece& piece) const {
    return piece.has_voice() &&
           piece.decoded < std::min(piece.last_active + 1 + heard_frames, piece.frames());
}

Utterance::Request Utterance::request_for(std::size_t index, bool must) const {
    const Piece& piece = pieces_[index];
    Request request;
    request.piece = index;
    request.begin = piece.first_active - std::min(piece.first_active, lead_frames);
    request.end = std::min(piece.frames(), piece.last_active + 1 + tail_frames);
    request.evidence = {piece.voiced, piece.last_active + 1 - piece.first_active, piece.level};
    request.must = must;
    return request;
}

std::optional<Utterance::Request> Utterance::poll(Instant now, bool is_busy) {
    if (asked_) {
        return std::nullopt;
    }
    std::optional<Request> request;
    for (std::size_t index = 0; index < pieces_.size() && !request; ++index) {
        const Piece& piece = pieces_[index];
        if (!needs_decode(piece)) {
            continue;
        }
        if (piece.closed || finished_ || is_pause(piece)) {
            request = request_for(index, true);
        } else if (options_.partials && !is_busy && now >= partial_not_before_ &&
                   piece.frames() >= partial_from_ + frames_in(options_.partial_interval)) {
            request = request_for(index, false);
        }
    }
    if (request) {
        asked_ = true;
        asked_at_ = now;
        if (!pieces_[request->piece].closed) {
            partial_from_ = pieces_[request->piece].frames();
        }
    }
    return request;
}

std::span<const std::int16_t> Utterance::samples(const Request& request) const {
    return std::span(pieces_[request.piece].samples)
        .subspan(request.begin * frame_samples, (request.end - request.begin) * frame_samples);
}

void Utterance::on_text(const Request& request, std::string text, Instant now) {
    asked_ = false;
    // What a decode took, waiting included, is what the next partial text has to wait for.
    const auto took = std::chrono::duration_cast<microseconds>(now - asked_at_);
    partial_not_before_ =
        now + std::chrono::duration_cast<microseconds>(took * (1.0 / options_.partial_share - 1.0));
    Piece& piece = pieces_[request.piece];
    // Where the piece was split meanwhile, the text has words that the next piece says, too.
    piece.decoded = request.end > piece.frames() ? 0 : request.end;
    piece.text = std::move(text);
    if (piece.closed && !needs_decode(piece)) {
        piece.samples = {};
        piece.decoded = 0;
        piece.voiced = 0;
    }
}

std::string Utterance::text() const {
    std::string text;
    for (const Piece& piece : pieces_) {
        if (!piece.text.empty()) {
            text += (text.empty() ? "" : " ") + piece.text;
        }
    }
    return text;
}

bool Utterance::is_complete() const {
    return finished_ && !asked_ &&
           std::none_of(pieces_.begin(), pieces_.end(),
                        [this](const Piece& piece) { return needs_decode(piece); });
}

}  // namespace studio::adapters::sherpa
