"""What a hub says, tried in processes of their own, for logging is the process's."""

import json
import subprocess
import sys

NUMBER = "85073003328"
_CONFIGURED = "from hub.logs import configure; configure('debug'); import asyncio, logging, threading\n"


def said(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _CONFIGURED + program], capture_output=True, text=True, check=False, timeout=30
    )
    return done.stdout + done.stderr


def test_the_text_of_an_exception_is_not_logged_but_its_kind_is() -> None:
    shown = said(f"""
try: raise ValueError("{NUMBER}")
except ValueError: logging.getLogger("uvicorn.error").exception("it failed")
""")
    assert "ValueError" in shown
    assert NUMBER not in shown


def test_an_error_that_ends_a_thread_is_named_by_its_kind() -> None:
    shown = said(f"""
def fail(): raise ValueError("{NUMBER}")
thread = threading.Thread(target=fail, name="worker"); thread.start(); thread.join()
""")
    assert "worker" in shown
    assert "ValueError" in shown
    assert NUMBER not in shown


def test_an_error_that_nobody_awaited_is_named_by_its_kind() -> None:
    shown = said(f"""
from hub.house import _note_lost_error
import gc
async def fail(): raise ValueError("{NUMBER}")
async def main():
    asyncio.get_running_loop().set_exception_handler(_note_lost_error)
    task = asyncio.create_task(fail()); await asyncio.sleep(0); await asyncio.sleep(0); del task; gc.collect()
asyncio.run(main())
""")
    assert "ValueError" in shown
    assert NUMBER not in shown


def test_libraries_stay_quiet_at_debug() -> None:
    assert NUMBER not in said(
        f"logging.getLogger('zeep.xsd').debug('{NUMBER}'); logging.getLogger('sqlalchemy.engine').info('{NUMBER}')"
    )


def test_a_request_is_logged_without_query_and_caller() -> None:
    shown = said("""
logging.getLogger("uvicorn.access").info('%s - "%s %s HTTP/%s" %d', "10.0.0.1:1", "GET", "/x/850730033-28?q=1", "1.1", 200)
""")
    assert json.loads(shown)["event"] == "GET /x/… 200"
    assert "10.0.0.1" not in shown


def test_a_request_in_another_script_is_logged_without_its_path() -> None:
    shown = said("""
logging.getLogger("uvicorn.access").info('%s - "%s %s HTTP/%s" %d', "10.0.0.1:1", "GET", "/x/" + "%EF%BC%98" * 11, "1.1", 400)
""")
    assert json.loads(shown)["event"] == "GET … 400"
