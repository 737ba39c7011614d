"""The company's states: each one thing that is sound or broken, as an operator would have written it.

Must never say what the verdict is: that is found out by looking. `broken` only says what the author meant.
"""

from dataclasses import dataclass

from parts.network import APP, GATEWAY, INTERNAL_GATEWAY, SITE

API, INTERNAL, INTERNAL_APP, PUBLIC_SITE = (
    "api.shop.example",
    "internal.shop.example",
    "app.shop.example",
    "www.example.org",
)
PATHS = ("/internal/v1/provision", "/internal/v1/config", "/docs", "/openapi.json")
CONTROL, HEALTH = "/api/v1/health", "/health"
APP_PORT = 8080

_UPSTREAM = f"proxy_pass http://{APP}:{APP_PORT};"
_LISTEN = (
    f"listen {GATEWAY}:80%s; listen {GATEWAY}:443 ssl%s; ssl_certificate api.pem; ssl_certificate_key api.key;"
)

#: What a host that is nobody's gets.
_NOBODY = f"server {{ {_LISTEN % (' default_server', ' default_server')} server_name _; return 404; }}"
_ALLOWED = f"location /api/v1/ {{ {_UPSTREAM} }}"


def _gateway(*locations: str, name: str = API, nobody: str = _NOBODY) -> str:
    return f"{nobody}\nserver {{ {_LISTEN % ('', '')} server_name {name};\n" + "\n".join(locations) + "\n}"


@dataclass(frozen=True)
class State:
    """One state of the company. The defaults are the sound ones."""

    id: str
    broken: bool
    gateway: str | None = _gateway(
        _ALLOWED, "location / { return 404; }"
    )  # nginx `server` blocks; None: it is down
    published: str = ""  # records in the public zone beside the gateway's own
    relay: bool = False  # the app's port handed on from the gateway's address
    app: bool = True
    site: bool = True  # the known-public site by which the outside vantage proves its sight
    public_dns: bool = True
    internal_dns: bool = True


_PAGE = (
    "<!doctype html><html><head><title>The shop</title></head><body><h1>Welcome to the shop</h1>"
    "<p>Everything for house and garden, delivered within two days.</p></body></html>"
)

#: The one everything else differs from: the gateway forwards what it is meant to, and nothing else.
SOUND = State("sound", broken=False)

STATES = (
    SOUND,
    # Sound, and each in a way that a status code alone would get wrong.
    State(
        "catch-all-page",
        broken=False,
        gateway=_gateway(_ALLOWED, f"location / {{ return 200 '{_PAGE}'; }}"),
    ),
    State(
        "catch-all-login",
        broken=False,
        gateway=_gateway(_ALLOWED, f"location / {{ return 302 http://{API}/login; }}"),
    ),
    State(
        "denies-internal",
        broken=False,
        gateway=_gateway(_ALLOWED, "location /internal/ { return 403; }", "location / { return 404; }"),
    ),
    State("denies-all", broken=False, gateway=_gateway(_ALLOWED, "location / { return 403; }")),
    # The gateway forwards too much.
    State("forwards-the-rest", broken=True, gateway=_gateway(_ALLOWED, f"location / {{ {_UPSTREAM} }}")),
    State(
        "rule-too-wide",
        broken=True,
        gateway=_gateway(f"location ~ /v1/ {{ {_UPSTREAM} }}", "location / { return 404; }"),
    ),
    State(
        "docs-published",
        broken=True,
        gateway=_gateway(
            _ALLOWED,
            f"location = /docs {{ {_UPSTREAM} }}",
            f"location = /openapi.json {{ {_UPSTREAM} }}",
            "location / { return 404; }",
        ),
    ),
    State(
        "one-behind-the-page",
        broken=True,
        gateway=_gateway(
            _ALLOWED,
            f"location /internal/v1/config {{ {_UPSTREAM} }}",
            f"location / {{ return 200 '{_PAGE}'; }}",
        ),
    ),
    State(
        "internal-host",
        broken=True,
        gateway=_gateway(_ALLOWED, "location / { return 404; }")
        + f"\nserver {{ {_LISTEN % ('', '')} server_name {INTERNAL}; location / {{ {_UPSTREAM} }} }}",
    ),
    State(
        "any-host",
        broken=True,
        gateway=_gateway(
            _ALLOWED,
            "location / { return 404; }",
            nobody=f"server {{ {_LISTEN % (' default_server', ' default_server')}"
            f" server_name _; location / {{ {_UPSTREAM} }} }}",
        ),
    ),
    State(
        "asks-for-credentials",
        broken=True,
        gateway=_gateway(
            _ALLOWED,
            f"location /internal/ {{ {_UPSTREAM} proxy_set_header X-Forwarded-For $remote_addr; }}",
            "location / { return 404; }",
        ),
    ),
    State(
        "rewrites-the-prefix",
        broken=True,
        gateway=_gateway(
            _ALLOWED,
            f"location /internal/ {{ proxy_pass http://{APP}:{APP_PORT}/moved/; }}",
            "location / { return 404; }",
        ),
    ),
    State("port-open", broken=True, relay=True),
    # Names.
    State("name-private", broken=True, published=f"internal IN A {INTERNAL_GATEWAY}"),
    State("name-public", broken=True, published=f"internal IN A {GATEWAY}"),
    State("name-v6-only", broken=True, published="app IN AAAA 2001:db8::10"),
    # The address is of documentation space, which is special by the registries: whoever gives it out leaks.
    State("names-wildcard", broken=True, published=f"* IN A {GATEWAY}"),
    # Nothing is broken open, but something needed for proof is down.
    State("app-down", broken=False, app=False),
    State(
        "control-fails",
        broken=False,
        gateway=_gateway(f"location = {CONTROL} {{ return 503; }}", _ALLOWED, "location / { return 404; }"),
    ),
    State("gateway-down", broken=False, gateway=None),
    State("blind", broken=False, site=False),
    State("public-dns-down", broken=False, public_dns=False),
    State("internal-dns-down", broken=False, internal_dns=False),
    # Something is broken open and something is down: what was reached counts all the same.
    State(
        "leaks-and-control-fails",
        broken=True,
        gateway=_gateway(f"location = {CONTROL} {{ return 503; }}", f"location / {{ {_UPSTREAM} }}"),
    ),
    State("leaks-and-blind", broken=True, gateway=_gateway(_ALLOWED, f"location / {{ {_UPSTREAM} }}"), site=False),
)

BY_ID = {state.id: state for state in STATES}

#: What the internal gateway does, always.
INTERNAL_SERVERS = f"""
server {{ listen {INTERNAL_GATEWAY}:80 default_server; server_name _; return 404; }}
server {{ listen {INTERNAL_GATEWAY}:80; server_name {INTERNAL}; location / {{ {_UPSTREAM} }} }}
"""
#: The known-public site, on an address of its own.
SITE_SERVERS = f"server {{ listen {SITE}:80 default_server; return 200 'A site that everybody can see.'; }}"


def public_zones(state: State) -> dict[str, str]:
    """What the world may ask."""
    return {
        "shop.example": f"api IN A {GATEWAY}\nwww IN A {GATEWAY}\n{state.published}",
        "example.org": f"@ IN A {SITE}\nwww IN A {SITE}",
    }


#: What only the inside may ask.
INTERNAL_ZONES = {
    "shop.example": f"api IN A {GATEWAY}\ninternal IN A {INTERNAL_GATEWAY}\napp IN A {APP}",
    "example.org": f"@ IN A {SITE}\nwww IN A {SITE}",
}
