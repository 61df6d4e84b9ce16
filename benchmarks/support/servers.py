"""What the benchmark of prefills measures, and what it needs around it: sources, login, hub, bare fan-out, PostgreSQL, OPA."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from benchmarks.support.cores import ONE, REST, on
from benchmarks.support.load import post
from hub.demo.asgi import application, serving
from hub.demo.caller import Caller
from hub.demo.identity_provider import IdentityProvider
from hub.demo.people import Population
from hub.demo.processes import Processes, prepare
from policies import export, load_policies
from tests.support.machine import free_port
from tests.support.postgres import running_cluster

SOURCES = ("national-register", "tax-administration", "social-status")


@dataclass(frozen=True, slots=True)
class Server:
    """What is measured: a process, its port, and the requests that it is asked."""

    name: str
    port: int
    pid: int
    requests: list[bytes]

    def again_and_again(self) -> Iterator[bytes]:
        """The requests, over and over."""
        return itertools.cycle(self.requests)


@asynccontextmanager
async def surroundings(folder: Path, people: Population) -> AsyncIterator[tuple[Processes, IdentityProvider]]:
    """Sources and login, on the cores of the load."""
    with on(REST):
        at = prepare(folder, {})
        provider = IdentityProvider(at.login_url, people)
        port = int(at.login_url.rsplit(":", 1)[1])
        ports = [url.rsplit(":", 1)[1] for url in at.source_urls.values()]
        await at.spawn("hub.demo.sources", "--size", str(len(people.persons)), "--ports", *ports)
        await asyncio.gather(*(at.up(f"{url}/health") for url in at.source_urls.values()))
    async with serving([(application(provider.handle), port)]):
        try:
            yield at, provider
        finally:
            await at.end()


@asynccontextmanager
async def hub(at: Processes, provider: IdentityProvider, people: Population) -> AsyncIterator[Server]:
    """A hub on a core of its own, with one login token for each person."""
    with on(ONE):
        process = await at.start_hub()
    async with Caller(at) as caller:
        headers = {"Authorization": f"Bearer {caller.tokens['grants']}", "Accept-Language": "fr"}
    audience = f"{at.hub_url}/api/prefill"
    requests = [
        _request(person.ssin, provider.token(place, audience), headers)
        for place, person in enumerate(people.persons)
    ]
    yield Server("hub", int(at.hub_url.rsplit(":", 1)[1]), process.pid, requests)


def _request(ssin: str, token: str, headers: dict[str, str]) -> bytes:
    body = {
        "formId": "study-grant", "subject": {"ssin": ssin}, "actor": {"role": "citizen", "token": token}, "channel": "web",
        "caseId": "benchmark",
    }  # fmt: skip
    return post("/api/prefill/v1/prefills", json.dumps(body).encode(), headers)


@asynccontextmanager
async def bare_fan_out(at: Processes, people: Population) -> AsyncIterator[Server]:
    """The bare fan-out, on the core of the hub."""
    port = free_port()
    urls = [at.source_urls[name] for name in SOURCES]
    with on(ONE):
        process = await at.spawn("benchmarks.bare_fan_out", str(port), *urls)
    await at.up(f"http://127.0.0.1:{port}/openapi.json")
    requests = [post("/prefill", json.dumps({"ssin": one.ssin}).encode(), {}) for one in people.persons]
    yield Server("bare", port, process.pid, requests)


async def slow_sources(at: Processes, latency_ms: float) -> None:
    async with aiohttp.ClientSession() as session:
        for name in SOURCES:
            async with session.put(
                f"{at.source_urls[name]}/_behaviour", json={"latencyMs": latency_ms}
            ) as reply:
                assert reply.status == 200


def probes(at: Processes, ssin: str) -> list[tuple[int, bytes]]:
    """What asks each source directly, with its port."""
    year = datetime.now(UTC).year - 1
    person = f'<GetPerson xmlns="urn:onlyonce:demo:national-register:v1"><NationalNumber>{ssin}</NationalNumber></GetPerson>'
    income = (
        f'<GetAssessment xmlns="urn:onlyonce:demo:tax-administration:v1"><Taxpayer>{ssin}</Taxpayer>'
        f"<IncomeYear>{year}</IncomeYear></GetAssessment>"
    )
    envelope = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{}</s:Body></s:Envelope>'
    )
    bodies = (envelope.format(person), envelope.format(income), json.dumps({"ssin": ssin}))
    paths = (*(f"/{name}" for name in SOURCES[:2]), "/v1/statuses/get")
    ports = (int(at.source_urls[name].rsplit(":", 1)[1]) for name in SOURCES)
    return [
        (port, post(path, body.encode(), {})) for port, path, body in zip(ports, paths, bodies, strict=True)
    ]


@asynccontextmanager
async def production(at: Processes, binaries: Path, opa: Path) -> AsyncIterator[Processes]:
    """What a hub in production stands on: PostgreSQL and an OPA server, beside the same sources and login."""
    with _postgres(binaries) as url:
        second = prepare(at.folder / "production", {"DATABASE_URL": url})
        second.login_url, second.source_urls = at.login_url, at.source_urls
        try:
            with on(REST):
                opa_url = await _opa(second, opa)
            second.settings = {"DATABASE_URL": url, "OPA_URL": opa_url}
            yield second
        finally:
            await second.end()


@contextmanager
def _postgres(binaries: Path) -> Iterator[str]:
    with on(REST), running_cluster(binaries) as cluster:
        yield cluster.url("bench")


async def _opa(at: Processes, opa: Path) -> str:
    url, policies = f"127.0.0.1:{free_port()}", at.folder / "policies"
    export(load_policies(), policies)
    with (at.folder / "opa.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            opa, "run", "--server", "--addr", url, "--log-level", "error", policies, stdout=log, stderr=log
        )
    at.running.append(process)
    await at.up(f"http://{url}/health")
    return f"http://{url}"
