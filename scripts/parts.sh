#!/bin/sh
# Gets the real servers that some tests run against, from Debian packages. Changes nothing when all are there,
# starts no daemon, and never fails a machine it may not install on: those tests are then skipped.
#
#   sh scripts/parts.sh          what the tests use
#   sh scripts/parts.sh bench    and what the measurements in docs/bench.md compare with
set -eu
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

case "${1-}" in
"" | bench) ;;
*)
    echo "usage: sh scripts/parts.sh [bench]" >&2
    exit 2
    ;;
esac

# command, package, what goes without it
parts="
ip          iproute2     real servers in network namespaces (tests/parts)
nginx       nginx        real servers in network namespaces (tests/parts)
named       bind9        real servers in network namespaces (tests/parts)
microsocks  microsocks   real servers in network namespaces (tests/parts)
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

present() { # whether a command can be run; initdb lives in a directory for its version
    if [ "$1" = initdb ]; then
        for found in /usr/lib/postgresql/*/bin/initdb; do
            if [ -x "$found" ]; then return 0; fi
        done
    fi
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
