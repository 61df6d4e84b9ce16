"""A line as cells that no spreadsheet takes for a formula."""

import csv
import io

import pytest

from hub.api.dpo import COLUMNS
from hub.api.dpo_wire import InspectedLine
from hub.services.cells import cell, row
from hub.services.inspection import SHOWN


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\uff20", "\t", "\r", "\n"])
@pytest.mark.parametrize("before", ["", " ", "   "])
def test_a_text_that_begins_like_a_formula_is_made_a_text(sign: str, before: str) -> None:
    formula = f"{before}{sign}HYPERLINK(1)"
    assert cell(formula) == f"'{formula}"
    assert cell([formula]) == f"'{formula}"
    assert cell({formula: "x"}) == f"'{formula}: x"


def test_lists_and_reasons_stand_in_one_cell_and_nothing_in_an_empty_one() -> None:
    assert cell(["a", "b"]) == "a; b"
    assert cell({"a": "empty", "b": "sourceDown"}) == "a: empty; b: sourceDown"
    assert (cell(None), cell([]), cell(7)) == ("", "", "7")


def test_a_row_comes_back_whatever_is_in_it() -> None:
    cells = ['a "quoted" word', "two\r\nlines", "a,b;c", "Érable", ""]
    raw = row(cells)
    assert raw.endswith(b"\r\n")
    assert next(csv.reader(io.StringIO(raw.decode(), newline=""))) == cells


def test_every_column_is_something_that_the_document_tells() -> None:
    told = {field.alias for field in InspectedLine.model_fields.values()}
    assert set(COLUMNS) - {"legalBasis"} <= told
    assert set(SHOWN) <= told
