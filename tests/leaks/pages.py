"""What the applications serve: the same few pages, each with a mark that says whose and which page it is.

Must never give two applications the same mark: by it a body is known for the internal page, wherever it turns up.
"""

INTERNAL = "/internal/metrics"
CONTROL = "/public/health"
HEALTH = "/health"


def mark(app: str) -> str:
    """What stands in an application's internal page and nowhere else."""
    return f"ledger-{app}-7c41e9"


def pages(app: str) -> dict[str, dict[str, object]]:
    """Path -> page, as JSON."""
    return {
        INTERNAL: {
            "service": "shop",
            "page": mark(app),
            "database": {"engine": "postgres", "pool": 20, "replicas": 3, "primary": "db-1"},
            "queues": {"orders": 17, "refunds": 4, "invoices": 0},
            "features": ["ledger", "coupons", "gift cards"],
        },
        CONTROL: {"service": "shop", "public": True, "greeting": "welcome to the shop", "open": "all day"},
        HEALTH: {"status": "ok"},
    }
