"""The demo's processes: the sources, the login, the hub. Each is started, waited for, and ended with the demo."""

import asyncio
import contextlib
import os
import secrets
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from hub.database import migrate
from hub.demo.catalogues import write_demo_catalogue
from hub.demo.ports import free_ports
from hub.identity import hash_secret
from hub.settings import PREFIX, variable_part

SOURCES: Final = ("national-register", "tax-administration", "enterprise-register", "social-status")
_PATIENCE_S: Final = 60.0
_ENDING_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Programs:
    """What is run: Python modules with the arguments that they always get. A test puts an observer in the place of one."""

    hub: tuple[str, ...] = ("hub.cli", "serve")
    login: str = "hub.demo.identity_provider"
    sources: str = "hub.demo.sources"


class DemoFailed(Exception):
    """A part of the demo did not start, or gave an answer that it should not."""


@dataclass(slots=True)
class Processes:
    """Where everything is, and the secrets of the demo's clients."""

    folder: Path
    hub_url: str
    login_url: str
    source_urls: dict[str, str]
    client_key: ECKey = field(repr=False)
    client_secret: str = field(repr=False)
    settings: Mapping[str, str] = field(default_factory=dict)
    programs: Programs = field(default_factory=Programs)
    running: list[asyncio.subprocess.Process] = field(default_factory=list)

    @property
    def database_url(self) -> str:
        """Where the demo keeps its log."""
        return self.settings.get("DATABASE_URL", f"sqlite:///{self.folder / 'hub.sqlite3'}")

    def environment(self) -> dict[str, str]:
        """The hub's settings, as an operator would export them."""
        settings = {
            "CATALOGUE": str(self.folder / "catalogue"),
            "KEYS": str(self.folder / "keys"),
            "PUBLIC_URL": self.hub_url,
            "PORT": self.hub_url.rsplit(":", 1)[1],
            "OIDC_ISSUER": self.login_url,
            "ADMIT_TEST_NUMBERS": "true",
            "LOG_LEVEL": "warning",
            **{f"SOURCE_{variable_part(name)}_URL": url for name, url in self.source_urls.items()},
            **self.settings,
            "DATABASE_URL": self.database_url,
        }
        others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        return others | {PREFIX + name: value for name, value in settings.items()}

    async def start_hub(self) -> asyncio.subprocess.Process:
        """Start the hub, and wait until it answers."""
        process = await self.spawn(*self.programs.hub)
        await self.up(f"{self.hub_url}/health")
        return process

    async def spawn(self, *arguments: str) -> asyncio.subprocess.Process:
        """Start a Python module of the demo; what it says goes to a file in the demo's folder."""
        with (self.folder / f"{arguments[0].rsplit('.', 1)[-1]}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", *arguments, env=self.environment(), stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
            )  # fmt: skip
        self.running.append(process)
        return process

    async def up(self, url: str) -> None:
        """Wait until something answers there."""
        deadline = asyncio.get_running_loop().time() + _PATIENCE_S
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
            while asyncio.get_running_loop().time() < deadline and all(
                one.returncode is None for one in self.running
            ):
                with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                    async with session.get(url) as reply:
                        if reply.status == 200:
                            return
                await asyncio.sleep(0.05)
        said = {
            file.name: file.read_text("utf-8", "replace")[-2000:].strip()
            for file in sorted(self.folder.glob("*.log"))
        }
        raise DemoFailed(
            f"{url} did not come up. " + " ".join(f"{name}: {text}" for name, text in said.items() if text)
        )

    async def verify_log(self) -> bool:
        """Verify the whole log with its keys, as `onlyonce log verify` does."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hub.cli", "log", "verify", "--database", self.database_url,
            "--keys", str(self.folder / "keys"), env=self.environment(),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        return await process.wait() == 0

    async def end(self) -> None:
        """End what was started, the hub first so that its last entries find everything up."""
        for process in reversed(self.running):
            if process.returncode is None:
                process.terminate()
        for process in self.running:
            try:
                await asyncio.wait_for(process.wait(), _ENDING_S)
            except TimeoutError:
                process.kill()
                await process.wait()


@asynccontextmanager
async def start_all(
    folder: Path,
    *,
    say: Callable[[str], None],
    settings: Mapping[str, str] | None = None,
    programs: Programs | None = None,
) -> AsyncIterator[Processes]:
    """Start sources, login and hub over the state in `folder`, and end them afterwards.

    Args:
        folder: keeps the database, the keys, the catalogue and what the processes say.
        say: is told what goes on.
        settings: of the hub, without their prefix, instead of the demo's own.
        programs: what is run, if not the demo's own.

    Raises:
        DemoFailed: one of them did not come up in time.
    """
    processes = prepare(folder, settings or {}, programs)
    try:
        say("starting four sources, a login and the hub")
        ports = [url.rsplit(":", 1)[1] for url in processes.source_urls.values()]
        await processes.spawn(processes.programs.sources, "--ports", *ports)
        await processes.spawn(processes.programs.login, "--port", processes.login_url.rsplit(":", 1)[1])
        hub = processes.start_hub()
        await asyncio.gather(
            *(
                processes.up(f"{url}/health")
                for url in (*processes.source_urls.values(), processes.login_url)
            ),
            hub,
        )
        yield processes
    finally:
        await processes.end()


def prepare(folder: Path, settings: Mapping[str, str], programs: Programs | None = None) -> Processes:
    """Make ready what the processes need: catalogue, clients' keys, database, free ports. Nothing is started yet."""
    folder.mkdir(parents=True, exist_ok=True)
    ports = free_ports(len(SOURCES) + 2)
    key = ECKey.import_key(ec.generate_private_key(ec.SECP256R1()))
    secret = secrets.token_urlsafe(24)
    write_demo_catalogue(
        folder / "catalogue",
        {**key.as_dict(private=False), "kid": key.thumbprint(), "alg": "ES256"},
        hash_secret(secret),
        f"http://127.0.0.1:{ports[1]}",
    )
    processes = Processes(
        folder=folder,
        hub_url=f"http://127.0.0.1:{ports[0]}",
        login_url=f"http://127.0.0.1:{ports[1]}",
        source_urls={name: f"http://127.0.0.1:{port}" for name, port in zip(SOURCES, ports[2:], strict=True)},
        client_key=key,
        client_secret=secret,
        settings=settings,
        programs=programs or Programs(),
    )
    migrate(processes.database_url)
    return processes
