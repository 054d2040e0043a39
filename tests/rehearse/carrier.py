"""A telephone company in front of a real livekit-server: requests to call somebody it answers
itself, as livekit-sip would after asking the trunk's carrier; everything else it passes on. It lets
a call through when the trunk, as the server has it, knows the carrier's password."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
import urllib.request

CREATE = "/twirp/livekit.SIP/CreateSIPParticipant"


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def token(key, secret):
    """With the right to read trunks."""
    claims = {"iss": key, "nbf": int(time.time()) - 10, "exp": int(time.time()) + 600,
              "sip": {"admin": True}}
    text = b".".join(encode(json.dumps(part).encode())
                     for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    return (text + b"." + encode(hmac.new(secret.encode(), text, hashlib.sha256).digest())).decode()


class Carrier:
    """Also the engine's service `sip`, as far as a runbook looks at that one."""

    def __init__(self, livekit, password):
        self.livekit, self.password = livekit, password
        self.refused = self.answered = 0
        self.lines = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"ws://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def log(self):
        return "\n".join(self.lines)

    def describe(self):
        return "sip running"

    def ids(self):
        return []

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return  # It is closed.
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            head, rest = self._read_head(client)
            lines = head.decode("latin-1").split("\r\n")
            fields = {name.lower(): value.strip() for name, _, value in
                      (line.partition(":") for line in lines[1:])}
            if lines[0].split(" ")[1] == CREATE:
                while len(rest) < int(fields["content-length"]):
                    rest += client.recv(65536)
                self._answer(client, json.loads(rest))
            else:
                self._pass_on(client, head, fields, rest)
        except (OSError, ValueError):
            pass  # Either side went.
        finally:
            client.close()

    @staticmethod
    def _read_head(client):
        data = b""
        while b"\r\n\r\n" not in data:
            piece = client.recv(65536)
            if not piece:
                raise ConnectionError("it went")
            data += piece
        head, rest = data.split(b"\r\n\r\n", 1)
        return head, rest

    def _answer(self, client, request):
        if self._password_of(request["sip_trunk_id"]) == self.password:
            self.answered += 1
            status, reply = 200, {"participant_identity": request["participant_identity"],
                                  "room_name": request["room_name"], "sip_call_id": "SCL_out"}
        else:
            self.refused += 1
            status, reply = 500, {"code": "unavailable", "msg": "refused", "meta": {
                "sip_status_code": "403", "sip_status": "Forbidden"}}
        self.lines.append(f"INVITE by trunk {request['sip_trunk_id']}: "
                          f"{200 if status == 200 else '403 Forbidden'}")
        text = json.dumps(reply).encode()
        client.sendall(f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: "
                       f"{len(text)}\r\nConnection: close\r\n\r\n".encode() + text)

    def _password_of(self, trunk):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.livekit.port}/twirp/livekit.SIP/ListSIPOutboundTrunk", b"{}",
            {"Content-Type": "application/json",
             "Authorization": f"Bearer {token(self.livekit.key, self.livekit.secret)}"})
        with urllib.request.urlopen(request, timeout=5) as answer:
            items = json.load(answer).get("items", [])
        return next((item.get("auth_password", item.get("authPassword")) for item in items
                     if trunk in (item.get("sip_trunk_id"), item.get("sipTrunkId"))), None)

    def _pass_on(self, client, head, fields, rest):
        if fields.get("upgrade", "").lower() != "websocket":
            # One request a connection, so that none of ours hides behind another.
            first, more = head.split(b"\r\n", 1)
            head = first + b"\r\nConnection: close\r\n" + more
        server = socket.create_connection(("127.0.0.1", self.livekit.port))
        server.sendall(head + b"\r\n\r\n" + rest)
        back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
        back.start()
        self._pump(client, server)
        back.join()

    @staticmethod
    def _pump(source, sink):
        try:
            while piece := source.recv(65536):
                sink.sendall(piece)
        except OSError:
            pass
        for each in (source, sink):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
