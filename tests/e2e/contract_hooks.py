"""Tells schemathesis how an SDP offer is sent: as the text that it is (schemathesis.toml)."""

import schemathesis


@schemathesis.serializer("application/sdp")
def send_as_text(_context, value):
    return value if isinstance(value, bytes) else str(value).encode()
