#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>
#include <vector>

#include "runtime/asio_loop.hpp"

namespace studio::test {

/// Passes TCP connections on to a server of the loopback, until it is told to cut them.
class TcpRelay {
public:
    /// `url` ends in the server's port.
    TcpRelay(runtime::AsioLoop& loop, const std::string& url)
        : context_(loop.context()),
          acceptor_(context_, {boost::asio::ip::make_address("127.0.0.1"), 0}),
          server_port_(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)))) {
        accept();
    }
    ~TcpRelay() {
        cut();
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        *alive_ = false;
    }
    TcpRelay(const TcpRelay&) = delete;
    TcpRelay& operator=(const TcpRelay&) = delete;

    [[nodiscard]] std::string url() const {
        return "ws://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
    }
    [[nodiscard]] int connections() const { return connections_; }
    /// New connections are closed at once.
    void refuse(bool refuses) { refuses_ = refuses; }
    void cut() {
        for (const auto& pair : pairs_) {
            pair->close();
        }
        pairs_.clear();
    }

private:
    using Socket = boost::asio::ip::tcp::socket;

    struct Pair : std::enable_shared_from_this<Pair> {
        explicit Pair(boost::asio::io_context& context) : near(context), far(context) {}

        void close() {
            boost::system::error_code ignored;
            near.close(ignored);
            far.close(ignored);
        }
        void pass(Socket& from, Socket& to, std::array<char, 8192>& buffer) {
            from.async_read_some(
                boost::asio::buffer(buffer),
                [self = shared_from_this(), &from, &to, &buffer](boost::system::error_code error,
                                                                 std::size_t size) {
                    if (error) {
                        self->close();
                        return;
                    }
                    boost::asio::async_write(
                        to, boost::asio::buffer(buffer.data(), size),
                        [self, &from, &to, &buffer](boost::system::error_code failed, std::size_t) {
                            if (failed) {
                                self->close();
                            } else {
                                self->pass(from, to, buffer);
                            }
                        });
                });
        }

        Socket near;
        Socket far;
        std::array<char, 8192> up{};
        std::array<char, 8192> down{};
    };

    void accept() {
        auto pair = std::make_shared<Pair>(context_);
        acceptor_.async_accept(
            pair->near, [this, pair, alive = alive_](boost::system::error_code error) {
                if (!*alive || error) {
                    return;
                }
                ++connections_;
                boost::system::error_code failed;
                if (!refuses_) {
                    pair->far.connect({boost::asio::ip::make_address("127.0.0.1"), server_port_},
                                      failed);
                }
                if (refuses_ || failed) {
                    pair->close();
                } else {
                    pairs_.push_back(pair);
                    pair->pass(pair->near, pair->far, pair->up);
                    pair->pass(pair->far, pair->near, pair->down);
                }
                accept();
            });
    }

    boost::asio::io_context& context_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::uint16_t server_port_;
    std::vector<std::shared_ptr<Pair>> pairs_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    int connections_ = 0;
    bool refuses_ = false;
};

}  // namespace studio::test
