"""HAProxy as the gateway.

Must never hold two mistakes in one configuration where one will do: a class that is found must be that class.
"""

from leaks.configuration import of

_ALLOW = "http-request deny unless { path_beg /public/ }"


HAPROXY = (
    of(
        "haproxy",
        "ha-deny-raw",
        "starlette",
        "P05",
        "path_beg compares undecoded, the application decodes.",
        "http-request deny if { path_beg /internal }",
    ),
    of(
        "haproxy",
        "ha-deny-decoded",
        "origin",
        "P02 P03 P04",
        "path_beg after url_dec still knows neither double slashes nor dots; the application does.",
        "http-request deny if { path,url_dec -m beg /internal }",
    ),
    of(
        "haproxy",
        "ha-allow-list-origin",
        "origin",
        "P03 P04",
        "Only /public/ is forwarded, and the application walks up from there.",
        _ALLOW,
    ),
    of(
        "haproxy",
        "ha-allow-list-tomcat",
        "tomcat",
        "P03 P09",
        "Only /public/ is forwarded, and Tomcat walks up from there, with ..; too.",
        _ALLOW,
    ),
    of(
        "haproxy",
        "ha-exact-express",
        "express",
        "P12 P13",
        "Only the exact path is denied; Express takes others for the same.",
        "http-request deny if { path /internal/metrics }",
    ),
    of(
        "haproxy",
        "ha-method",
        "express",
        "H15",
        "Only GET is denied.",
        "http-request deny if { method GET } { path,url_dec -i -m sub internal }",
    ),
    of(
        "haproxy",
        "ha-trusts-xff",
        "starlette",
        "H02",
        "Inside is whoever says so in X-Forwarded-For.",
        "http-request deny if { path,url_dec -m sub internal } !{ req.hdr_ip(x-forwarded-for,1) 10.0.0.0/8 }",
    ),
    of(
        "haproxy",
        "ha-host-deny",
        "starlette",
        "H07",
        "The internal host is denied as it stands; with a dot or another port behind it is another.",
        "http-request deny if { hdr(host) -i <<admin>> }"
        "\n http-request deny if !{ path_beg /public/ } !{ hdr_beg(host) -i <<admin>> }",
        by_host=True,
    ),
    of(
        "haproxy",
        "ha-allow-list",
        "starlette",
        "",
        "Only /public/ is forwarded; the application reads paths as they are.",
        _ALLOW,
    ),
    of(
        "haproxy",
        "ha-deny-anywhere",
        "origin",
        "",
        "Denied wherever the word stands in the decoded path, in any case, and all that is encoded twice.",
        "http-request deny if { path,url_dec -i -m sub internal } || { path -i -m sub %25 }",
    ),
    of(
        "haproxy",
        "ha-one-path-denied",
        "starlette",
        "",
        "One path alone is denied, decoded; the application reads no other spelling as that path.",
        "http-request deny if { path,url_dec /internal/metrics }",
    ),
    of(
        "haproxy",
        "ha-host-deny-strict",
        "starlette",
        "",
        "Only the public name is served, whatever is spelled beside it.",
        "http-request deny unless { hdr(host),field(1,:),rtrim(.) -i <<public>> } { path_beg /public/ }",
        by_host=True,
    ),
)
