"""nginx as the gateway: configurations that leak.

Must never hold two mistakes in one configuration where one will do: a class that is found must be that class.
"""

from leaks.configuration import of

_ON = "proxy_pass http://<<app>>;"
_DENY = "location ^~ /internal/ { return 403; }"


NGINX_LEAKY = (
    of(
        "nginx",
        "ng-forwards-all",
        "starlette",
        "P01",
        "Nothing is denied: everything goes to the application.",
        f"location / {{ {_ON} }}",
    ),
    of(
        "nginx",
        "ng-prefix-deny-tomcat",
        "tomcat",
        "P08 P09",
        "A prefix is denied, and Tomcat drops path parameters that nginx keeps.",
        f"{_DENY} location / {{ {_ON} }}",
    ),
    of(
        "nginx",
        "ng-allow-list-tomcat",
        "tomcat",
        "P09",
        "Only /public/ is forwarded, as it was spelled, and Tomcat reads ..; as a way up.",
        f"location /public/ {{ {_ON} }} location / {{ return 404; }}",
    ),
    of(
        "nginx",
        "ng-merge-slashes-off",
        "origin",
        "P02",
        "With merge_slashes off //internal/ is not /internal/, and the application behind merges them.",
        f"merge_slashes off; {_DENY} location / {{ {_ON} }}",
    ),
    of(
        "nginx",
        "ng-off-by-slash",
        "origin",
        "P11",
        "location without a slash at its end, proxy_pass with one: /api.. becomes /public/.. behind.",
        "location /api { proxy_pass http://<<app>>/public/; } location / { return 404; }",
        control="/api/health",
        allow=("/api/*",),
    ),
    of(
        "nginx",
        "ng-strip-prefix",
        "starlette",
        "P24",
        "A public prefix is stripped, and everything the application has stands behind it.",
        "location /api/ { proxy_pass http://<<app>>/; } location / { return 404; }",
        control="/api/public/health",
        allow=("/api/*",),
    ),
    of(
        "nginx",
        "ng-case-express",
        "express",
        "P12",
        "nginx compares letter by letter, Express ignores case.",
        f"{_DENY} location / {{ {_ON} }}",
    ),
    of(
        "nginx",
        "ng-exact-express",
        "express",
        "P13",
        "Only the exact path is denied, and Express serves it with a slash at its end too.",
        f"location = /internal/metrics {{ return 403; }} location / {{ {_ON} }}",
    ),
    of(
        "nginx",
        "ng-suffix-express",
        "express",
        "P14",
        "A regular expression for .json wins over a plain prefix, and the application serves it with that suffix.",
        rf"location /internal/ {{ return 403; }} location ~ \.json$ {{ {_ON} }} location /public/ {{ {_ON} }}",
    ),
    of(
        "nginx",
        "ng-decodes-twice",
        "starlette",
        "P07",
        "proxy_pass with $uri hands on what was decoded once, and the application decodes once more.",
        f"{_DENY} location / {{ proxy_pass http://<<app>>$uri; }}",
    ),
    of(
        "nginx",
        "ng-head-not-denied",
        "express",
        "H15",
        "Only GET is denied under the prefix; HEAD passes.",
        f"location ^~ /internal/ {{ if ($request_method = GET) {{ return 403; }} {_ON} }} location / {{ {_ON} }}",
    ),
    of(
        "nginx",
        "ng-xff-express",
        "express-guarded",
        "H02",
        "The application trusts the first X-Forwarded-For, and nginx appends to what the client sent.",
        f"location / {{ {_ON} proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }}",
    ),
    of(
        "nginx",
        "ng-real-ip-trusts-all",
        "starlette",
        "H02",
        "set_real_ip_from trusts everybody, so an allow-list of addresses believes X-Forwarded-For.",
        "set_real_ip_from 0.0.0.0/0; real_ip_header X-Forwarded-For; location ^~ /internal/ { allow 10.0.0.0/8;"
        f" deny all; {_ON} }} location / {{ {_ON} }}",
    ),
    of(
        "nginx",
        "ng-internal-vhost",
        "starlette",
        "H06",
        "The internal name's server listens on the public address.",
        "SERVER { server_name _; location /public/ { proxy_pass http://<<app>>; } location / { return 404; } }"
        " SERVER { server_name <<admin>>; location / { proxy_pass http://<<app>>; } }",
        by_host=True,
    ),
    of(
        "nginx",
        "ng-absolute-form",
        "starlette",
        "H09",
        "The rule reads the Host header, the choice of server reads the target: absolute form passes between.",
        "SERVER { server_name _; location /public/ { proxy_pass http://<<app>>; } location / { return 404; } }"
        " SERVER { server_name <<admin>>; if ($http_host ~ admin) { return 403; }"
        " location / { proxy_pass http://<<app>>; } }",
        by_host=True,
    ),
    of(
        "nginx",
        "ng-http-beside-https",
        "starlette",
        "H18",
        "The deny stands in the https server alone; the same address listens on http too.",
        f"SERVER-TLS {{ {_DENY} location / {{ {_ON} }} }} SERVER {{ location / {{ {_ON} }} }}",
        tls=True,
        http_around=True,
    ),
    of(
        "nginx",
        "ng-drifted-address",
        "starlette",
        "P01",
        "Of the gateway's three addresses one was not given the rule.",
        f"SERVER {{ {_DENY} location / {{ {_ON} }} }} SERVER2 {{ {_DENY} location / {{ {_ON} }} }}"
        f" SERVER3 {{ location / {{ {_ON} }} }}",
        addresses=3,
    ),
    of(
        "nginx",
        "ng-one-backend-of-three",
        "starlette",
        "P01",
        "Behind one address three proxies take turns, and one was not given the rule.",
        "UPSTREAM { server <<inner1>>; server <<inner2>>; server <<inner3>>; }"
        " SERVER { location / { proxy_pass http://<<upstream>>; } }"
        f" INNER1 {{ {_DENY} location / {{ {_ON} }} }} INNER2 {{ {_DENY} location / {{ {_ON} }} }}"
        f" INNER3 {{ location / {{ {_ON} }} }}",
        inner=3,
        sometimes=True,
    ),
    of(
        "nginx",
        "ng-forwarded-behind-page",
        "starlette",
        "P01",
        "A page answers for everything that does not exist, and the internal path is forwarded for all that.",
        f"location /internal/metrics {{ {_ON} }} location /public/ {{ {_ON} }}"
        " location / { return 200 '<html><body><h1>Shop</h1><p>Everything for house and garden.</p></body>'; }",
    ),
)
