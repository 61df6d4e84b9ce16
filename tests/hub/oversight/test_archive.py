from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine

from hub.oversight import RevisionDiffers, fetch, keep, list_revisions

NOW = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
FILES = {"consent.rego": b"package onlyonce\n", "sub/words.rego": bytes(range(256))}


def test_a_revision_comes_back_byte_for_byte(engine: Engine) -> None:
    with engine.begin() as connection:
        assert keep(connection, "policies", "sha256:a", FILES, NOW)
    with engine.connect() as connection:
        assert fetch(connection, "policies", "sha256:a") == FILES


def test_a_revision_that_was_never_kept_is_none(engine: Engine) -> None:
    with engine.begin() as connection:
        keep(connection, "policies", "sha256:a", FILES, NOW)
    with engine.connect() as connection:
        assert fetch(connection, "policies", "sha256:b") is None
        assert fetch(connection, "catalogue", "sha256:a") is None


def test_keeping_again_changes_nothing_not_even_the_time(engine: Engine) -> None:
    for later in (timedelta(0), timedelta(days=1)):
        with engine.begin() as connection:
            assert keep(connection, "catalogue", "sha256:a", FILES, NOW + later) is (not later)
    with engine.connect() as connection:
        assert [one.kept_at for one in list_revisions(connection)] == [NOW]


@pytest.mark.parametrize(
    "other",
    [{"consent.rego": b"package other\n"}, {**FILES, "more.rego": b""}, dict(list(FILES.items())[:1])],
)
def test_the_same_revision_with_other_content_is_refused(engine: Engine, other: dict[str, bytes]) -> None:
    with engine.begin() as connection:
        keep(connection, "policies", "sha256:a", FILES, NOW)
    with engine.begin() as connection, pytest.raises(RevisionDiffers, match="sha256:a of the policies"):
        keep(connection, "policies", "sha256:a", other, NOW)
    with engine.connect() as connection:
        assert fetch(connection, "policies", "sha256:a") == FILES


def test_a_revision_without_files_is_refused(engine: Engine) -> None:
    with engine.begin() as connection, pytest.raises(ValueError, match="without files"):
        keep(connection, "policies", "sha256:a", {}, NOW)


def test_revisions_are_listed_newest_first_and_by_kind(engine: Engine) -> None:
    with engine.begin() as connection:
        keep(connection, "policies", "one", FILES, NOW)
        keep(connection, "catalogue", "two", FILES, NOW + timedelta(seconds=1))
        keep(connection, "policies", "three", FILES, NOW + timedelta(seconds=2))
    with engine.connect() as connection:
        assert [one.revision for one in list_revisions(connection)] == ["three", "two", "one"]
        assert [one.revision for one in list_revisions(connection, "policies")] == ["three", "one"]


def test_what_is_undone_is_not_kept(engine: Engine) -> None:
    with engine.connect() as connection:
        keep(connection, "policies", "sha256:a", FILES, NOW)
        connection.rollback()
        assert fetch(connection, "policies", "sha256:a") is None


def test_replicas_that_start_together_keep_one_copy(engine: Engine) -> None:
    together = Barrier(4)

    def start(_: int) -> bool:
        together.wait()
        with engine.begin() as connection:
            return keep(connection, "policies", "sha256:a", FILES, NOW)

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(start, range(4))) == [False, False, False, True]
    with engine.connect() as connection:
        assert len(list_revisions(connection)) == 1
