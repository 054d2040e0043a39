#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "protocol/jwt/livekit_token.hpp"
#include "runtime/asio_loop.hpp"

namespace studio::test {

/// A LiveKit server with its SIP service, as far as its API shows them: rooms, people, telephone
/// calls. Each method wants the grant that the real server wants. What becomes of a call is
/// scripted by number (`calls`).
class TwirpStandIn {
public:
    enum class Fault { none, silent, rubbish, status_500, status_503_html, cut, huge };

    struct PhoneScript {
        milliseconds ringing{30};
        /// 0 answers.
        int sip_status = 0;
    };

    TwirpStandIn(runtime::AsioLoop& loop, jwt::LivekitKey key)
        : state_(std::make_shared<State>(loop, std::move(key))) {
        boost::asio::co_spawn(loop.context(), accept(state_), boost::asio::detached);
    }
    ~TwirpStandIn() {
        boost::system::error_code ignored;
        state_->acceptor.close(ignored);
    }

    [[nodiscard]] std::string url() const {
        return "ws://127.0.0.1:" + std::to_string(state_->acceptor.local_endpoint().port());
    }
    void set_fault(Fault fault) { state_->fault = fault; }
    /// By number: how long it rings, and what comes then.
    std::map<std::string, PhoneScript>& calls() { return state_->scripts; }
    [[nodiscard]] std::size_t calls_placed() const { return state_->calls_placed; }
    [[nodiscard]] const std::vector<std::string>& seen() const { return state_->seen; }
    [[nodiscard]] const Json& last_body() const { return state_->last_body; }
    std::map<std::string, std::map<std::string, JsonObject>>& rooms() { return state_->rooms; }

private:
    using Tcp = boost::asio::ip::tcp;
    using Request = boost::beast::http::request<boost::beast::http::string_body>;
    struct Reply {
        int status = 200;
        std::string body = "{}";
    };
    struct State {
        State(runtime::AsioLoop& given_loop, jwt::LivekitKey given)
            : loop(given_loop),
              context(given_loop.context()),
              acceptor(context, {boost::asio::ip::address_v4::loopback(), 0}),
              key(std::move(given)) {}
        runtime::AsioLoop& loop;
        boost::asio::io_context& context;
        Tcp::acceptor acceptor;
        jwt::LivekitKey key;
        Fault fault = Fault::none;
        std::map<std::string, PhoneScript> scripts;
        std::map<std::string, std::map<std::string, JsonObject>> rooms;
        std::size_t calls_placed = 0;
        std::vector<std::string> seen;
        Json last_body;
    };
    using StatePtr = std::shared_ptr<State>;
    template <class Value>
    using Awaitable = boost::asio::awaitable<Value>;

    static Reply error(int status, const char* code, int sip_status = 0) {
        JsonObject meta;
        if (sip_status != 0) {
            meta["sip_status_code"] = std::to_string(sip_status);
            meta["sip_status"] = "whatever the provider said";
        }
        JsonObject body{{"code", code}, {"msg", "not done"}, {"meta", std::move(meta)}};
        return {status, serialize_json(body)};
    }

    /// Whether the token has the right that the real server asks for.
    static bool may(const jwt::LivekitClaims& claims, const std::string& method,
                    const std::string& room) {
        const jwt::VideoGrant video = claims.video.value_or(jwt::VideoGrant{});
        const jwt::SipGrant sip = claims.sip.value_or(jwt::SipGrant{});
        const bool is_admin = video.room_admin && video.room == room;
        if (method == "RoomService/CreateRoom" || method == "RoomService/DeleteRoom") {
            return video.room_create;
        }
        if (method == "RoomService/ListRooms") {
            return video.room_list;
        }
        if (method == "SIP/CreateSIPParticipant") {
            return sip.call;
        }
        if (method == "SIP/TransferSIPParticipant") {
            return sip.call && is_admin;
        }
        return method.starts_with("SIP/") ? sip.admin : is_admin;
    }

    static Awaitable<Reply> answer(StatePtr state, Request request) {
        const std::string prefix = "/twirp/livekit.";
        const std::string target(request.target());
        if (!target.starts_with(prefix)) {
            co_return error(404, "bad_route");
        }
        const std::string method = target.substr(prefix.size());
        state->seen.push_back(method);
        const std::string token(request["Authorization"]);
        const WallTime now = state->loop.wall_now();
        const auto claims = jwt::parse_livekit_token(
            token.starts_with("Bearer ") ? token.substr(7) : "", state->key, now);
        const auto body = parse_json(request.body());
        if (!body || !body->is_object()) {
            co_return error(400, "malformed");
        }
        state->last_body = *body;
        std::string room = member_text(*body, "room");
        if (room.empty()) {
            room = member_text(*body, "room_name");
        }
        if (!claims || !may(*claims, method, room)) {
            co_return error(401, "unauthenticated");
        }
        if (method == "SIP/CreateSIPParticipant") {
            co_return co_await place_call(state, *body, room);
        }
        co_return handle(*state, method, *body, room);
    }

    static Reply handle(State& state, const std::string& method, const Json& body,
                        const std::string& room) {
        const std::string identity = member_text(body, "identity");
        if (method == "RoomService/CreateRoom") {
            static_cast<void>(state.rooms[member_text(body, "name")]);
            return {};
        }
        if (method == "RoomService/ListRooms") {
            JsonArray rooms;
            for (const auto& [name, people] : state.rooms) {
                rooms.push_back(JsonObject{{"name", name}, {"num_participants", people.size()}});
            }
            return {200, serialize_json(JsonObject{{"rooms", std::move(rooms)}})};
        }
        if (!state.rooms.contains(room)) {
            return error(404, "not_found");
        }
        auto& people = state.rooms[room];
        if (method == "RoomService/DeleteRoom") {
            state.rooms.erase(room);
            return {};
        }
        if (method == "RoomService/ListParticipants") {
            JsonArray all;
            for (const auto& [name, participant] : people) {
                all.push_back(participant);
            }
            return {200, serialize_json(JsonObject{{"participants", std::move(all)}})};
        }
        const std::string who =
            identity.empty() ? member_text(body, "participant_identity") : identity;
        if (!people.contains(who)) {
            return error(404, "not_found");
        }
        if (method == "RoomService/GetParticipant") {
            return {200, serialize_json(people[who])};
        }
        if (method == "RoomService/RemoveParticipant") {
            people.erase(who);
            return {};
        }
        if (method == "SIP/TransferSIPParticipant") {
            if (member_text(body, "transfer_to").ends_with("9")) {
                return error(503, "unavailable", 486);
            }
            people.erase(who);
            return {};
        }
        return error(404, "bad_route");
    }

    static void set_status(State& state, const std::string& room, const std::string& identity,
                           const char* status) {
        JsonObject participant{{"identity", identity},
                               {"kind", "SIP"},
                               {"attributes", JsonObject{{"sip.callStatus", status}}}};
        state.rooms[room][identity] = std::move(participant);
    }

    /// As the SIP service does: the phone is in the room while it rings, and whoever removes it
    /// ends the call.
    static Awaitable<Reply> place_call(StatePtr state, Json body, std::string room) {
        ++state->calls_placed;
        const std::string identity = member_text(body, "participant_identity");
        const auto script = state->scripts.find(member_text(body, "sip_call_to"));
        if (script == state->scripts.end()) {
            co_return error(404, "not_found", 404);
        }
        const PhoneScript plan = script->second;
        set_status(*state, room, identity, "dialing");
        boost::asio::steady_timer timer(state->context);
        for (int step = 0; step < 10; ++step) {
            timer.expires_after(plan.ringing / 10);
            co_await timer.async_wait(boost::asio::use_awaitable);
            const auto found = state->rooms.find(room);
            if (found == state->rooms.end() || !found->second.contains(identity)) {
                co_return error(408, "canceled", 487);
            }
            if (step == 1) {
                set_status(*state, room, identity, "ringing");
            }
        }
        if (plan.sip_status != 0) {
            state->rooms[room].erase(identity);
            co_return error(503, "unavailable", plan.sip_status);
        }
        set_status(*state, room, identity, "active");
        JsonObject info{{"participant_identity", identity}, {"sip_call_id", "SCL_1"}};
        co_return Reply{200, serialize_json(info)};
    }

    static Awaitable<void> send(Tcp::socket& socket, std::string status, std::string type,
                                std::string body) {
        const std::string bytes = "HTTP/1.1 " + status + "\r\nContent-Type: " + type +
                                  "\r\nContent-Length: " + std::to_string(body.size()) +
                                  "\r\n\r\n" + body;
        co_await boost::asio::async_write(socket, boost::asio::buffer(bytes),
                                          boost::asio::use_awaitable);
    }

    static Awaitable<void> serve(StatePtr state, Tcp::socket socket) {
        try {
            boost::beast::flat_buffer buffer;
            for (;;) {
                Request request;
                co_await boost::beast::http::async_read(socket, buffer, request,
                                                        boost::asio::use_awaitable);
                switch (state->fault) {
                    case Fault::none:
                        break;
                    case Fault::silent:
                        co_await socket.async_wait(Tcp::socket::wait_read,
                                                   boost::asio::use_awaitable);
                        co_return;
                    case Fault::rubbish:
                        co_await send(socket, "200 OK", "application/json", "{\"rooms\":[");
                        continue;
                    case Fault::status_500:
                        co_await send(socket, "500 Oops", "application/json", "{\"code\":7}");
                        continue;
                    case Fault::status_503_html:
                        co_await send(socket, "503 Busy", "text/html", "<html>");
                        continue;
                    case Fault::cut:
                        co_return;
                    case Fault::huge:
                        co_await send(socket, "200 OK", "application/json",
                                      '"' + std::string(9U << 20U, 'x') + '"');
                        continue;
                }
                const Reply reply = co_await answer(state, std::move(request));
                co_await send(socket, std::to_string(reply.status) + " Done", "application/json",
                              reply.body);
            }
        } catch (const boost::system::system_error&) {
            // The client went away, which is its right.
        }
    }

    static Awaitable<void> accept(StatePtr state) {
        try {
            for (;;) {
                Tcp::socket socket =
                    co_await state->acceptor.async_accept(boost::asio::use_awaitable);
                boost::asio::co_spawn(state->context, serve(state, std::move(socket)),
                                      boost::asio::detached);
            }
        } catch (const boost::system::system_error&) {
            // The acceptor was closed.
        }
    }

    StatePtr state_;
};

}  // namespace studio::test
