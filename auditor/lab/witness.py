"""What really reached the app from outside: the upstream's own word, against which an audit can be held.

Must never record what came from inside, for that is how it should be.
"""

from typing import NamedTuple

#: How a request can come to the app from outside.
PUBLIC_BALANCER = "public balancer"
CHECKOUT_INGRESS = "checkout ingress"
OPEN_PORT = "open port"


class Reached(NamedTuple):
    """One request that reached the app from outside; an empty `target` is a connection by itself."""

    via: str
    host: str
    target: str
