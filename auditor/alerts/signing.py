"""Standard Webhooks 1.0.0: how a receiver knows that a message is ours, whole, and not an old one sent again.

Must never sign anything but the exact bytes that are sent.
"""

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime

PREFIX = "whsec_"


class BadSecret(ValueError):
    """A signing secret that cannot be used; the message does not repeat it."""


def key(secret: str) -> bytes:
    """The bytes to sign with: `whsec_` and base64 as the standard has it, or any other text as it stands (UTF-8).

    Raises BadSecret: an empty secret would sign for anybody, and a broken one would sign for nobody.
    """
    if not secret.startswith(PREFIX):
        if not secret.strip():
            raise BadSecret("the webhook's secret is empty: set it, or leave `secret` out to send unsigned")
        return secret.encode()
    try:
        found = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadSecret("the webhook's secret begins with whsec_ but no base64 follows") from error
    if not found:
        raise BadSecret("the webhook's secret is whsec_ and nothing else")
    return found


def headers(message: str, body: bytes, secret: str | None, at: datetime) -> dict[str, str]:
    """The three headers of one attempt. The id is the same at every attempt, the time is not. None: unsigned."""
    seconds = str(int(at.astimezone(UTC).timestamp()))
    found = {"webhook-id": message, "webhook-timestamp": seconds}
    if secret is not None:
        signed = hmac.new(key(secret), f"{message}.{seconds}.".encode() + body, hashlib.sha256).digest()
        found["webhook-signature"] = "v1," + base64.b64encode(signed).decode("ascii")
    return found
