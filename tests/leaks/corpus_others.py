"""Apache httpd, Caddy, Varnish and lighttpd as the gateway.

Must never hold two mistakes in one configuration where one will do: a class that is found must be that class.
"""

from leaks.configuration import of

APACHE = (
    of(
        "apache",
        "ap-location-tomcat",
        "tomcat",
        "P08",
        "Location knows no path parameters, Tomcat drops them.",
        "<Location /internal>\n Require all denied\n</Location>\nProxyPass / http://<<app>>/\n",
    ),
    of(
        "apache",
        "ap-location-express",
        "express",
        "P12",
        "Location compares letter by letter, Express ignores case.",
        "<Location /internal>\n Require all denied\n</Location>\nProxyPass / http://<<app>>/\n",
    ),
    of(
        "apache",
        "ap-strip-prefix",
        "starlette",
        "P24",
        "A public prefix is stripped, and everything the application has stands behind it.",
        "ProxyPass /api/ http://<<app>>/\n",
        control="/api/public/health",
        allow=("/api/*",),
    ),
    of(
        "apache",
        "ap-match-off-by-slash",
        "origin",
        "P11",
        "ProxyPassMatch without a slash: /api.. becomes /public/.. behind.",
        "ProxyPassMatch ^/api(.*)$ http://<<app>>/public/$1\n",
        control="/api/health",
        allow=("/api/*",),
    ),
    of(
        "apache",
        "ap-remote-ip-trusts-all",
        "starlette",
        "H02",
        "mod_remoteip believes X-Forwarded-For from everybody.",
        "RemoteIPHeader X-Forwarded-For\nRemoteIPInternalProxy 0.0.0.0/1 128.0.0.0/1\n"
        "<Location /internal>\n Require ip 10.0.0.0/8\n</Location>\n"
        "ProxyPass / http://<<app>>/\n",
    ),
    of(
        "apache",
        "ap-allow-list",
        "starlette",
        "",
        "Only /public/ is forwarded.",
        "ProxyPass /public/ http://<<app>>/public/\n",
    ),
    of(
        "apache",
        "ap-mapping-servlet",
        "tomcat",
        "",
        "mapping=servlet: paths are read as Tomcat reads them before rules are applied.",
        "<Location /internal>\n Require all denied\n</Location>\nProxyPass / http://<<app>>/ mapping=servlet\n",
    ),
)

CADDY = (
    of(
        "caddy",
        "ca-matcher-exact",
        "starlette",
        "P01",
        "path /internal is that path alone: what is under it is not denied.",
        "respond /internal 403\n reverse_proxy <<app>>",
    ),
    of(
        "caddy",
        "ca-strip-prefix",
        "starlette",
        "P24",
        "handle_path strips the prefix, and everything the application has stands behind it.",
        "handle_path /api/* {\n reverse_proxy <<app>>\n }",
        control="/api/public/health",
        allow=("/api/*",),
    ),
    of(
        "caddy",
        "ca-deny-tomcat",
        "tomcat",
        "P08",
        "The matcher knows no path parameters, Tomcat drops them.",
        "respond /internal/* 403\n reverse_proxy <<app>>",
    ),
    of(
        "caddy",
        "ca-allow-list",
        "starlette",
        "",
        "Only /public/ is forwarded; everything else is an empty 200.",
        "reverse_proxy /public/* <<app>>",
    ),
    of(
        "caddy",
        "ca-one-path-denied",
        "starlette",
        "",
        "One path alone is denied; the application reads no other spelling as that path.",
        "respond /internal/metrics 403\n reverse_proxy <<app>>",
    ),
    of(
        "caddy",
        "ca-deny-express",
        "express",
        "",
        "The matcher ignores case, as Express does.",
        "respond /internal* 403\n reverse_proxy <<app>>",
    ),
)

VARNISH = (
    of(
        "varnish",
        "va-deny-raw",
        "origin",
        "P02 P05",
        "req.url is compared as it was spelled, the application reads it otherwise.",
        'if (req.url ~ "^/internal") { return (synth(403)); } return (pass);',
    ),
    of(
        "varnish",
        "va-cached-for-inside",
        "express-guarded",
        "P01",
        "The application refuses the outside, and the cache hands it what someone inside was given.",
        'set req.http.X-Forwarded-For = client.ip; if (req.url ~ "^/public") { return (pass); } return (hash);',
        warm=True,
    ),
    of(
        "varnish",
        "va-allow-list",
        "starlette",
        "",
        "Only /public/ is forwarded, and cached.",
        'if (req.url !~ "^/public/") { return (synth(404)); } return (hash);',
    ),
)

LIGHTTPD = (
    of(
        "lighttpd",
        "li-deny-suffix",
        "express",
        "P12 P13",
        "url.access-deny looks at how a path ends, and Express takes other ends for the same.",
        'url.access-deny = ("/internal/metrics")',
    ),
    of(
        "lighttpd",
        "li-deny-tomcat",
        "tomcat",
        "P08",
        "The condition knows no path parameters, Tomcat drops them.",
        '$HTTP["url"] =~ "^/internal/" { url.access-deny = ("") }',
    ),
    of(
        "lighttpd",
        "li-allow-list",
        "starlette",
        "",
        "Only /public/ is forwarded.",
        '$HTTP["url"] !~ "^/public/" { url.access-deny = ("") }',
    ),
    of(
        "lighttpd",
        "li-deny-origin",
        "origin",
        "",
        "The condition reads paths as the application does.",
        '$HTTP["url"] =~ "^/internal/" { url.access-deny = ("") }',
    ),
)
