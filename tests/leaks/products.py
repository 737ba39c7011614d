"""Starting the products: each a process with a configuration of ours, as a context manager.

Must never use what a package started or configured by itself; everything lives in a folder of the run.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from parts import needs

from leaks.processes import Listens, Process, running

TOMCAT_HOME = Path("/usr/share/tomcat10")
NODE_PATH = Path("/usr/share/nodejs")  # where Debian's node packages live
APACHE_MODULES = Path("/usr/lib/apache2/modules")

#: Product -> Debian package, and what has to be there for it.
PRODUCTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "nginx": ("nginx", ("nginx",)),
    "haproxy": ("haproxy", ("haproxy",)),
    "apache": ("apache2", ("apache2", str(APACHE_MODULES))),
    "caddy": ("caddy", ("caddy",)),
    "varnish": ("varnish", ("varnishd",)),
    "lighttpd": ("lighttpd", ("lighttpd",)),
    "tomcat": ("tomcat10-common", ("java", str(TOMCAT_HOME / "bin" / "bootstrap.jar"))),
    "express": ("node-express", ("node", str(NODE_PATH / "express"))),
}


def require(*products: str) -> None:
    """Goes on only where all these products are installed; skips otherwise, or fails where CI=true."""
    lacking = [name for name in products if not present(name)]
    if lacking:
        packages = " ".join(PRODUCTS[name][0] for name in lacking)
        needs.unavailable(f"missing: {', '.join(lacking)} (`sh scripts/parts.sh leaks`: {packages})")


def present(product: str) -> bool:
    return all(
        Path(part).exists() if part.startswith("/") else needs.command(part) is not None
        for part in PRODUCTS[product][1]
    )


def _written(home: Path, name: str, text: str) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    path = home / name
    path.write_text(text)
    return path


def _command(name: str) -> str:
    found = needs.command(name)
    assert found is not None, f"require() comes before starting {name}"
    return found


# --- gateways -----------------------------------------------------------------------------------------------


@contextmanager
def nginx(home: Path, text: str, listens: Listens) -> Iterator[Process]:
    """nginx with these `http` directives."""
    path = _written(home, "nginx.conf", _NGINX.replace("@HOME@", str(home)).replace("@HTTP@", text))
    argv = [_command("nginx"), "-p", str(home), "-c", str(path), "-e", str(home / "error.log")]
    with running("nginx", argv, home, listens) as process:
        yield process


@contextmanager
def haproxy(home: Path, text: str, listens: Listens) -> Iterator[Process]:
    """HAProxy with these frontends and backends."""
    path = _written(home, "haproxy.cfg", _HAPROXY + text)
    with running("haproxy", [_command("haproxy"), "-db", "-f", str(path)], home, listens) as process:
        yield process


@contextmanager
def apache(home: Path, text: str, listens: Listens) -> Iterator[Process]:
    """Apache httpd with these virtual hosts."""
    ports = "\n".join(f"Listen {address}:{port}" for address, port in listens)
    modules = "\n".join(f"LoadModule {name}_module {APACHE_MODULES}/mod_{name}.so" for name in _APACHE_MODULES)
    settings = _APACHE.replace("@HOME@", str(home))
    path = _written(home, "httpd.conf", f"{modules}\n{settings}\n{ports}\n{text}\n")
    argv = [_command("apache2"), "-d", str(home), "-f", str(path), "-DFOREGROUND"]
    with running("apache", argv, home, listens) as process:
        yield process


@contextmanager
def caddy(home: Path, text: str, listens: Listens) -> Iterator[Process]:
    """Caddy with these sites of a Caddyfile."""
    path = _written(home, "Caddyfile", "{\n\tadmin off\n\tauto_https off\n}\n" + text)
    argv = [_command("caddy"), "run", "--config", str(path), "--adapter", "caddyfile"]
    own = {"HOME": str(home), "XDG_DATA_HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    with running("caddy", argv, home, listens, own) as process:
        yield process


@contextmanager
def varnish(home: Path, text: str, listens: Listens, names: Sequence[str]) -> Iterator[Process]:
    """Varnish with this VCL; each listener has a name, which VCL sees as `local.socket`."""
    path = _written(home, "default.vcl", text)
    ends = [f"-a{name}={address}:{port}" for name, (address, port) in zip(names, listens, strict=True)]
    work = ["-n", str(home / "work"), "-s", "malloc,16m", "-T", "none", "-j", "none"]
    with running("varnish", [_command("varnishd"), "-F", *ends, *work, "-f", str(path)], home, listens) as process:
        yield process


@contextmanager
def lighttpd(home: Path, text: str, listens: Listens) -> Iterator[Process]:
    """lighttpd with these conditional blocks."""
    address, port = listens[0]
    head = _LIGHTTPD.format(home=home, address=address, port=port)
    path = _written(home, "lighttpd.conf", head + text)
    with running("lighttpd", [_command("lighttpd"), "-D", "-f", str(path)], home, listens) as process:
        yield process


# --- applications -------------------------------------------------------------------------------------------


@contextmanager
def tomcat(home: Path, server_xml: str, listens: Listens) -> Iterator[Process]:
    """Tomcat 10 on a base folder of ours; `home` already holds webapps/ROOT."""
    _written(home / "conf", "server.xml", server_xml)
    (home / "temp").mkdir()
    java = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m", f"-Djava.io.tmpdir={home / 'temp'}"]
    bins = TOMCAT_HOME / "bin"
    argv = [
        *(_command("java"), *java, "-cp", f"{bins}/bootstrap.jar:{bins}/tomcat-juli.jar"),
        *(f"-Dcatalina.home={TOMCAT_HOME}", f"-Dcatalina.base={home}"),
        *("org.apache.catalina.startup.Bootstrap", "start"),
    ]
    with running("tomcat", argv, home, listens) as process:
        yield process


@contextmanager
def express(home: Path, script: Path, settings: str, listens: Listens) -> Iterator[Process]:
    """Node with a script that uses Express; it reads its settings from the environment (SETTINGS, JSON)."""
    home.mkdir(parents=True, exist_ok=True)
    own = {"NODE_PATH": str(NODE_PATH), "SETTINGS": settings}
    with running("express", [_command("node"), str(script)], home, listens, own) as process:
        yield process


@contextmanager
def uvicorn(
    home: Path, argv: Sequence[str], listens: Listens, environment: Mapping[str, str]
) -> Iterator[Process]:
    """An ASGI app under uvicorn."""
    home.mkdir(parents=True, exist_ok=True)
    with running("uvicorn", argv, home, listens, environment) as process:
        yield process


_NGINX = """\
daemon off;
user root;
worker_processes 1;
pid @HOME@/nginx.pid;
events { worker_connections 1024; }
http {
    log_format witness '$http_x_reach_probe_id\\t$status\\t$request_method\\t$request_uri';
    access_log off;
    client_body_temp_path @HOME@/body;
    proxy_temp_path @HOME@/proxy;
    fastcgi_temp_path @HOME@/fastcgi;
    uwsgi_temp_path @HOME@/uwsgi;
    scgi_temp_path @HOME@/scgi;
    proxy_connect_timeout 2s;
    proxy_set_header Host $http_host;
    default_type text/html;
    @HTTP@
}
"""

_HAPROXY = """\
global
    maxconn 400
defaults
    mode http
    timeout connect 2s
    timeout client 10s
    timeout server 10s
"""

_APACHE_MODULES = (
    *("mpm_event", "authz_core", "authz_host", "alias", "headers", "rewrite", "setenvif", "remoteip"),
    *("proxy", "proxy_http", "socache_shmcb"),
)

_APACHE = """\
ServerRoot "@HOME@"
PidFile @HOME@/httpd.pid
DefaultRuntimeDir @HOME@
ErrorLog @HOME@/error.log
ServerName localhost
User www-data
Group www-data
StartServers 1
ThreadsPerChild 8
MaxRequestWorkers 8
ServerLimit 1
ProxyPreserveHost On
"""

_LIGHTTPD = """\
server.modules = ("mod_access", "mod_proxy", "mod_redirect", "mod_rewrite")
server.document-root = "{home}"
server.errorlog = "{home}/error.log"
server.bind = "{address}"
server.port = {port}
"""
