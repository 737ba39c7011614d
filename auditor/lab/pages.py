"""What the app has to say: the contents of its routes.

Invented, and distinctive enough that nobody could serve it by chance. Must never hold anything that differs
between two requests.
"""

from typing import Any

from auditor.lab.estate import CATALOG_PATH, CONTROL_PATH, INSIDE_APP, INTERNAL_ZONE, ORDERS_PATH

VERSION = "2.14.0"


def front(title: str) -> dict[str, Any]:
    return {"service": title, "version": VERSION, "documentation": "/docs", "company": "Shop Example Ltd"}


def health(title: str) -> dict[str, Any]:
    return {
        "status": "ok",
        "service": title,
        "version": VERSION,
        "checks": {"database": "ok", "message-queue": "ok", "object-store": "ok"},
    }


_PROVISION = {
    "environment": "production",
    "region": "north-2",
    "clusters": [
        {"name": "kestrel", "nodes": 12, "image": "base-2031.4", "primary": f"kestrel-db.{INTERNAL_ZONE}"},
        {"name": "merlin", "nodes": 7, "image": "base-2031.4", "primary": f"merlin-db.{INTERNAL_ZONE}"},
    ],
    "tenants": [
        {"id": "tn-harbour", "plan": "enterprise", "state": "active", "shard": "kestrel/3"},
        {"id": "tn-orchard", "plan": "starter", "state": "suspended", "shard": "merlin/1"},
    ],
    "next_wave": {"wave": 41, "approved_by": "release-desk", "strategy": "blue-green"},
}

_CONFIG = {
    "database": {"host": f"kestrel-db.{INTERNAL_ZONE}", "name": "shop", "pool": 40, "replica_lag_limit": "2s"},
    "queue": {"broker": f"queue.{INTERNAL_ZONE}", "prefetch": 64, "dead_letter": "orders-parked"},
    "features": {"split_checkout": True, "instant_refund": False, "loyalty_tiers": ["fern", "moss", "lichen"]},
    "listen": f"{INSIDE_APP}",
}

_INVOICES = {
    "invoices": [
        {"number": "INV-77-0412", "customer": "Harbour Lights Co-op", "total": "1840.50", "status": "overdue"},
        {"number": "INV-77-0413", "customer": "Orchard & Daughters", "total": "312.00", "status": "settled"},
        {"number": "INV-77-0414", "customer": "Quarry Road Bakery", "total": "96.75", "status": "draft"},
    ],
    "page": {"size": 3, "more": True},
}

_LEDGER = {
    "accounts": [
        {"code": "4000", "title": "Card sales", "balance": "88213.19", "side": "credit"},
        {"code": "4010", "title": "Vouchers redeemed", "balance": "1207.00", "side": "debit"},
        {"code": "6120", "title": "Payment provider fees", "balance": "2643.88", "side": "debit"},
    ],
    "closed_until": "period seven",
}

_CATALOG = {
    "items": [
        {"sku": "TEA-OOLONG", "title": "Oolong, loose leaf", "price": "11.90"},
        {"sku": "CUP-GLAZED", "title": "Glazed cup", "price": "18.00"},
    ]
}

ORDERS = {
    "orders": [{"id": "ord-5521", "items": 3, "state": "packed"}, {"id": "ord-5522", "items": 1, "state": "new"}]
}


def _operation(summary: str) -> dict[str, Any]:
    answer = {"description": "Successful Response", "content": {"application/json": {"schema": {}}}}
    return {"get": {"summary": summary, "responses": {"200": answer}}}


_OPENAPI = {
    "openapi": "3.1.0",
    "info": {"title": "Shop platform", "version": VERSION},
    "paths": {
        CONTROL_PATH: _operation("Health"),
        ORDERS_PATH: _operation("List Orders"),
        CATALOG_PATH: _operation("List Catalog"),
        "/internal/v1/provision": _operation("Show Provisioning State"),
        "/internal/v1/config": _operation("Show Running Configuration"),
        "/billing/v1/invoices": _operation("List Invoices"),
        "/billing/v1/ledger": _operation("Show Ledger"),
    },
}

#: Path → the JSON it answers with.
DOCUMENTS: dict[str, Any] = {
    CONTROL_PATH: health("shop-api"),
    CATALOG_PATH: _CATALOG,
    "/internal/v1/provision": _PROVISION,
    "/internal/v1/config": _CONFIG,
    "/billing/v1/invoices": _INVOICES,
    "/billing/v1/ledger": _LEDGER,
    "/openapi.json": _OPENAPI,
}

DOCS = """<!DOCTYPE html>
<html>
<head>
<link type="text/css" rel="stylesheet" href="/static/swagger-ui.css">
<title>Shop platform - Swagger UI</title>
</head>
<body>
<div id="swagger-ui">
<h2>Shop platform</h2>
<p>Every operation of the shop platform, its internal provisioning, billing and configuration routes included,
can be tried out on this page. Sign in with your company account before you send anything to production.</p>
</div>
<script src="/static/swagger-ui-bundle.js"></script>
<script>
const ui = SwaggerUIBundle({url: '/openapi.json', dom_id: '#swagger-ui', layout: 'BaseLayout', deepLinking: true})
</script>
</body>
</html>
"""

METRICS = """# HELP shop_orders_total Orders taken since the start.
# TYPE shop_orders_total counter
shop_orders_total{channel="web"} 18231
shop_orders_total{channel="till"} 4410
# HELP shop_checkout_seconds Time from basket to receipt.
# TYPE shop_checkout_seconds summary
shop_checkout_seconds{quantile="0.5"} 1.8
shop_checkout_seconds{quantile="0.99"} 7.2
shop_checkout_seconds_count 22641
# HELP shop_queue_depth Messages that wait for a worker.
# TYPE shop_queue_depth gauge
shop_queue_depth{queue="orders-parked"} 3
shop_queue_depth{queue="receipts"} 0
# HELP shop_payments_declined_total Payments that a provider declined.
# TYPE shop_payments_declined_total counter
shop_payments_declined_total{provider="northbank"} 212
# HELP shop_database_connections Connections in use.
# TYPE shop_database_connections gauge
shop_database_connections{host="kestrel-db",state="busy"} 11
shop_database_connections{host="kestrel-db",state="idle"} 29
# HELP shop_replica_lag_seconds How far the replica is behind.
# TYPE shop_replica_lag_seconds gauge
shop_replica_lag_seconds 0.4
# HELP shop_cache_hits_total Lookups that the cache answered.
# TYPE shop_cache_hits_total counter
shop_cache_hits_total 790112
# HELP process_open_fds Open file descriptors.
# TYPE process_open_fds gauge
process_open_fds 61
# HELP process_resident_memory_bytes Resident memory.
# TYPE process_resident_memory_bytes gauge
process_resident_memory_bytes 212992000
# HELP shop_build_info The running build.
# TYPE shop_build_info gauge
shop_build_info{version="2.14.0",cluster="kestrel"} 1
"""
