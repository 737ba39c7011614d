"""The applications of the estate, and where each writes down what it answered.

Must never answer a request without a line in its log.
"""

import json
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from leaks import products
from leaks.pages import INTERNAL, pages
from leaks.places import APPS, SITE
from leaks.processes import Process
from leaks.whole import UP, Estate

HERE = Path(__file__).resolve().parent


def applications(built: Estate) -> Sequence[AbstractContextManager[Process]]:
    where, home = built.places, built.home
    end = {name: (where.at(APPS[name]), where.port) for name in UP}
    used = {each.app for each in built.corpus}
    starts = [
        products.nginx(_folder(home, "origin"), _origin(built), [end["origin"], (where.at(SITE), where.port)])
    ]
    if "tomcat" in used:
        starts.append(products.tomcat(_tomcat_base(built), _tomcat_xml(built), [end["tomcat"]]))
    if used & {"express", "express-guarded"}:
        ends = [end["express"], end["express-guarded"]]
        starts.append(products.express(home / "express", HERE / "express_app.js", _express(built), ends))
    if "starlette" in used:
        address, port = end["starlette"]
        argv = [
            *(sys.executable, "-m", "uvicorn", "leaks.starlette_app:create", "--factory", "--host", address),
            *("--port", str(port), "--no-access-log", "--log-level", "warning", "--no-server-header"),
        ]
        own = {"WITNESS": str(built.log("starlette")), "PYTHONPATH": str(HERE.parent)}
        starts.append(products.uvicorn(home / "uvicorn", argv, [end["starlette"]], own))
    return starts


def _folder(home: Path, name: str) -> Path:
    (home / name).mkdir()
    return home / name


def _origin(built: Estate) -> str:
    where, root = built.places, built.home / "origin" / "www"
    for path, page in pages("origin").items():
        file = root / path[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(page, indent=1) + "\n")
    return (
        f"server {{ listen {where.app('origin')}; default_type application/json; root {root};"
        f" access_log {built.log('origin')} witness; }}\n"
        f"server {{ listen {where.at(SITE)}:{where.port}; return 200 'A site that everybody can see.'; }}"
    )


def _express(built: Estate) -> str:
    where = built.places
    return json.dumps(
        [
            {
                "address": where.at(APPS[name]),
                "port": where.port,
                "log": str(built.log(name)),
                "pages": pages(name),
                "guarded": name == "express-guarded",
                "allowed": ["10.0.0.1", where.inside],
            }
            for name in ("express", "express-guarded")
        ]
    )


def _tomcat_base(built: Estate) -> Path:
    home = built.home / "tomcat"
    own = home / "webapps" / "ROOT" / "WEB-INF"
    own.mkdir(parents=True)
    (home / "conf").mkdir()
    servlets = ""
    for number, (path, page) in enumerate(pages("tomcat").items()):
        text = json.dumps({**page, "at": "@"}).replace("@", "<%= java.time.Instant.now() %>")
        jsp = '<%@ page contentType="application/json" session="false" trimDirectiveWhitespaces="true" %>'
        (own / f"page{number}.jsp").write_text(jsp + text)
        servlets += _SERVLET.format(number=number, path=path, eager=int(path == INTERNAL))
    (own / "web.xml").write_text(_WEB.format(servlets=servlets))
    (home / "conf" / "web.xml").write_text(_WEB.format(servlets=_DEFAULT_SERVLETS))
    return home


def _tomcat_xml(built: Estate) -> str:
    log = built.log("tomcat")
    address = built.places.at(APPS["tomcat"])
    return _SERVER.format(address=address, port=built.places.port, folder=log.parent, prefix=log.name)


_WEB = '<web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="5.0">{servlets}</web-app>\n'
_SERVLET = (
    "<servlet><servlet-name>page{number}</servlet-name><jsp-file>/WEB-INF/page{number}.jsp</jsp-file>"
    "<load-on-startup>{eager}</load-on-startup></servlet>"
    "<servlet-mapping><servlet-name>page{number}</servlet-name><url-pattern>{path}</url-pattern></servlet-mapping>"
)
_DEFAULT_SERVLETS = (
    "<servlet><servlet-name>default</servlet-name>"
    "<servlet-class>org.apache.catalina.servlets.DefaultServlet</servlet-class></servlet>"
    "<servlet><servlet-name>jsp</servlet-name>"
    "<servlet-class>org.apache.jasper.servlet.JspServlet</servlet-class></servlet>"
    "<servlet-mapping><servlet-name>default</servlet-name><url-pattern>/</url-pattern></servlet-mapping>"
    "<servlet-mapping><servlet-name>jsp</servlet-name><url-pattern>*.jsp</url-pattern></servlet-mapping>"
)
#: One thread answers, so that the access log is in the order of the requests.
_SERVER = """\
<Server port="-1">
  <Service name="Catalina">
    <Connector address="{address}" port="{port}" protocol="HTTP/1.1" maxThreads="1" minSpareThreads="1"/>
    <Engine name="Catalina" defaultHost="localhost">
      <Host name="localhost" appBase="webapps" autoDeploy="false">
        <Valve className="org.apache.catalina.valves.AccessLogValve" directory="{folder}" prefix="{prefix}"
               suffix="" rotatable="false" buffered="false" pattern="%{{X-Reach-Probe-Id}}i&#9;%s&#9;%m&#9;%U"/>
      </Host>
    </Engine>
  </Service>
</Server>
"""
