"""The only place that knows SQL: what was planned, seen, judged, found and told, on SQLite or PostgreSQL."""

from auditor.store.errors import AuditRunning, SchemaTooNew, StoreError
from auditor.store.handed_in import Gap, StoredBatch
from auditor.store.outbox import Claimed, Message, OutboxCounts, Posted
from auditor.store.reading import History, PastAudit, PastChange
from auditor.store.retention import Pruned
from auditor.store.store import Store

__all__ = [
    "AuditRunning",
    "Claimed",
    "Gap",
    "History",
    "Message",
    "OutboxCounts",
    "PastAudit",
    "PastChange",
    "Posted",
    "Pruned",
    "SchemaTooNew",
    "Store",
    "StoreError",
    "StoredBatch",
]
