"""Why a field is empty, as a form is told: every reason in four languages, every remedy in the guide."""

import re
from typing import get_args

import pytest

from hub.api.prefill import _reason
from hub.api.replies import prefill as replies
from hub.services.reasons import CODES, LANGUAGES
from policies import REASONS, Action, Remedy
from tests.support.machine import ROOT


@pytest.mark.parametrize("code", sorted(REASONS | CODES))
def test_every_reason_is_told_in_each_language(code: str) -> None:
    told = {language: _reason(code, None, language, "an-activity") for language in LANGUAGES}
    assert {one["code"] for one in told.values()} == {code}
    assert len({one["text"] for one in told.values()}) == len(LANGUAGES)
    assert all("remedy" not in one for one in told.values())


@pytest.mark.parametrize("action", get_args(Action))
def test_every_remedy_is_as_the_document_has_it_and_says_no_more_than_is_needed(action: Action) -> None:
    remedy = Remedy(action, 400 if action == "raiseAssurance" else None)
    told = _reason("consentRequired", remedy, "en", "an-activity")["remedy"]
    assert told == {
        "action": action,
        **({"level": 400} if action == "raiseAssurance" else {}),
        **({"activityId": "an-activity"} if action in {"giveConsent", "declareEmergency"} else {}),
    }
    assert replies.Remedy.model_validate(told).action == action


def test_the_guide_tells_what_to_do_on_each_remedy() -> None:
    guide = (ROOT / "docs" / "integrate-a-form.md").read_text("utf-8")
    table = guide.split("| `remedy.action` |")[1].split("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(get_args(Action))
