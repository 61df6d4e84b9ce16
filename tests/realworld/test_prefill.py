"""Real-shaped forms, prefilled by a running hub from the recorded services, for everybody who is in them."""

import asyncio
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from hub.catalogue.identifiers import enterprise_check_digits
from tests.realworld.conftest import CATALOGUE, declared
from tests.support.hub import RunningHub, client_record, running_hub, texts, write_yaml
from tests.support.replay import MISBEHAVIOURS, Replay
from tests.support.timing import in_time

DEADLINE_MS = 1500
SERVICE = {
    "magda-person": "GeefPersoon",
    "magda-tax": "GeefAanslagbiljetPersonenbelasting",
    "magda-social-status": "GeefSociaalStatuut",
    "magda-enterprise": "GeefOnderneming",
}
REFUSED_NUMBERS = 3
"""Of the 226 national numbers: a month that no test number has, or a wrong check digit."""
_OF_ANOTHER = "replyUnreadable"
UNAVAILABLE = {
    ("91610100176", "magda-person"): "sourceBusy",
    ("91610100176", "magda-tax"): "sourceBusy",
    ("88661177739", "magda-tax"): "sourceBusy",
    ("81642500239", "magda-tax"): "sourceRefused",
    ("67366666680", "magda-person"): _OF_ANOTHER,
    ("67642516864", "magda-person"): _OF_ANOTHER,
    ("65663046376", "magda-tax"): _OF_ANOTHER,
    ("06701151393", "magda-social-status"): _OF_ANOTHER,
}
"""Recorded answers that are an error of the service's own, or that are filed under one number and echo another."""


def _catalogue(folder: Path, realworld: Path) -> Path:
    """A catalogue over the recorded services: one form for a person from three sources, one for an enterprise."""
    shutil.copytree(
        realworld / "magda", folder / "magda", ignore=shutil.ignore_patterns("responses", "requests")
    )
    sources = {
        name: dict(one)
        for name, one in yaml.safe_load((CATALOGUE / "magda.yaml").read_text("utf-8"))["sources"].items()
    }
    for source in sources.values():
        source["limits"] = {"deadlineMs": DEADLINE_MS, "longestPauseMs": 0}
        source["circuit"] = {
            "failures": 1000,
            "of": 1000,
        }  # each misbehaviour is to be met, not to be kept away
    write_yaml(folder / "sources.yaml", {"sources": sources})
    held = {name: sorted(source["attributes"]) for name, source in sources.items()}
    served = Counter(attribute for names in held.values() for attribute in names)
    owners = dict.fromkeys([*(source["controller"] for source in sources.values()), "test-office"])
    write_yaml(
        folder / "rest.yaml",
        {
            "controllers": {
                owner: {"enterpriseNumber": f"{number:08d}{enterprise_check_digits(f'{number:08d}')}", "name": texts(owner), "contact": f"mailto:dpo@{owner}.example"}
                for number, owner in enumerate(owners, start=1)
            },
            "attributes": {
                attribute: _attribute(attribute, source, sources[source]["attributes"][attribute], many=served[attribute] > 1)
                for source, names in reversed(held.items()) for attribute in names
            },
            "activities": {
                "person-file": _activity([a for s in list(SERVICE)[:3] for a in held[s]]),
                "enterprise-file": _activity(held["magda-enterprise"]),
            },
            "forms": {
                "person-file": _form("person", [a for s in list(SERVICE)[:3] for a in held[s]]),
                "enterprise-file": _form("organisation", held["magda-enterprise"]),
            },
            "clients": {"test-portal": client_record("test-office", ["person-file", "enterprise-file"])},
        },
    )  # fmt: skip
    return folder


def _attribute(name: str, source: str, declaration: dict[str, Any], *, many: bool) -> dict[str, Any]:
    kind = "organisation" if name.startswith("organisation.") else "person"
    record = {
        "name": texts(name), "category": "file", "sensitivity": "normal", "subject": kind,
        "type": declaration.get("type", "text"),
    }  # fmt: skip
    return {**record, "source": source} if many else record


def _activity(attributes: list[str]) -> dict[str, Any]:
    return {
        "name": texts("File"), "purpose": texts("To complete the file"), "controller": "test-office",
        "legalBasis": {"article": "6(1)(e)", "citation": texts("Test decree, art. 1")},
        "nationalNumberBasis": {"citation": texts("Act of 8 August 1983, art. 8")}, "ownFromAge": 0,
        "attributes": sorted(set(attributes)), "retention": "P10Y", "actorProof": "asserted", "channels": ["web"],
    }  # fmt: skip


def _form(kind: str, attributes: list[str]) -> dict[str, Any]:
    activity = "person-file" if kind == "person" else "enterprise-file"
    fields = {attribute.replace(".", "_"): attribute for attribute in sorted(set(attributes))}
    return {"name": texts("File"), "subjectKind": kind, "activity": activity, "fields": fields}


@pytest.fixture(scope="module")
def hub(
    replay_server: Replay, realworld: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningHub]:
    folder = tmp_path_factory.mktemp("realworld")
    (folder / "catalogue").mkdir()
    addresses = {f"SOURCE_{name.upper().replace('-', '_')}_URL": replay_server.magda for name in SERVICE}
    settings = {
        "ADMIT_TEST_NUMBERS": "true",
        "ASSERTED_SUBJECTS_PER_DAY": "10000",
        "LOG_LEVEL": "warning",
        **addresses,
    }
    catalogue = _catalogue(folder / "catalogue", realworld)
    with running_hub(folder, catalogue=catalogue, client="test-portal", settings=settings) as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as one:
        yield one


def recorded(realworld: Path, *services: str) -> list[str]:
    files = (
        file for service in services for file in (realworld / "magda" / "responses" / service).glob("*.xml")
    )
    return sorted({file.stem for file in files if file.stem.isdigit()})


def by_source(answer: dict[str, Any]) -> dict[str, set[str]]:
    """Per source, the statuses of its fields."""
    found: dict[str, set[str]] = {}
    for field in answer["fields"].values():
        found.setdefault(field["source"], set()).add(field["status"])
    return found


async def test_everybody_in_the_three_person_services_is_prefilled(
    hub: RunningHub, session: aiohttp.ClientSession, realworld: Path, replay: Replay
) -> None:
    numbers = recorded(realworld, *list(SERVICE.values())[:3])
    assert len(numbers) == 226
    token = await hub.token(session)
    gate = asyncio.Semaphore(8)

    async def ask(number: str) -> tuple[int, dict[str, Any]]:
        async with gate:
            return await hub.prefill(session, token, "person-file", {"ssin": number})

    answers = dict(zip(numbers, await asyncio.gather(*map(ask, numbers)), strict=True))
    refused = sorted(number for number, (status, _) in answers.items() if status != 200)
    print(f"refused by their form or check digits: {len(refused)} of {len(numbers)}: {refused}")
    assert len(refused) == REFUSED_NUMBERS
    filled = Counter[str]()
    for number, (status, answer) in answers.items():
        if status == 400:
            assert {one["name"] for one in answer["issues"]} == {"subject.ssin"}
            assert number not in str(answer)
            continue
        for field in answer["fields"].values():
            assert field["status"] in {"filled", "empty", "unavailable"}
            filled[field["source"]] += field["status"] == "filled"
            if field["status"] == "empty":
                assert field["reason"]["code"] in {"subjectUnknown", "noValueAtSource"}
            if field["status"] == "unavailable":
                expected = UNAVAILABLE.get((number, field["source"]))
                assert field["reason"]["code"] == expected, (number, field["source"])
    print(f"fields filled: {dict(filled)}")
    assert filled["magda-person"] > 1500
    assert filled["magda-tax"] > 150
    assert filled["magda-social-status"] > 20


async def test_every_enterprise_is_prefilled(
    hub: RunningHub, session: aiohttp.ClientSession, realworld: Path, replay: Replay
) -> None:
    token = await hub.token(session)
    numbers = recorded(realworld, "GeefOnderneming")
    known = 0
    for number in numbers:
        status, answer = await hub.prefill(session, token, "enterprise-file", {"enterpriseNumber": number})
        if status == 400:
            assert number not in str(answer)
            continue
        known += answer["fields"]["organisation_legalName"]["status"] == "filled"
        assert all(field["status"] in {"filled", "empty"} for field in answer["fields"].values()), answer[
            "fields"
        ]
    print(f"enterprises with a name: {known} of {len(numbers)}")
    assert known >= len(numbers) - 3


async def test_somebody_unknown_gets_empty_fields_that_say_so(
    hub: RunningHub, session: aiohttp.ClientSession, replay: Replay
) -> None:
    status, answer = await hub.prefill(
        session, await hub.token(session), "person-file", {"ssin": "00600000131"}
    )
    assert status == 200
    person = [
        field for field in answer["fields"].values() if field["source"] in {"magda-person", "magda-tax"}
    ]
    assert {field["status"] for field in person} == {"empty"}
    assert {field["reason"]["code"] for field in person} == {"subjectUnknown"}


@pytest.mark.parametrize("mode", MISBEHAVIOURS)
@pytest.mark.parametrize("source", ["magda-person", "magda-tax"])
async def test_a_source_that_misbehaves_harms_its_own_fields_alone(
    hub: RunningHub, session: aiohttp.ClientSession, replay: Replay, source: str, mode: str
) -> None:
    token = await hub.token(session)
    await hub.prefill(session, token, "person-file", {"ssin": "75652299881"})
    before = hub.process.memory_info().rss
    replay.behave(SERVICE[source], mode)

    async def attempt() -> float:
        started = time.monotonic()
        status, answer = await hub.prefill(session, token, "person-file", {"ssin": "75652299881"})
        took = time.monotonic() - started
        assert status == 200
        statuses = by_source(answer)
        assert statuses.pop(source) == {"unavailable"}
        assert all("filled" in found and "unavailable" not in found for found in statuses.values())
        return took

    await in_time(DEADLINE_MS / 1000 + 0.25, attempt)
    assert hub.process.memory_info().rss - before < 100 << 20


async def test_the_log_holds_after_all_that(hub: RunningHub) -> None:
    done = hub.verify_log()
    assert done.returncode == 0, done.stdout


def test_the_declarations_are_those_of_the_connectors_own_tests() -> None:
    assert set(SERVICE) <= set(declared())
