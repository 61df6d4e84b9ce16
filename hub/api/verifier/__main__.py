"""`python -m hub.api.verifier`: put `verify.html` together again, after one of its parts was changed."""

from pathlib import Path

from hub.api.verifier import build

Path(__file__).with_name("verify.html").write_text(build(), "utf-8")
