#pragma once

#include <array>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <cstddef>
#include <utility>

namespace studio::runtime {

/// Told once, on the loop, how an operation of a stream ended; never from inside the call that
/// began it.
using IoDone = boost::asio::any_completion_handler<void(boost::system::error_code)>;
using IoMoved = boost::asio::any_completion_handler<void(boost::system::error_code, std::size_t)>;

/// The buffers of one write, four at most: a frame's header and its payload go out together, and
/// whoever writes comes again with the rest. The bytes stay where they are.
class IoBuffers {
public:
    using value_type = boost::asio::const_buffer;
    using const_iterator = const value_type*;

    template <class Buffers>
    explicit IoBuffers(const Buffers& buffers) {
        for (auto at = boost::asio::buffer_sequence_begin(buffers);
             at != boost::asio::buffer_sequence_end(buffers) && count_ < buffers_.size(); ++at) {
            buffers_.at(count_++) = *at;
        }
    }
    [[nodiscard]] const_iterator begin() const { return buffers_.data(); }
    [[nodiscard]] const_iterator end() const { return buffers_.data() + count_; }

private:
    std::array<value_type, 4> buffers_;
    std::size_t count_ = 0;
};

/// What Asio and Beast ask of a stream, by two functions of `Stream` with types that do not vary:
///
///     void read_some(boost::asio::mutable_buffer into, IoMoved moved);
///     void write_some(IoBuffers from, IoMoved moved);
///
/// A WebSocket of Beast has a dozen kinds of operations. Over a socket of Asio the compiler makes
/// the socket's templates anew for each, over this it makes them once
/// (docs/adr/0027-headers-parsed-once.md).
template <class Stream>
class IoStream {
public:
    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        // The first that has room.
        boost::asio::mutable_buffer into;
        for (auto at = boost::asio::buffer_sequence_begin(buffers);
             at != boost::asio::buffer_sequence_end(buffers) && into.size() == 0; ++at) {
            into = *at;
        }
        return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
            [this, into](auto handler) {
                static_cast<Stream*>(this)->read_some(into, IoMoved(std::move(handler)));
            },
            token);
    }

    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
            [this, from = IoBuffers(buffers)](auto handler) {
                static_cast<Stream*>(this)->write_some(from, IoMoved(std::move(handler)));
            },
            token);
    }
};

/// For the streams below: completes where the operation ends, which is the loop, without asking for
/// an executor of the handler's own.
[[nodiscard]] inline auto on_this_loop(IoMoved moved) {
    return [moved = std::move(moved)](boost::system::error_code error, std::size_t size) mutable {
        std::move(moved)(error, size);
    };
}
[[nodiscard]] inline auto on_this_loop(IoDone done) {
    return [done = std::move(done)](boost::system::error_code error) mutable {
        std::move(done)(error);
    };
}

}  // namespace studio::runtime
