"""What is never asked is never asked: not by a pack, not by a variant, not by a redirect."""

import pytest

from auditor.catalog import PACKS, SIGNATURES, hunted, never_reason
from auditor.catalog.never import NEVER

ON_THE_LIST = (
    "/actuator/heapdump", "/heapdump", "/actuator/threaddump", "/dump", "/debug/pprof/profile",
    "/debug/pprof/trace", "/debug/pprof/profile?seconds=30", "/jolokia/exec/java.lang:type=Memory/gc",
    "/jolokia/write/x", "/jolokia/exec",
    "/actuator/jolokia/exec/x", "/actuator/shutdown", "/actuator/restart", "/actuator/refresh", "/actuator/pause",
    "/actuator/resume", "/shutdown", "/quitquitquit", "/healthcheck/fail", "/reset_counters", "/drain_listeners",
    "/runtime_modify?a=b", "/logging?level=debug", "/cpuprofiler?enable=y", "/logout", "/account/logout", "/cron",
    "/cron/secret-key", "/cron.php", "/wp-cron.php", "/reindex", "/a/reindex", "/_reindex", "/_cache/clear",
    "/index/_cache/clear", "/script", "/jenkins/script", "/scriptText", "/x?action=delete", "/x?cmd=ls",
    "/x?a=1&cmd=ls", "/x?a=1;action=b",
)  # fmt: skip
OTHERS = (
    "/", "/actuator", "/actuator/env", "/debug/pprof/", "/debug/pprof/heap", "/jolokia", "/jolokia/list",
    "/api/v1/logout-reasons", "/scripts/app.js", "/static/script.js", "/cronjobs", "/reindexer", "/x?reaction=1",
    "/x?transaction=1", "/api/refresh", "/logs", "/description", "/dumps/1",
)  # fmt: skip


@pytest.mark.parametrize("target", ON_THE_LIST)
def test_it_is_on_the_list_however_it_is_spelled(target: str) -> None:
    path, mark, query = target.partition("?")
    assert never_reason(target)
    assert never_reason(path.upper() + mark + query.upper())
    assert never_reason(path + "/" + mark + query)
    assert never_reason(path.replace("/", "//") + mark + query)
    assert never_reason(path + ";v=1" + mark + query)
    assert never_reason("/" + "".join(f"%{ord(c):02x}" for c in path[1:]) + mark + query)


@pytest.mark.parametrize("target", OTHERS)
def test_what_only_looks_like_it_is_not(target: str) -> None:
    assert never_reason(target) is None


def test_no_pack_holds_any_of_it_and_no_row_either() -> None:
    assert [path for pack in PACKS for path in hunted([pack]) if never_reason(path)] == []
    assert [path for row in SIGNATURES for path in row.paths if never_reason(path)] == []


def test_each_entry_says_why_and_is_needed() -> None:
    whys = {never_reason(target) for target in ON_THE_LIST}
    assert {each.why for each in NEVER} - whys <= {"it acts on Prometheus", None}
