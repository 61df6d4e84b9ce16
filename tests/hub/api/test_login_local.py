"""Where people go on after a login: on the hub, nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from hub.api.login.local import is_local

HERE = "https://hub.example"


@pytest.mark.parametrize(
    "path", ["/", "/session", "/a/b?x=1&y=/z", "/consents/7?next=https://x", "/a%20b", "/a/"]
)
def test_a_page_of_the_hub_is_one(path: str) -> None:
    assert is_local(path)


@given(st.text(alphabet="/\\.:@?#%2f5cehtps a\t\n", max_size=20))
def test_whatever_passes_stays_on_the_hub_however_it_is_put_together(text: str) -> None:
    if is_local(text):
        joined = URL(HERE).join(URL(text))
        assert (joined.scheme, joined.host) == ("https", "hub.example")
        assert URL(HERE + text).host == "hub.example"
        assert not {"\\", "\t", "\n", "#"} & set(text)
