"""The gateways of the estate: each configuration as a listener of its product's one process.

Must never add to a configuration what would change its meaning.
"""

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager

from leaks import products
from leaks.configuration import Configuration
from leaks.places import APPS
from leaks.processes import Process
from leaks.whole import UP, Estate


def gateways(built: Estate) -> Sequence[AbstractContextManager[Process]]:
    home = built.home
    starts = []
    for product, render in _RENDER.items():
        if each := built.of(product):
            text = "\n".join(filter(None, [_HEAD.get(product, ""), *(render(built, one) for one in each)]))
            text += _tail(built) if product == "haproxy" else ""
            folder, listens = home / product, built.listens(product)
            folder.mkdir()
            if product == "varnish":
                text = _varnish_text(built, text)
                starts.append(products.varnish(folder, text, listens, [_socket(one) for one in each]))
            else:
                starts.append(getattr(products, product)(folder, text.replace("@HOME@", str(home)), listens))
    return starts


_TLS = "ssl_certificate @HOME@/gateway.pem; ssl_certificate_key @HOME@/gateway.key;"


def _nginx(built: Estate, each: Configuration) -> str:
    port, tls_port, own = built.places.port, built.places.tls_port, built.gateways[each.id]
    text = each.text if "SERVER" in each.text else f"SERVER {{ server_name _; {each.text} }}"
    opened = {
        "UPSTREAM": f"upstream {each.id} {{",
        "SERVER-TLS": f"server {{ listen {own[0]}:{tls_port} ssl; {_TLS}",
    }
    for n, address in enumerate(own, 1):
        opened["SERVER" if n == 1 else f"SERVER{n}"] = f"server {{ listen {address}:{port};"
    for n, address in enumerate(built.inner[each.id], 1):
        opened[f"INNER{n}"] = f"server {{ listen {address}:{port};"
    text = re.sub(r"\b(UPSTREAM|SERVER-TLS|SERVER\d?|INNER\d) \{", lambda found: opened[found[1]], text)
    return built.filled(each, text)


def _haproxy(built: Estate, each: Configuration) -> str:
    listen = f"{built.gateways[each.id][0]}:{built.places.port}"
    head = f"frontend {each.id}\n bind {listen}\n default_backend {each.app}\n"
    return f"{head} {built.filled(each, each.text)}\n"


def _tail(built: Estate) -> str:
    return "\n".join(f"backend {name}\n server one {built.places.app(name)}" for name in UP) + "\n"


def _apache(built: Estate, each: Configuration) -> str:
    listen = f"{built.gateways[each.id][0]}:{built.places.port}"
    return f"<VirtualHost {listen}>\n{built.filled(each, each.text)}</VirtualHost>\n"


def _caddy(built: Estate, each: Configuration) -> str:
    address = built.gateways[each.id][0]
    return f"http://{each.public}:{built.places.port} {{\n bind {address}\n {built.filled(each, each.text)}\n}}\n"


def _varnish(built: Estate, each: Configuration) -> str:
    back = each.app.replace("-", "_")
    inner = built.filled(each, each.text)
    return f'if (local.socket == "{_socket(each)}") {{ set req.backend_hint = {back}; {inner} }}'


def _socket(each: Configuration) -> str:
    return each.id.replace("-", "_")


def _varnish_text(built: Estate, rules: str) -> str:
    port = built.places.port
    backs = "\n".join(
        f'backend {name.replace("-", "_")} {{ .host = "{built.places.at(APPS[name])}"; .port = "{port}"; }}'
        for name in sorted({each.app for each in built.of("varnish")})
    )
    return (
        f"vcl 4.1;\n{backs}\nsub vcl_recv {{\n{rules}\n}}\nsub vcl_backend_response {{\n"
        " if (beresp.status != 200) { set beresp.uncacheable = true; } else { set beresp.ttl = 1h; }\n"
        " return (deliver);\n}\n"
    )


def _lighttpd(built: Estate, each: Configuration) -> str:
    listen = f"{built.gateways[each.id][0]}:{built.places.port}"
    app = built.places.at(APPS[each.app])
    proxy = f'proxy.server = ("" => (("host" => "{app}", "port" => {built.places.port})))'
    return f'$SERVER["socket"] == "{listen}" {{\n{proxy}\n{built.filled(each, each.text)}\n}}\n'


_RENDER = {
    "nginx": _nginx,
    "haproxy": _haproxy,
    "apache": _apache,
    "caddy": _caddy,
    "varnish": _varnish,
    "lighttpd": _lighttpd,
}

_HEAD = {
    "nginx": "server_names_hash_bucket_size 128; limit_req_zone $server_addr zone=slow:1m rate=1r/s;"
    " proxy_cache_path @HOME@/nginx/cache keys_zone=shop:1m;",
}
