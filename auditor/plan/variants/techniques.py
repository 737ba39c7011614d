"""The classes of variants: why a gateway may read another spelling differently, and where that is written down.

Must never name a class that acts on other users' traffic or on state: those stand in `LEFT_OUT`, without forms.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Technique:
    """One class of variants. `disturbs`: what its CAUTION forms may do besides reading."""

    id: str
    title: str
    why: str  # products, and the setting that makes them read it differently
    source: str  # advisory, vendor page or tool; "measured": seen on nginx 1.22 and HAProxy 2.6
    disturbs: str = ""


#: In the order of the page. Path classes first.
TECHNIQUES: tuple[Technique, ...] = (
    Technique("P01", "Baseline", "a missing or shadowed deny, a route without a policy", "the most common leak"),
    Technique(
        "P02", "Duplicate slashes", "Envoy without merge_slashes, Istio, HAProxy path_beg, old Caddy",
        "CVE-2021-31920; haproxy issue 2785",
    ),
    Technique(
        "P03", "Dot segments", "Envoy without normalize_path, Traefik, HAProxy path_beg, Gravitee RAW",
        "CVE-2019-9901; CVE-2025-32431",
    ),
    Technique(
        "P04", "Encoded dot segments", "Traefik's first fix, HAProxy even with url_dec",
        "GHSA-vrch-868g-9jx5; measured",
    ),
    Technique(
        "P05", "Encoded ordinary character", "HAProxy path_beg without url_dec, Calico",
        "Calico PR 12531; measured",
    ),
    Technique(
        "P06", "Encoded slash", "Envoy KEEP_UNCHANGED, Istio BASE, Traefik before 3.6.4, APISIX, Apache",
        "CVE-2021-29492; CVE-2025-66490",
    ),
    Technique("P07", "Double encoding", "two hops that decode once each", "CVE-2012-6431; measured"),
    Technique(
        "P08", "Path parameters", "Tomcat, Jetty, Undertow and Spring drop ';…', gateways do not",
        "Gravitee documentation; measured",
    ),
    Technique(
        "P09", "'..;' traversal", "Tomcat takes it for '..', gateways for a name",
        "CVE-2018-11759; CVE-2018-1323; measured",
    ),
    Technique("P10", "alias off by a slash", "nginx alias in a location without '/' at its end", "gixy"),
    Technique(
        "P11", "proxy_pass off by a slash", "nginx proxy_pass, Traefik StripPrefix and ReplacePathRegex, Apache",
        "CVE-2026-65600; weird_proxies; measured",
    ),
    Technique(
        "P12", "Letter case", "AWS ALB, nginx and HAProxy mind the case; IIS and Express do not",
        "AWS PathPatternConfig; CVE-2026-27587; measured",
    ),
    Technique(
        "P13", "Trailing decorations", "rules for the exact path: nginx '=', ALB, Kubernetes Exact",
        "nomore403; bbot; measured",
    ),
    Technique(
        "P14", "Suffixes", "Spring suffix patterns, Rails formats, filters that skip static files", "nomore403",
        "a shared cache may keep the answer; a query of its own keeps it from everybody else's",
    ),
    Technique(
        "P15", "Backslash", "Caddy on Windows, IIS, Tomcat ALLOW_BACKSLASH",
        "GHSA-qrp7-cvwr-j2c6; CVE-2026-27585",
        "a raw backslash is no valid request; a filter may ban the sender",
    ),
    Technique(
        "P16", "Overlong and look-alike slashes", "Resin behind Apache or nginx", "Wallarm; byp4xx; measured"
    ),
    Technique(
        "P17", "Characters trimmed at the end", "nginx 'location =' before Node, Flask or Spring", "HackTricks",
        "raw bytes are no valid request; a filter may ban the sender",
    ),
    Technique(
        "P18", "Fragment in the target", "HAProxy path_end, Envoy, Istio, nginx with a bare proxy_pass",
        "CVE-2023-45539; CVE-2021-32779; CVE-2021-39156",
        "a raw '#' is no valid request; a filter may ban the sender",
    ),
    Technique(
        "P19", "Encoded '?', '&' and '%'", "Apache mod_proxy, ModSecurity 3", "CVE-2024-38473; measured"
    ),
    Technique(
        "P20", "NUL, encoded", "whoever ends a string there", "nomore403",
        "a filter may ban the sender; a fragile service may stumble",
    ),
    Technique(
        "P21", "No slash at the start", "old HAProxy", "haproxy issue 2565",
        "no valid request; a filter may ban the sender",
    ),
    Technique("P22", "PATH_INFO", "nginx before PHP-FPM with an exact location, front controllers", "HackTricks"),
    Technique("P23", "Cookieless session segment", "ASP.NET on IIS", "CVE-2023-36899; CVE-2023-36560"),
    Technique(
        "P24", "Under a public prefix", "strip-prefix and rewrite mistakes: all of an upstream under one mount",
        "nuclei templates",
    ),
    Technique(
        "H01", "URL override headers", "Symfony, Zend, Drupal, IIS rewriting", "CVE-2018-14773; WSTG-ATHZ-02",
        "a shared cache could keep the internal page for '/'; a query of its own prevents that where it is a key",
    ),
    Technique("H02", "Client address claimed", "whoever trusts X-Forwarded-For", "WSTG; nomore403; measured"),
    Technique(
        "H03", "Underscore twins", "Envoy and HAProxy pass them on, applications read them as the header",
        "CVE-2025-64484; measured",
        "X_Original_URL: as H01",
    ),
    Technique(
        "H04", "Host override headers", "second proxies and applications that route on them",
        "nomore403; bbot",
        "a shared cache could keep an answer with the wrong host in it",
    ),
    Technique(
        "H05", "Prefix headers", "Spring ForwardedHeaderFilter, applications behind StripPrefix", "nomore403",
        "a shared cache could keep an answer with the wrong links in it",
    ),
    Technique("H06", "Internal host at a public address", "name-based hosts on one listener", "bbot; measured"),
    Technique(
        "H07", "Host spelling", "HAProxy hdr(host), Envoy without strip_trailing_host_dot, Istio, Caddy",
        "CVE-2021-39155; CVE-2026-27588; CVE-2022-23632; measured",
    ),
    Technique("H08", "SNI of another host", "policies bound to the SNI, shared certificates", "CVE-2019-20894"),
    Technique(
        "H09", "Absolute form", "nginx and Apache route on the target, rules on Host", "RFC 9112 3.2.2; measured",
        "user information in a target is no valid request; a filter may ban the sender",
    ),
    Technique(
        "H11", "Header made hop-by-hop", "a hop that strips what the next one relies on",
        "CVE-2022-31813; CVE-2025-48865; CVE-2024-45410",
    ),
    Technique("H12", "Middleware skipped", "Next.js before 12.3.5, 13.5.9, 14.2.25, 15.2.3", "CVE-2025-29927"),
    Technique(
        "H13", "Several values", "Istio and Envoy policies on headers", "CVE-2026-31838; CVE-2026-26308",
        "claims a role: what answers may log or act on it",
    ),
    Technique(
        "H14", "Scheme and port headers", "the branch without the redirect to https", "nomore403",
        "a shared cache could keep a redirect to itself",
    ),
    Technique("H15", "Other reading methods", "rules for GET and POST only, pre-flights let through", "WSTG"),
    Technique("H16", "Method override", "rules on the method that is sent; overridden with GET only", "WSTG"),
    Technique("H17", "HTTP/1.0", "without Host, the first or default host of a listener answers", "nomore403"),
)  # fmt: skip

#: Classes of the literature that have no forms here, and why.
LEFT_OUT: tuple[tuple[str, str], ...] = (
    ("P20 (%0a, %0d)", "can become a header of somebody's answer"),
    ("P21 (*)", "names no target"),
    ("H10", "needs HTTP/2, which is not spoken"),
    ("H16 (write verbs)", "acts on state"),
    ("H17 (0.9)", "has no headers to tell who is asking"),
    ("H18", "is an entrance, not a spelling: name the gateway's other listeners under `around`"),
    ("H19", "duplicate Host, folded headers: can split a request in two"),
    ("H20", "opens a tunnel"),
    ("H21", "corrupts other users' requests"),
    ("H22", "guesses credentials; not about reachability"),
)

BY_ID = {technique.id: technique for technique in TECHNIQUES}
