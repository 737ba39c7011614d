"""Witnesses: what is asked so that a service's canary and its access log can speak of the other probes.

Must never hold a secret: a question names the service, and the vantage knows the rest.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace

from auditor.config import Config, ServiceConfig
from auditor.model import (
    HttpQuestion,
    LogAnswer,
    LogFile,
    LogMark,
    LogQuestion,
    Observation,
    Probe,
    Role,
    Seen,
)
from auditor.plan.claims import gateways_of
from auditor.plan.looks import Look

#: Roles of what is asked inside, whose groups name the service.
_INSIDE = frozenset({Role.TRUTH, Role.TRUTH_SIBLING, Role.TRUTH_VARIANT, Role.UPSTREAM})


def logs_of(config: Config) -> dict[tuple[LogFile, ...], tuple[str, ...]]:
    """Logs that are read together, and the services whose requests stand in them."""
    found: dict[tuple[LogFile, ...], tuple[str, ...]] = {}
    for name, service in config.services.items():
        if service.logs:
            key = tuple(LogFile(log.file, log.status, log.pattern) for log in service.logs)
            found[key] = (*found.get(key, ()), name)
    return found


def marks(look: Look) -> Iterator[Probe]:
    """Where every log ends before anything is asked."""
    for place, (logs, services) in enumerate(logs_of(look.config).items()):
        question = LogQuestion("mark", logs, services)
        yield look.probe(Role.LOG, f"log|{place}", f"log|{look.vantage}|{place}|mark", 0, question)


def reads(look: Look, asked: Sequence[Probe], seen: Iterable[Seen]) -> Iterator[Probe]:
    """What the logs show, read once a last request straight to each service stands in them."""
    observed = {each.probe: each for each in seen if isinstance(each, Observation)}
    for place, (logs, services) in enumerate(logs_of(look.config).items()):
        group, lane = f"log|{place}", f"log|{look.vantage}|{place}|read"
        last = [
            look.probe(Role.WITNESS, f"witness|{name}", lane, 0, look.straight(look.config.services[name]))
            for name in services
        ]
        question = LogQuestion(
            "read",
            logs,
            services,
            since=_marks(asked, observed, group),
            ids=tuple(_ids(look.config, services, asked, observed.keys())),
            awaited=tuple(probe.id for probe in last),
        )
        yield from last
        yield look.probe(Role.LOG, group, lane, 1, question)


def canary_controls(look: Look, name: str, service: ServiceConfig, lane: str) -> Iterator[Probe]:
    """What makes a canary's silence mean something: it answers whatever the host, and without an id too.

    A gateway may change the Host, and may drop a header it does not know.
    """
    if service.canary is None:
        return
    question = replace(look.straight(service, service.canary.path), canary=name)
    stranger = f"{look.names.label('canary', name)}.invalid"
    bare = replace(question, headers=(("X-Reach-Probe-Id", ""),), canary=None)
    for each in (replace(question, host_header=stranger), bare):
        yield look.probe(Role.UPSTREAM, f"canary|{name}", lane, 1, each)


def _marks(asked: Sequence[Probe], observed: dict[str, Observation], group: str) -> tuple[LogMark, ...]:
    for probe in asked:
        observation = observed.get(probe.id)
        answer = None if observation is None else observation.answer
        if probe.role is Role.LOG and probe.group == group and isinstance(answer, LogAnswer):
            return answer.marks
    return ()


def _ids(config: Config, services: Sequence[str], asked: Sequence[Probe], observed: Set[str]) -> Iterator[str]:
    """Probes that may stand in the log of these services: through their gateways, and straight to them."""
    gateways = {gateway for name in services for gateway in gateways_of(config, config.services[name])}
    for probe in asked:
        if not isinstance(probe.question, HttpQuestion) or probe.id not in observed:
            continue
        own = probe.role in _INSIDE and probe.group.split("|")[1] in services
        if own or probe.paced_by in gateways:
            yield probe.id
