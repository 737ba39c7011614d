"""Telling people what changed: messages for the outbox, signed and delivered at least once."""

from auditor.alerts.delivery import Delivery, deliver, open_client
from auditor.alerts.destinations import BadDestination, Destination, destination_key
from auditor.alerts.news import messages
from auditor.alerts.signing import headers

__all__ = [
    "BadDestination",
    "Delivery",
    "Destination",
    "deliver",
    "destination_key",
    "headers",
    "messages",
    "open_client",
]
