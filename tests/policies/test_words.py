"""The words of the rules: every reason has a text, and the page says what the rules say."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from policies import LANGUAGES, REASONS, PolicySet, dpo_text, reason_text
from policies.dpo_texts import DPO_TEXTS
from policies.policy_set import BUILT_IN
from policies.rules import rules, with_tables
from tests.support.machine import ROOT

PAGE = ROOT / "docs" / "policies.md"
CODE_IN_REGO = re.compile(r'"reason": "(\w+)"')
EVERY_TEXT = [(code, language) for code in sorted(REASONS) for language in LANGUAGES]


def test_the_languages_are_those_of_the_house() -> None:
    assert set(LANGUAGES) == {"fr", "nl", "de", "en"}


def test_every_code_in_the_rules_has_its_texts_and_no_text_is_left_over(built_in: PolicySet) -> None:
    codes = {code for text in built_in.modules.values() for code in CODE_IN_REGO.findall(text)}
    assert codes == REASONS


@pytest.mark.parametrize(("code", "language"), EVERY_TEXT)
def test_a_text_is_short_whole_sentences_without_jargon(code: str, language: str) -> None:
    text = reason_text(code, language)
    assert text[0].isupper()
    assert text.endswith(".")
    assert len(text) <= 160
    assert not re.search(r"GDPR|RGPD|AVG|DSGVO|[a-z][A-Z]|\bAPI\b", text)
    assert max(len(sentence.split()) for sentence in re.split(r"[.:!?] ", text)) <= 22


@pytest.mark.parametrize(("code", "language"), EVERY_TEXT)
def test_a_data_protection_officer_is_told_what_was_demanded_and_by_which_law(
    code: str, language: str
) -> None:
    text = dpo_text(code, language)
    assert text[0].isupper()
    assert text.endswith(".")
    assert len(text) <= 250
    assert re.search(r"[Aa]rt\. \d", text)
    assert text != reason_text(code, language)


def test_there_is_no_text_for_officers_without_one_for_people() -> None:
    assert DPO_TEXTS.keys() == REASONS


def test_no_two_texts_are_the_same() -> None:
    texts = [reason_text(code, language) for code, language in EVERY_TEXT]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("told", [reason_text, dpo_text])
@pytest.mark.parametrize(("code", "language"), [("because", "en"), ("consentRequired", "es")])
def test_an_unknown_code_or_language_is_an_error(
    told: Callable[[str, str], str], code: str, language: str
) -> None:
    with pytest.raises(KeyError):
        told(code, language)


def test_every_reason_is_told_once_and_consent_last(built_in: PolicySet) -> None:
    told = [rule.reason for rule in rules(built_in)]
    assert set(told) == REASONS
    assert len(told) == len(REASONS)
    assert told[-1] == "consentRequired"


def test_every_rule_says_what_it_demands_and_where_it_comes_from(built_in: PolicySet) -> None:
    for rule in rules(built_in):
        assert rule.title
        assert len(rule.description) > 40
        assert re.search(r"Art\. \d", rule.source)


@pytest.mark.parametrize("path", sorted(BUILT_IN.glob("*.rego")), ids=lambda path: path.name)
def test_every_file_and_every_rule_is_annotated(path: Path) -> None:
    text = path.read_text()
    if path.name.endswith("_test.rego"):
        assert re.search(r"^package \S+_test$", text, re.MULTILINE)
        return
    assert path.with_name(path.stem + "_test.rego").is_file()
    for block in re.findall(r"^# METADATA\n((?:#.*\n)+)", text, re.MULTILINE):
        assert yaml.safe_load(re.sub(r"^# ?", "", block, flags=re.MULTILINE))["title"]
    heads = re.findall(r"^(?!else)([a-z_]\w*)(?:\(.*?\))? ?(?::=|if|contains)", text, re.MULTILINE)
    annotated = re.findall(r"^# METADATA\n(?:#.*\n)+([a-z_]\w*)", text, re.MULTILINE)
    assert set(heads) <= set(annotated)


def test_the_page_is_current(built_in: PolicySet) -> None:
    page = PAGE.read_text()
    assert page == with_tables(page, built_in), "run: python -m policies.rules docs/policies.md"
