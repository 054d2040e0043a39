#include "runtime/udp_socket.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/metric.hpp"
#include "runtime/internal/reply_addresses.hpp"

namespace studio::runtime {
namespace {

constexpr std::size_t batch = 64;
// Reading stops after so many batches in one handler, so that timers get their turn in a flood.
constexpr int batches_per_handler = 4;

struct KernelAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

KernelAddress to_kernel(const UdpAddress& address, sa_family_t family) {
    KernelAddress result;
    if (family == AF_INET) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(address.port);
        std::memcpy(&v4.sin_addr, address.ip.data(), 4);
        std::memcpy(&result.storage, &v4, sizeof(v4));
        result.size = sizeof(v4);
        return result;
    }
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    auto* const bytes = v6.sin6_addr.s6_addr;
    if (address.ip_size == 4) {
        // ::ffff:a.b.c.d, RFC 4291, section 2.5.5.2: how an IPv6 socket names an IPv4 peer.
        bytes[10] = bytes[11] = 0xFF;
        std::memcpy(bytes + 12, address.ip.data(), 4);
    } else {
        std::memcpy(bytes, address.ip.data(), 16);
    }
    std::memcpy(&result.storage, &v6, sizeof(v6));
    result.size = sizeof(v6);
    return result;
}

UdpAddress from_kernel(const sockaddr_storage& storage) {
    if (storage.ss_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &storage, sizeof(v4));
        return make_udp_address({reinterpret_cast<const std::uint8_t*>(&v4.sin_addr), 4},
                                ntohs(v4.sin_port));
    }
    sockaddr_in6 v6{};
    std::memcpy(&v6, &storage, sizeof(v6));
    ByteView ip(v6.sin6_addr.s6_addr, 16);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
        ip = ip.subspan(12);
    }
    return make_udp_address(ip, ntohs(v6.sin6_port));
}

Counter& drops(const std::string& name, std::string_view reason) {
    return metrics().counter("studio_udp_drops_total", "Datagrams that were lost on our side.",
                             "socket=\"" + name + "\",reason=\"" + std::string(reason) + '"');
}

Counter& datagrams(const std::string& name, std::string_view direction) {
    return metrics().counter("studio_udp_datagrams_total", "Datagrams that went through.",
                             "socket=\"" + name + "\",direction=\"" + std::string(direction) + '"');
}

/// Room for one control message: the address of ours that a datagram came to or leaves from.
struct Control {
    alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof(in6_pktinfo))> bytes;
};

/// What the kernel says of a received datagram; nothing where it says nothing, or an address that
/// cannot be a source (multicast) or means nothing without its interface (link-local).
LocalIp read_local_ip(msghdr& header) {
    LocalIp local;
    cmsghdr* const control = CMSG_FIRSTHDR(&header);
    if (control == nullptr) {
        return local;
    }
    if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
        in_pktinfo info{};
        std::memcpy(&info, CMSG_DATA(control), sizeof(info));
        // RFC 4291, section 2.5.5.2: as the kernel itself writes it for a socket of both families.
        local.bytes[10] = local.bytes[11] = 0xFF;
        std::memcpy(&local.bytes[12], &info.ipi_spec_dst, 4);
        local.known = true;
    } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
        in6_pktinfo info{};
        std::memcpy(&info, CMSG_DATA(control), sizeof(info));
        local.known =
            !IN6_IS_ADDR_MULTICAST(&info.ipi6_addr) && !IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr);
        std::memcpy(local.bytes.data(), &info.ipi6_addr, local.bytes.size());
    }
    return local;
}

/// Asks the kernel to send from `local`; without one it chooses.
void write_local_ip(msghdr& header, Control& control, const LocalIp* local, sa_family_t family) {
    header.msg_controllen = 0;
    if (local == nullptr) {
        return;
    }
    const bool is_v6 = family == AF_INET6;
    const std::size_t size = is_v6 ? sizeof(in6_pktinfo) : sizeof(in_pktinfo);
    cmsghdr head{};
    head.cmsg_len = CMSG_LEN(size);
    head.cmsg_level = is_v6 ? IPPROTO_IPV6 : IPPROTO_IP;
    head.cmsg_type = is_v6 ? IPV6_PKTINFO : IP_PKTINFO;
    std::memcpy(control.bytes.data(), &head, sizeof(head));
    std::uint8_t* const data = control.bytes.data() + CMSG_LEN(0);
    if (is_v6) {
        in6_pktinfo info{};
        std::memcpy(&info.ipi6_addr, local->bytes.data(), local->bytes.size());
        std::memcpy(data, &info, sizeof(info));
    } else {
        in_pktinfo info{};
        std::memcpy(&info.ipi_spec_dst, &local->bytes[12], 4);
        std::memcpy(data, &info, sizeof(info));
    }
    header.msg_controllen = CMSG_SPACE(size);
}

bool is_unspecified(const UdpAddress& address) {
    return std::ranges::all_of(address.ip_bytes(), [](std::uint8_t byte) { return byte == 0; });
}

/// Places for one batch of datagrams, wired up once. Those for receiving hold 2 KiB each.
struct Batch {
    Batch() {
        for (std::size_t index = 0; index < batch; ++index) {
            vectors[index] = {buffers[index].data(), buffers[index].size()};
            msghdr& header = messages[index].msg_hdr;
            header = {};
            header.msg_name = &addresses[index];
            header.msg_iov = &vectors[index];
            header.msg_iovlen = 1;
            header.msg_control = &controls[index];
        }
    }

    std::array<std::array<std::uint8_t, UdpSocket::datagram_bytes_max>, batch> buffers;
    std::array<sockaddr_storage, batch> addresses;
    std::array<Control, batch> controls{};
    std::array<iovec, batch> vectors;
    std::array<mmsghdr, batch> messages;
};

}  // namespace

UdpAddress make_udp_address(ByteView ip, std::uint16_t port) {
    UdpAddress address;
    address.ip_size = static_cast<std::uint8_t>(std::min(ip.size(), address.ip.size()));
    std::copy_n(ip.begin(), address.ip_size, address.ip.begin());
    address.port = port;
    return address;
}

/// Shared with the handler that waits for the socket, so that it may outlive the UdpSocket.
struct UdpSocket::State final : TurnEndListener, std::enable_shared_from_this<State> {
    State(AsioLoop& socket_loop, const UdpSocketOptions& options, int fd, sa_family_t socket_family,
          OnDatagram function)
        : loop(socket_loop),
          descriptor(socket_loop.context(), fd),
          family(socket_family),
          on_datagram(std::move(function)),
          send_max(std::clamp<std::size_t>(options.send_batch_max, 1, batch)),
          received(datagrams(options.name, "in")),
          sent(datagrams(options.name, "out")),
          too_long(drops(options.name, "too_long")),
          not_sent(drops(options.name, "not_sent")) {}

    void wait() {
        descriptor.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                              [state = shared_from_this()](const boost::system::error_code& error) {
                                  if (!error && state->open) {
                                      state->read();
                                      if (state->open) {
                                          state->wait();
                                      }
                                  }
                              });
    }

    /// A kernel that refuses says nothing of our addresses later, and then chooses them itself.
    void remember_reply_addresses() {
        const int on = 1;
        const int refused =
            family == AF_INET6
                ? ::setsockopt(descriptor.native_handle(), IPPROTO_IPV6, IPV6_RECVPKTINFO, &on,
                               sizeof(on))
                : ::setsockopt(descriptor.native_handle(), IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
        if (refused == 0) {
            reply_addresses = std::make_unique<ReplyAddresses>();
        }
    }

    void read() {
        for (int round = 0; round < batches_per_handler && open; ++round) {
            for (std::size_t index = 0; index < batch; ++index) {
                inbound.messages[index].msg_hdr.msg_namelen = sizeof(sockaddr_storage);
                inbound.messages[index].msg_hdr.msg_flags = 0;
                inbound.messages[index].msg_hdr.msg_controllen =
                    reply_addresses ? sizeof(Control) : 0;
            }
            const int count = ::recvmmsg(descriptor.native_handle(), inbound.messages.data(), batch,
                                         MSG_DONTWAIT, nullptr);
            // Errors are news of earlier sends (ICMP) or nothing to read: both end the round.
            for (int index = 0; index < count && open; ++index) {
                deliver(static_cast<std::size_t>(index));
            }
            if (count < static_cast<int>(batch)) {
                return;
            }
        }
    }

    void deliver(std::size_t index) {
        mmsghdr& message = inbound.messages[index];
        if ((message.msg_hdr.msg_flags & MSG_TRUNC) != 0) {
            too_long.add();
            return;
        }
        received.add();
        const UdpAddress source = from_kernel(inbound.addresses[index]);
        if (reply_addresses) {
            reply_addresses->learn(source, read_local_ip(message.msg_hdr));
        }
        on_datagram(source, std::span(inbound.buffers[index]).first(message.msg_len));
    }

    void send(const UdpAddress& target, ByteView datagram) {
        const bool fits =
            family == AF_INET6 ? target.ip_size == 4 || target.ip_size == 16 : target.ip_size == 4;
        if (!fits || datagram.size() > datagram_bytes_max) {
            not_sent.add();
            return;
        }
        if (gathered == 0 && !requested) {
            requested = true;
            loop.request_turn_end(*this);
        }
        const KernelAddress address = to_kernel(target, family);
        outbound.addresses[gathered] = address.storage;
        msghdr& header = outbound.messages[gathered].msg_hdr;
        header.msg_namelen = address.size;
        write_local_ip(header, outbound.controls[gathered],
                       reply_addresses ? reply_addresses->find(target) : nullptr, family);
        std::ranges::copy(datagram, outbound.buffers[gathered].begin());
        outbound.vectors[gathered].iov_len = datagram.size();
        if (++gathered >= send_max) {
            flush();
        }
    }

    void on_turn_end() override {
        requested = false;
        flush();
    }

    void flush() {
        std::size_t first = 0;
        while (first < gathered) {
            const int count = ::sendmmsg(descriptor.native_handle(), &outbound.messages[first],
                                         static_cast<unsigned>(gathered - first), MSG_DONTWAIT);
            if (count > 0) {
                sent.add(static_cast<std::uint64_t>(count));
                first += static_cast<std::size_t>(count);
                continue;
            }
            if (errno == EINTR) {
                continue;
            }
            // The kernel names the first that it refused; the others get their chance.
            not_sent.add();
            ++first;
        }
        gathered = 0;
    }

    void close() {
        flush();
        open = false;
        if (requested) {
            loop.cancel_turn_end(*this);
        }
        boost::system::error_code ignored;
        descriptor.close(ignored);
    }

    AsioLoop& loop;
    boost::asio::posix::stream_descriptor descriptor;
    sa_family_t family;
    OnDatagram on_datagram;
    std::size_t send_max;
    Counter& received;
    Counter& sent;
    Counter& too_long;
    Counter& not_sent;
    bool open = true;
    bool requested = false;
    std::size_t gathered = 0;
    Batch inbound;
    Batch outbound;
    /// Only where the socket is bound to all addresses.
    std::unique_ptr<ReplyAddresses> reply_addresses;
};

Result<std::unique_ptr<UdpSocket>, UdpError> UdpSocket::open(AsioLoop& loop,
                                                             const UdpSocketOptions& options,
                                                             OnDatagram on_datagram) {
    std::array<std::uint8_t, 16> ip{};
    UdpAddress bind_to;
    if (::inet_pton(AF_INET, options.address.c_str(), ip.data()) == 1) {
        bind_to = make_udp_address(ByteView(ip).first(4), options.port);
    } else if (::inet_pton(AF_INET6, options.address.c_str(), ip.data()) == 1) {
        bind_to = make_udp_address(ip, options.port);
    } else {
        return fail(UdpError::bad_address);
    }
    const sa_family_t family = bind_to.ip_size == 4 ? AF_INET : AF_INET6;
    const int fd = ::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return fail(errno == EAFNOSUPPORT ? UdpError::cannot_bind : UdpError::no_resources);
    }
    const int size = options.kernel_buffer_bytes;
    // Best effort: the kernel grants up to its own limit and says nothing.
    static_cast<void>(::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)));
    static_cast<void>(::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)));
    if (family == AF_INET6) {
        const int only_v6 = 0;
        static_cast<void>(::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, sizeof(only_v6)));
    }
    const KernelAddress address = to_kernel(bind_to, family);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0) {
        ::close(fd);
        return fail(UdpError::cannot_bind);
    }
    auto state = std::make_shared<State>(loop, options, fd, family, std::move(on_datagram));
    if (is_unspecified(bind_to)) {
        state->remember_reply_addresses();
    }
    state->wait();
    return std::unique_ptr<UdpSocket>(new UdpSocket(std::move(state)));
}

UdpSocket::UdpSocket(std::shared_ptr<State> state) : state_(std::move(state)) {}

UdpSocket::~UdpSocket() {
    state_->close();
}

void UdpSocket::send(const UdpAddress& target, ByteView datagram) {
    state_->send(target, datagram);
}

UdpAddress UdpSocket::local_address() const {
    sockaddr_storage storage{};
    socklen_t size = sizeof(storage);
    if (::getsockname(state_->descriptor.native_handle(), reinterpret_cast<sockaddr*>(&storage),
                      &size) != 0) {
        return {};
    }
    // All zeros in IPv6 is not a mapped address, so the family stays visible.
    return from_kernel(storage);
}

std::vector<UdpAddress> local_addresses() {
    std::vector<UdpAddress> addresses;
    std::vector<UdpAddress> loopback;
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) {
        return addresses;
    }
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_UP) == 0) {
            continue;
        }
        const int family = entry->ifa_addr->sa_family;
        if (family != AF_INET && family != AF_INET6) {
            continue;
        }
        sockaddr_storage storage{};
        std::memcpy(&storage, entry->ifa_addr,
                    family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
        const UdpAddress address = from_kernel(storage);
        const bool link_local = address.ip_size == 4
                                    ? address.ip[0] == 169 && address.ip[1] == 254
                                    : address.ip[0] == 0xFE && (address.ip[1] & 0xC0U) == 0x80;
        if (!link_local) {
            ((entry->ifa_flags & IFF_LOOPBACK) != 0 ? loopback : addresses).push_back(address);
        }
    }
    ::freeifaddrs(list);
    addresses.insert(addresses.end(), loopback.begin(), loopback.end());
    return addresses;
}

}  // namespace studio::runtime
