"""YAML is read strictly: any bytes give a document or offenders, never another error, in bounded time and memory."""

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.catalogue import documents
from hub.catalogue.documents import Mapped, line_at, parse
from tests.hub.catalogue.small import SOUND, offenders


def messages(text: str) -> list[str]:
    return [f"{o.line}: {o.message}" for o in parse(text.encode(), "f.yaml").offenders]


def test_scalars_mean_what_yaml_1_2_says() -> None:
    text = 'a: no\nb: 0123\nc: 12\nd: 2026-11-23\ne: "12"\nf: ~\ng:\nh: True\ni: -1.5\nj: 1_000\nk: 0x1f\nl: 12:30\nm: 1e3\n'
    assert parse(text.encode(), "f").root == {
        "a": "no", "b": "0123", "c": 12, "d": "2026-11-23", "e": "12", "f": None, "g": None, "h": True, "i": -1.5,
        "j": "1_000", "k": "0x1f", "l": "12:30", "m": "1e3",
    }  # fmt: skip


def test_a_number_of_many_digits_stays_a_text() -> None:
    assert parse(b"a: " + b"9" * 100_000, "f").root == {"a": "9" * 100_000}


def test_everything_knows_its_line() -> None:
    root = parse(b"a:\n  b:\n    - 1\n    - c: 2\n      d: 3\n", "f").root
    assert [line_at(root, path, 1) for path in (("a",), ("a", "b"), ("a", "b", 1), ("a", "b", 1, "d"))] == [
        1,
        2,
        4,
        5,
    ]


def test_a_path_that_leads_nowhere_ends_where_it_can() -> None:
    root = parse(b"a:\n  b: 1\n", "f").root
    assert line_at(root, ("a", "x", "y"), 7) == 1
    assert line_at(root, ("x",), 7) == 7
    assert line_at(root, ("a", "b", 0), 7) == 2


def test_anchors_aliases_tags_and_merges_are_refused() -> None:
    assert messages("a: &x 1\nb: *x\n") == [
        "1: anchors (&name) are not allowed in a catalogue: write the value out",
        "2: aliases (*name) are not allowed in a catalogue: write the value out",
    ]
    assert messages("a: !!python/object:os.system x\n") == ["1: tags (!name) are not allowed in a catalogue"]
    assert messages("a: ! x\n") == ["1: tags (!name) are not allowed in a catalogue"]
    assert messages("a: &x {b: 1}\nc: {<<: *x}\n")[-1].startswith("2: aliases")


def test_the_billion_laughs_are_not_expanded() -> None:
    laughs = "a0: &a0 [ha, ha]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30)
    )
    assert len(messages(laughs)) == 30 + 29 * 10


def test_a_key_twice_is_refused_also_deep_inside() -> None:
    assert messages("a: 1\nb:\n  - {c: 1,\n     c: 2}\na: 3\n") == [
        "4: duplicate key 'c': it stands on line 3 already",
        "5: duplicate key 'a': it stands on line 1 already",
    ]


@pytest.mark.parametrize("key", ["[a]", "{a: 1}", "~", "true", "1.5"])
def test_a_key_is_a_text_or_a_whole_number(key: str) -> None:
    assert messages(f"? {key}\n: 1\n") == ["1: a key must be a text or a whole number"]


def test_a_second_document_is_refused() -> None:
    document = parse(b"a: 1\n---\nb: 2\n", "f")
    assert document.root == {"a": 1}
    assert [o.line for o in document.offenders] == [2]


@pytest.mark.parametrize(
    "deep",
    [
        "[" * 100_000,
        "{a: " * 50_000,
        "- " * 100_000,
        "".join(" " * n + f"a{n}:\n" for n in range(500)),
        "? " * 50_000,
    ],
)
def test_depth_is_bounded(deep: str) -> None:
    document = parse(deep.encode(), "f")
    assert not document.readable
    assert len(document.offenders) == 1


def test_a_syntax_error_is_named_with_its_line() -> None:
    (said,) = messages("a: 1\nb: [1, 2\nc: 3\n")
    assert said.startswith("3: not valid YAML: ")


def test_control_characters_are_refused_with_their_line() -> None:
    (said,) = messages("a: 1\nb: \x00\n")
    assert "not valid YAML" in said


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_BYTES", 10)
    assert [o.line for o in offenders(tmp_path, SOUND)] == [1]


@pytest.mark.parametrize("loader", [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)])
def test_the_parser_in_python_and_the_one_in_c_read_the_same(
    loader: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = parse(SOUND.encode(), "f").root
    monkeypatch.setattr(documents, "_LOADER", loader)
    root = parse(SOUND.encode(), "f").root
    assert root == expected
    assert isinstance(root, Mapped)
    assert line_at(root, ("clients", "counter", "method"), 0) == line_at(
        expected, ("clients", "counter", "method"), 0
    )


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=300)
    | st.text(max_size=200).map(str.encode)
    | st.text("abc:-[]{}\n ,'\"#&*!|>%@`?~01.<", max_size=80).map(str.encode)
)
def test_any_bytes_give_a_catalogue_or_offenders_and_never_another_error(
    tmp_path: Path, content: bytes
) -> None:
    for offender in offenders(tmp_path, content):
        assert offender.line >= 1
        str(offender).encode()


def _pieces() -> st.SearchStrategy[str]:
    lines = SOUND.splitlines()
    odd = st.sampled_from(
        [
            "",
            "~",
            "[]",
            "{}",
            "5",
            "true",
            "[[1]]",
            "{a: {b: c}}",
            "'",
            '"x"',
            "1.5",
            "- x",
            "? [a]",
            "*a",
            "P1Y",
            "{1: 2}",
        ]
    )

    def mutate(choice: tuple[int, str, bool]) -> str:
        number, new, keep_key = choice
        line = lines[number]
        head = (
            line.split(":", 1)[0] + ": "
            if keep_key and ":" in line
            else " " * (len(line) - len(line.lstrip()))
        )
        return "\n".join([*lines[:number], head + new, *lines[number + 1 :]])

    return st.tuples(st.integers(0, len(lines) - 1), odd, st.booleans()).map(mutate)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_pieces())
def test_any_line_replaced_gives_a_catalogue_or_offenders_and_never_another_error(
    tmp_path: Path, text: str
) -> None:
    for offender in offenders(tmp_path, text):
        assert 1 <= offender.line <= text.count("\n") + 2


def _records() -> st.SearchStrategy[object]:
    leaves = (
        st.none()
        | st.booleans()
        | st.integers(-5, 5)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=8)
    )
    known = st.sampled_from(
        [
            "name",
            "fields",
            "attributes",
            "fr",
            "keys",
            "kty",
            "d",
            "request",
            "reply",
            "person.a",
            "x-y",
            "article",
            "legalBasis",
        ]
    )
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(known | st.text(max_size=5), inner, max_size=5)
        ),
        max_leaves=20,
    )


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["controllers", "sources", "attributes", "activities", "forms", "clients"]),
        st.dictionaries(st.sampled_from(["a", "b-c", "person.a"]), _records(), max_size=2) | _records(),
        max_size=6,
    )
)
def test_any_shape_of_records_gives_a_catalogue_or_offenders_and_never_another_error(
    tmp_path: Path, value: object
) -> None:
    for offender in offenders(tmp_path, yaml.safe_dump(value, allow_unicode=True)):
        assert offender.line >= 1
