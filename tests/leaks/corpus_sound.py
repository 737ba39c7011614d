"""nginx as the gateway: configurations that are sound, and those that only look otherwise.

Must never hold one that leaks: that is measured with every spelling there is.
"""

from typing import Any

from leaks.configuration import Configuration, Kind

_ON = "proxy_pass http://<<app>>;"
_PUBLIC = f"location /public/ {{ {_ON} }}"
_DENY = "location ^~ /internal/ { return 403; }"
_PAGE = "<!doctype html><html><head><title>Shop</title></head><body><div id=app></div><p>Loading the shop.</p>"


def _nginx(id: str, kind: Kind, sentence: str, text: str, app: str = "starlette", **more: Any) -> Configuration:
    return Configuration(id, "nginx", app, kind, (), sentence, text, **more)


NGINX_SOUND = (
    _nginx(
        "ng-allow-list",
        "sound",
        "Only /public/ is forwarded; the application reads paths as they are.",
        f"{_PUBLIC} location / {{ return 404; }}",
    ),
    _nginx(
        "ng-deny-origin",
        "sound",
        "A prefix is denied, and the application reads paths as nginx does.",
        f"{_DENY} location / {{ {_ON} }}",
        app="origin",
    ),
    _nginx(
        "ng-deny-tomcat-strict",
        "sound",
        "The prefix is denied in any case, and a semicolon, a backslash or a percent sign behind it is refused.",
        r"if ($request_uri ~* '(;|%3b|%5c|\\|%25)') { return 400; } location ~* ^/internal { return 403; }"
        f" {_PUBLIC} location / {{ {_ON} }}",
        app="tomcat",
    ),
    _nginx(
        "ng-vhost-allows-inside",
        "sound",
        "The internal name's server is on the public address, and lets nobody in from outside.",
        f"SERVER {{ server_name _; {_PUBLIC} location / {{ return 404; }} }} SERVER {{ server_name <<admin>>;"
        f" allow <<inside>>; deny all; location / {{ {_ON} }} }}",
        by_host=True,
    ),
    _nginx(
        "ng-any-host-public-only",
        "sound",
        "Every host gets the same public paths and nothing else.",
        f"{_PUBLIC} location / {{ return 404; }}",
        by_host=True,
    ),
    _nginx(
        "ng-page-for-all",
        "confusing",
        "A single-page application answers 200 to everything.",
        f"{_PUBLIC} location / {{ return 200 '{_PAGE}'; }}",
    ),
    _nginx(
        "ng-soft-404",
        "confusing",
        "Everything is 200 with the path and a fresh number in it.",
        f"{_PUBLIC} location / {{ return 200 '<html><body><h1>Sorry</h1><p>There is no page at $request_uri, ask"
        " for case $request_id of $msec.</p></body></html>'; }",
    ),
    _nginx(
        "ng-login-wall",
        "confusing",
        "Everything that is not public is sent to the login.",
        f"{_PUBLIC} location / {{ return 302 https://login.<<public>>/login?next=$request_uri; }}",
    ),
    _nginx(
        "ng-basic-auth-wall",
        "confusing",
        "Everything that is not public is asked for credentials by the gateway, whether it exists or not.",
        f'{_PUBLIC} location / {{ auth_basic "shop"; auth_basic_user_file /dev/null; {_ON} }}',
    ),
    _nginx(
        "ng-random-content",
        "confusing",
        "Everything is 200 with a page that is another on every request.",
        f"{_PUBLIC} location / {{ return 200 '<html><body><p>$request_id</p><p>$connection $msec</p><ul><li>"
        "$request_id$request_id</li><li>$remote_port</li></ul></body></html>'; }",
    ),
    _nginx(
        "ng-rate-limited",
        "confusing",
        "The internal prefix is denied, and soon answers 429 instead.",
        "location ^~ /internal/ { limit_req zone=slow; limit_req_status 429; deny all; }" + _PUBLIC,
    ),
    _nginx(
        "ng-hangs-up",
        "confusing",
        "The internal prefix is met by a closed connection.",
        f"location ^~ /internal/ {{ return 444; }} location / {{ {_ON} }}",
    ),
    _nginx(
        "ng-cached-public",
        "confusing",
        "Public answers come from a cache and say so; the internal prefix is denied.",
        f"{_DENY} location / {{ {_ON} proxy_cache shop; proxy_cache_valid any 1h; add_header X-Cache-Status"
        " $upstream_cache_status always; }",
    ),
    _nginx(
        "ng-health-like-inside",
        "confusing",
        "The gateway says to everything what the service's health page says.",
        f'{_PUBLIC} location / {{ default_type application/json; return 200 \'{{"status":"ok"}}\'; }}',
        path="/health",
    ),
    _nginx(
        "ng-gateway-403",
        "confusing",
        "The gateway itself refuses all it does not forward.",
        f"{_PUBLIC} location / {{ return 403; }}",
    ),
    _nginx(
        "ng-application-403",
        "confusing",
        "The application itself refuses: the path is reached and guarded.",
        f"location / {{ {_ON} proxy_set_header X-Forwarded-For $remote_addr; }}",
        app="express-guarded",
    ),
    _nginx(
        "ng-same-404",
        "confusing",
        "Gateway and application are of one make: what each does not have, it says with the same page.",
        f"{_PUBLIC} location / {{ return 404; }}",
        app="origin",
    ),
    _nginx(
        "ng-same-404-behind",
        "confusing",
        "The internal prefix reaches the application under a path that it does not have: 404 of the same make.",
        f"location ^~ /internal/ {{ proxy_pass http://<<app>>/moved/; }} {_PUBLIC} location / {{ return 404; }}",
        app="origin",
    ),
    _nginx(
        "ng-service-down",
        "confusing",
        "The prefix is denied, and the service inside is down: nothing is proven.",
        f"{_DENY} location / {{ {_ON} }}",
        service_down=True,
    ),
    _nginx(
        "ng-control-down",
        "confusing",
        "The prefix is denied, and what is public is down too: nothing is proven.",
        f"{_DENY} location / {{ return 503; }}",
    ),
    _nginx(
        "ng-denies-the-deep",
        "confusing",
        "The gateway answers 404 in one tree and 403 in the other, and forwards neither.",
        f"{_PUBLIC} {_DENY} location / {{ return 404; }}",
    ),
)
