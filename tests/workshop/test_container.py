"""There may be no container engine where tests run: the recipe is read, and its install steps are run in empty environments."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub.cli import parser
from hub.settings import PREFIX, Settings
from tests.support.machine import ROOT
from tests.workshop.dockerfile import Stage, read_dockerfile, words

OPA_VERSION = (ROOT / "tools" / "opa.version").read_text("utf-8").strip().removeprefix("v")


@pytest.fixture(scope="module")
def stages() -> dict[str, Stage]:
    return {stage.name or "final": stage for stage in read_dockerfile(ROOT / "Dockerfile")}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text("utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def installed(stages: Mapping[str, Stage], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment that the build stage makes, made by its own RUN lines with the paths moved."""
    place = tmp_path_factory.mktemp("image")
    for line in stages["build"].all("RUN"):
        if "/opt/build/bin/python -m pip" in line:
            continue  # the build tools are those of this run: same lock
        moved = line.replace("/opt/build/bin/python", sys.executable).replace("/opt/", f"{place}/opt/")
        moved = moved.replace("/build/dist", str(place / "dist")).replace(
            "python -m venv", f"{sys.executable} -m venv"
        )
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith((PREFIX, "VIRTUAL_ENV"))
        }
        done = subprocess.run(
            ["sh", "-ec", moved],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stderr[-2000:]}"
    return place


def onlyonce(installed: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(installed / "opt" / "onlyonce" / "bin" / "onlyonce"), *arguments],
        cwd=installed, capture_output=True, text=True, timeout=120, check=False,
        env={"PATH": os.environ["PATH"], **{PREFIX + name: value for name, value in settings.items()}},
    )  # fmt: skip


def test_the_wheel_carries_policies_catalogue_contracts_and_migrations(installed: Path) -> None:
    (wheel,) = (installed / "dist").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    endings = {name.rsplit(".", 1)[-1] for name in names}
    assert {"rego", "yaml", "wsdl", "py"} <= endings
    assert any(name.startswith("hub/migrations/versions/0001") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/"))]


def test_the_installed_hub_knows_its_policies_and_its_schema(installed: Path) -> None:
    exported = onlyonce(installed, "policies", "export", "policies-out")
    assert exported.returncode == 0, exported.stderr
    assert list((installed / "policies-out").rglob("*.rego"))
    migrated = onlyonce(installed, "database", "migrate", DATABASE_URL=f"sqlite:///{installed}/hub.sqlite3")
    assert migrated.returncode == 0, migrated.stderr


def test_the_installed_hub_shows_the_main_job(installed: Path) -> None:
    shown = onlyonce(installed, "demo", "--once", "--json")
    assert shown.returncode == 0, shown.stderr
    assert '"logVerified": true' in shown.stdout


def test_the_image_runs_as_nobody_special_and_says_how_it_is(stages: Mapping[str, Stage]) -> None:
    final = stages["final"]
    (user,) = final.all("USER")
    assert int(user) > 0
    (health,) = final.all("HEALTHCHECK")
    assert "/health" in health
    (entry,), (command,) = final.all("ENTRYPOINT"), final.all("CMD")
    parser().parse_args([*words(entry)[1:], *words(command)])


def test_the_policy_engine_comes_from_its_official_image_in_the_tested_version(
    stages: Mapping[str, Stage], compose: Mapping[str, Any]
) -> None:
    assert (
        stages["opa"].base
        == compose["services"]["opa"]["image"]
        == f"openpolicyagent/opa:{OPA_VERSION}-static"
    )
    assert "--from=opa /opa /usr/local/bin/opa" in stages["final"].all("COPY")


def test_everything_that_is_copied_exists_and_is_let_through(stages: Mapping[str, Stage]) -> None:
    let_through = {
        line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")
    }
    for line in stages["build"].all("COPY"):
        *sources, _ = words(line)
        for source in sources:
            assert (ROOT / source).exists(), source
            assert source in let_through


def test_packages_are_installed_by_hash_alone(stages: Mapping[str, Stage]) -> None:
    for line in stages["build"].all("RUN"):
        if "pip install" in line:
            assert "--require-hashes" in line or "--no-deps" in line
    for lock in ROOT.glob("requirements*.lock"):
        assert "://" not in lock.read_text("utf-8")


def test_every_setting_in_compose_is_a_setting_of_the_hub(
    compose: Mapping[str, Any], stages: Mapping[str, Stage]
) -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    given = set(compose["x-hub"]["environment"]) | set(compose["services"]["hub"]["environment"])
    given |= {word.split("=")[0] for line in stages["final"].all("ENV") for word in words(line)}
    assert {name for name in given if name.startswith(PREFIX)} <= known


def test_what_a_service_waits_for_exists_and_its_command_is_one(compose: Mapping[str, Any]) -> None:
    services = compose["services"]
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= set(services), name
        volumes = {one.split(":")[0] for one in service.get("volumes", []) if not one.startswith(".")}
        assert volumes <= set(compose["volumes"]), name
        assert set(service.get("secrets", [])) <= set(compose["secrets"]), name
    for name in ("migrate", "policies"):
        parser().parse_args(services[name]["command"])


def test_the_hub_is_published_to_this_machine_alone(compose: Mapping[str, Any]) -> None:
    assert all(port.startswith("127.0.0.1:") for port in compose["services"]["hub"]["ports"])
    assert not any("ports" in service for name, service in compose["services"].items() if name != "hub")


def mounts(service: Mapping[str, Any]) -> dict[str, str]:
    """What stands where in a service: its volumes by their place in it, and its secrets."""
    found = {one.split(":")[1]: one.split(":")[0] for one in service.get("volumes", [])}
    return found | {f"/run/secrets/{name}": name for name in service.get("secrets", [])}


def test_the_policies_are_one_signed_bundle_that_hub_and_opa_verify(compose: Mapping[str, Any]) -> None:
    services = compose["services"]
    build = parser().parse_args(services["policies"]["command"])
    hub = services["hub"]["environment"]
    assert mounts(services["policies"])[str(build.output.parent)] == "policies"
    assert Path(hub["ONLYONCE_POLICIES"]) == build.output
    assert mounts(services["hub"])[str(build.output.parent)] == "policies"
    assert "policies" in mounts(services["bundles"]).values()
    public = mounts(services["hub"])[hub["ONLYONCE_POLICIES_KEY"]]
    (given,) = (
        word for word in services["opa"]["command"] if word.startswith("--set-file=keys.onlyonce.key=")
    )
    assert mounts(services["opa"])[given.split("=")[-1]] == public == "policies-public"
    private = mounts(services["policies"])[str(build.key)]
    assert compose["secrets"][public]["file"] == f"{compose['secrets'][private]['file']}.pub"


def test_only_the_job_that_signs_has_the_key_that_signs(compose: Mapping[str, Any]) -> None:
    holders = [name for name, one in compose["services"].items() if "policies-key" in one.get("secrets", [])]
    assert holders == ["policies"]


def test_opa_is_given_settings_that_exist_and_fetches_where_the_bundle_is(compose: Mapping[str, Any]) -> None:
    opa = compose["services"]["opa"]
    names = [word.split("=")[-1] for word in opa["command"] if "/etc/opa/" in word]
    assert len(names) == 2
    assert all((ROOT / "deploy" / "opa" / Path(name).name).is_file() for name in names)
    settings = yaml.safe_load((ROOT / "deploy" / "opa" / "signed.yaml").read_text("utf-8"))
    assert settings["services"]["policies"]["url"] == "${POLICIES_URL}"
    assert opa["environment"]["POLICIES_URL"].removeprefix("http://") in compose["services"]
    command = compose["services"]["policies"]["command"]
    assert settings["bundles"]["onlyonce"]["resource"] == Path(command[-1]).name
    assert settings["bundles"]["onlyonce"]["signing"]["keyid"] in settings["keys"]
    assert "--watch" not in opa["command"]
