"""What the catalogue tells the policies: worked out once, complete, and of the shape that a question has."""

from pathlib import Path

from consent import Notice
from hub.catalogue import Activity, load
from hub.demo.catalogues import DEMO_CATALOGUE
from tests.hub.catalogue.small import FOUR, SOUND, changed, loaded

EARLIER = "0a" * 32
STRICT = f"""dpia: true
    ownFromAge: 16
    assurance: {{normal: 200, criminal: 450}}
    secondPair: [special, normal]
    sealedBasis: {{citation: {FOUR}}}
    breakGlass: {{reason: {FOUR}}}
    acceptedNotices: [{EARLIER}]"""


def _activity(folder: Path, text: str = SOUND, name: str = "discount") -> Activity:
    return loaded(folder, text).activities[name]


def test_what_a_record_does_not_say_is_no_fact(tmp_path: Path) -> None:
    catalogue = loaded(tmp_path)
    assert catalogue.activities["decision"].facts == {
        "id": "decision", "controller": "grants", "legalBasis": "6(1)(e)", "specialBasis": "9(2)(b)", "criminalBasis": "10",
        "nationalNumberBasis": "one", "retention": "P10Y", "actorProof": "token", "channels": ["web"], "dpia": False,
        "attributes": ["organisation.legalName", "person.convictions", "person.familyName", "person.health"],
    }  # fmt: skip
    assert catalogue.clients["portal"].facts == {
        "id": "portal", "controller": "grants", "forms": ["grant", "subsidy"],
    }  # fmt: skip
    assert catalogue.forms["grant"].facts == {
        "id": "grant", "activity": "decision", "subjectKind": "person", "attributes": ["person.familyName", "person.health"],
    }  # fmt: skip
    assert catalogue.attributes["person.health"].facts == {"category": "health", "sensitivity": "special"}


def test_what_it_says_of_who_may_act_and_see_is_a_fact(tmp_path: Path) -> None:
    facts = _activity(tmp_path, changed("dpia: true", STRICT)).facts
    assert facts["ownFromAge"] == 16
    assert facts["assurance"] == {"normal": 200, "criminal": 450}
    assert facts["secondPair"] == ["normal", "special"]
    assert facts["sealedBasis"] == "one"
    assert facts["breakGlass"] is True


def test_that_everybody_may_act_alone_is_a_fact_too(tmp_path: Path) -> None:
    assert _activity(tmp_path, changed("dpia: true", "ownFromAge: 0")).facts["ownFromAge"] == 0


def test_the_notices_that_count_are_the_present_ones_and_the_accepted_ones(tmp_path: Path) -> None:
    texts = {"fr": "un", "nl": "een", "de": "eins", "en": "one"}
    present = {
        Notice.of(activity="discount", language=language, text=text).version_hash
        for language, text in texts.items()
    }
    assert _activity(tmp_path).notices == present
    assert _activity(tmp_path).facts["notices"] == sorted(present)
    assert _activity(tmp_path, changed("dpia: true", STRICT)).notices == present | {EARLIER}


def test_the_channels_of_a_client_are_a_fact(tmp_path: Path) -> None:
    text = changed("forms: [sports]", "forms: [sports]\n    channels: [web]")
    assert loaded(tmp_path, text).clients["counter"].facts["channels"] == ["web"]


def test_the_obligations_of_a_form_are_a_fact() -> None:
    assert load(DEMO_CATALOGUE).forms["library-card"].facts["obligations"] == {
        "person.birthDate": ["yearOnly"]
    }
