"""Tokens of LiveKit's servers (JWT, HS256)."""

import base64
import hashlib
import hmac
import json
import time


def sign(key, secret, **claims):
    def encode(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    claims = {"iss": key, "nbf": int(time.time()) - 10, "exp": int(time.time()) + 600, **claims}
    text = b".".join(encode(json.dumps(part).encode())
                     for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    return (text + b"." + encode(hmac.new(secret.encode(), text, hashlib.sha256).digest())).decode()


def make_token(key, secret, room, identity, kind, **claims):
    """The right to enter a room. `kind`: standard or agent."""
    return sign(key, secret, sub=identity, kind=kind, video={
        "roomJoin": True, "room": room, "canPublish": True, "canSubscribe": True,
        "canPublishData": True, "canUpdateOwnMetadata": True, "agent": kind == "agent"}, **claims)
