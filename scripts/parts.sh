#!/bin/sh
# Gets the real servers that some tests run against, from Debian packages. Changes nothing when all are there,
# starts no daemon, and never fails a machine it may not install on: those tests are then skipped.
#
#   sh scripts/parts.sh          what the tests use
#   sh scripts/parts.sh bench    and what the measurements in docs/bench.md compare with
#   sh scripts/parts.sh leaks    and the products of the leak corpus (tests/leaks, python -m bench.leaks)
set -eu
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

case "${1-}" in
"" | bench | leaks) ;;
*)
    echo "usage: sh scripts/parts.sh [bench | leaks]" >&2
    exit 2
    ;;
esac

# command, package, what goes without it
parts="
ip          iproute2     real servers in network namespaces (tests/parts)
nginx       nginx        real servers in network namespaces (tests/parts)
named       bind9        real servers in network namespaces (tests/parts)
microsocks  microsocks   real servers in network namespaces (tests/parts)
nsd         nsd          real name servers in network namespaces (tests/names)
knotd       knot         real name servers in network namespaces (tests/names)
unbound     unbound      real resolvers in network namespaces (tests/names)
dnssec-signzone  bind9-utils  signed zones (tests/names)
openssl     openssl      certificates of the tests (tests/names)
haproxy     haproxy      gateways of HAProxy
initdb      postgresql   the store on PostgreSQL
chromium    chromium     the report in a real browser
"
if [ "${1-}" = bench ]; then
    parts="$parts
ffuf                          ffuf                          python -m bench.transport
prometheus-blackbox-exporter  prometheus-blackbox-exporter  python -m bench.audit
"
fi

# --- the leak corpus: gateways and applications as their vendors ship them ---
if [ "${1-}" = leaks ]; then
    parts="$parts
apache2                       apache2                       Apache httpd as a gateway (tests/leaks)
caddy                         caddy                         Caddy as a gateway (tests/leaks)
varnishd                      varnish                       Varnish as a gateway (tests/leaks)
lighttpd                      lighttpd                      lighttpd as a gateway (tests/leaks)
catalina.sh                   tomcat10-common               Tomcat as an application (tests/leaks)
java                          default-jre-headless          Tomcat as an application (tests/leaks)
node                          nodejs                        Express as an application (tests/leaks)
express.js                    node-express                  Express as an application (tests/leaks)
ffuf                          ffuf                          python -m bench.leaks
prometheus-blackbox-exporter  prometheus-blackbox-exporter  python -m bench.leaks
"
fi
# --- end of the leak corpus ---

present() { # whether a command can be run; initdb lives in a directory for its version
    if [ "$1" = initdb ]; then
        for found in /usr/lib/postgresql/*/bin/initdb; do
            if [ -x "$found" ]; then return 0; fi
        done
    fi
    case "$1" in # these are no commands of their own
    catalina.sh) [ -r /usr/share/tomcat10/bin/catalina.sh ] && return 0 ;;
    express.js) [ -d /usr/share/nodejs/express ] && return 0 ;;
    esac
    command -v "$1" >/dev/null 2>&1
}

missing() { # the lines of $parts whose command is not there
    echo "$parts" | while read -r name package what; do
        if [ -n "$name" ] && ! present "$name"; then echo "$name $package $what"; fi
    done
}

skipped() { # what $lacking means for the tests
    echo "$lacking" | while read -r name package what; do
        echo "  $name (Debian package $package): skipped without it: $what"
    done
}

lacking=$(missing)
if [ -z "$lacking" ]; then
    echo "parts: all there"
    exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "parts: not root on a Debian, so nothing is installed. Missing:"
    skipped
    exit 0
fi

packages=$(echo "$lacking" | awk '{print $2}' | sort -u | tr '\n' ' ')
echo "parts: installing with apt-get: $packages"

# A package script asks this file before it starts a daemon, and 101 means no. One that is there already is
# the machine's own and stays as it is.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi

DEBIAN_FRONTEND=noninteractive
export DEBIAN_FRONTEND
apt-get update -q || echo "parts: apt-get update failed, going on with the lists there are" >&2
# shellcheck disable=SC2086  # a list of package names, split on purpose
apt-get install -y -q --no-install-recommends $packages || echo "parts: apt-get install failed" >&2

lacking=$(missing)
if [ -n "$lacking" ]; then
    echo "parts: still missing:"
    skipped
else
    echo "parts: all there"
fi
