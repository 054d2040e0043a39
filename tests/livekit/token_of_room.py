"""The right to enter a room, signed as LiveKit's servers want it (JWT, HS256)."""

import base64
import hashlib
import hmac
import json
import time


def make_token(key, secret, room, identity, kind):
    """`kind`: standard or agent."""
    def encode(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    claims = {
        "iss": key, "sub": identity, "kind": kind,
        "nbf": int(time.time()) - 10, "exp": int(time.time()) + 600,
        "video": {"roomJoin": True, "room": room, "canPublish": True, "canSubscribe": True,
                  "canPublishData": True, "canUpdateOwnMetadata": True, "agent": kind == "agent"},
    }
    text = b".".join(encode(json.dumps(part).encode())
                     for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    return (text + b"." + encode(hmac.new(secret.encode(), text, hashlib.sha256).digest())).decode()
