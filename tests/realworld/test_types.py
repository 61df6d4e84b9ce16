"""Periods, texts per language, counts, and the sources' own dates, in every recorded answer that has them; read a second time by hand."""

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree

from connectors import Enquiry, Identifier, Reading, SourceError
from connectors.declared import DeclaredSource
from tests.realworld.conftest import Make, declared, without_echo
from tests.realworld.test_magda import folder, numbers


async def readings(asked: DeclaredSource, realworld: Path, source_id: str) -> dict[str, Reading]:
    """Every recorded answer that is a reading, by number."""
    (scheme,) = asked.schemes
    found = {}
    for number in numbers(realworld, source_id):
        try:
            found[number] = await asked.ask(Enquiry(Identifier(scheme, number), asked.attributes))
        except SourceError:
            continue
    return found


def by_hand(realworld: Path, source_id: str, number: str) -> Any:
    return etree.parse(str(folder(realworld, source_id) / f"{number}.xml"))


async def test_names_in_several_languages(source: Make, realworld: Path) -> None:
    path = "Namen/MaatschappelijkeNamen/MaatschappelijkeNaam"
    rule = {"type": "multilingual", "path": path, "language": "Taalcode", "text": "Naam", "join": " / "}
    attributes = {"organisation.legalName": rule}
    asked = await source("magda-enterprise", attributes=attributes, **without_echo("magda-enterprise"))
    languages: Counter[str] = Counter()
    for number, reading in (await readings(asked, realworld, "magda-enterprise")).items():
        expected: dict[str, list[str]] = {}
        for name in by_hand(realworld, "magda-enterprise", number).iterfind(f".//Onderneming/{path}"):
            tag = (name.findtext("Taalcode") or "und").strip().lower()
            expected.setdefault(tag, []).append(name.findtext("Naam").strip())
        joined = {tag: " / ".join(names) for tag, names in expected.items()}
        assert reading.values.get("organisation.legalName", {}) == joined, number
        assert not reading.broken
        languages.update(joined.keys())
    assert languages["nl"] >= 20
    assert len(languages) >= 3


async def test_periods(source: Make, realworld: Path) -> None:
    path = "SocialeStatuten/SociaalStatuut/Periodes/Periode"
    rule = {"type": "period", "many": True, "path": path, "start": "Begindatum", "end": "Einddatum"}
    asked = await source(
        "magda-social-status", attributes={"person.periods": rule}, **without_echo("magda-social-status")
    )
    found = 0
    for number, reading in (await readings(asked, realworld, "magda-social-status")).items():
        expected = [
            {name: period.findtext(tag) for name, tag in (("start", "Begindatum"), ("end", "Einddatum")) if period.findtext(tag)}
            for period in by_hand(realworld, "magda-social-status", number).iterfind(f".//{path}")
        ]  # fmt: skip
        assert reading.values.get("person.periods", []) == expected, number
        found += len(expected)
    assert found >= 10


async def test_households_are_counted_and_the_answers_own_reference_and_date_are_kept(
    source: Make, realworld: Path
) -> None:
    reply = {**without_echo("magda-person")["reply"], "date": "Repliek/Context/Bericht/Tijdstip/Datum"}  # type: ignore[dict-item]
    rule = {"type": "number", "path": "count(Gezinsleden/Gezinslid)"}
    asked = await source("magda-person", attributes={"person.householdSize": rule}, reply=reply)
    found = await readings(asked, realworld, "magda-person")
    for number, reading in found.items():
        document = by_hand(realworld, "magda-person", number)
        assert reading.values["person.householdSize"] == len(
            document.findall(".//Persoon/Gezinsleden/Gezinslid")
        )
        assert reading.date == document.findtext(".//Context/Bericht/Tijdstip/Datum")
        assert reading.reference == document.findtext(".//Antwoord/Referte")
        assert reading.operation == "GeefPersoon"
    assert len(found) >= 190


async def test_the_day_on_which_the_enterprise_register_was_last_changed(
    source: Make, realworld: Path
) -> None:
    reply: dict[str, Any] = {
        **declared()["siade-enterprise"]["reply"], "date": "meta.date_derniere_mise_a_jour", "dateFormat": "epochSeconds"
    }  # fmt: skip
    asked = await source("siade-enterprise", reply=reply)
    cases = json.loads((realworld / "siade" / "cases.json").read_text("utf8"))
    dated = 0
    for case in cases:
        if "insee/sirene/unites_legales" not in case["endpoint"] or case["status"] != 200:
            continue
        subject = Identifier("siren", case["params"]["siren"])
        reading = await asked.ask(Enquiry(subject, asked.attributes))
        seconds = case["body"]["meta"].get("date_derniere_mise_a_jour")
        day = None if seconds is None else datetime.fromtimestamp(seconds, ZoneInfo("Europe/Paris")).date()
        assert reading.date == (None if day is None else day.isoformat())
        assert reading.operation == "GET /v3/insee/sirene/unites_legales/{subject}"
        dated += day is not None
    assert dated >= 1
