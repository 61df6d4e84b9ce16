"""`onlyonce sources …`: look at a contract, declare a source, try it, watch it."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.cli.common import CannotAsk, add_catalogue, catalogue_settings
from hub.cli.sources.status import add_status
from hub.cli.sources.trial import add_try
from hub.cli.sources.watch import add_verify

if TYPE_CHECKING:
    from connectors.onboarding.skeleton import Surroundings

_CONTRACTS = "contracts"


def add_sources(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `sources` and its actions to the command."""
    actions = commands.add_parser("sources", help="authentic sources: declare, try, watch").add_subparsers(
        required=True, metavar="ACTION"
    )
    _add_inspect(actions)
    _add_vendor(actions)
    _add_new(actions)
    add_try(actions)
    add_status(actions)
    add_verify(actions)
    _add_practice(actions)


def _add_inspect(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    inspect = actions.add_parser(
        "inspect", help="show the operations of a WSDL or OpenAPI, with request and reply as trees"
    )
    inspect.add_argument("contract", metavar="CONTRACT", help="a file, or an http or https address")
    inspect.add_argument("operation", nargs="?", metavar="OPERATION", help="only this one")
    _add_folder(inspect)
    _add_allow(inspect)
    inspect.add_argument("--json", action="store_true", help="print one JSON object")
    inspect.set_defaults(run=show_contract)


def _add_vendor(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    vendor = actions.add_parser("vendor", help="store a contract with all that it imports, once")
    vendor.add_argument(
        "url", metavar="URL", help="an http or https address; or a file, for what it imports by address"
    )
    vendor.add_argument(
        "folder", type=Path, metavar="DIR", help="a folder of its own below CATALOGUE/contracts"
    )
    _add_allow(vendor)
    vendor.set_defaults(run=vendor_contract)


def _add_new(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    new = actions.add_parser(
        "new", help="write the skeleton of a source's declaration: fill in its blanks, then `onlyonce check`"
    )
    new.add_argument("contract", metavar="CONTRACT", help="a file inside the catalogue's folder")
    new.add_argument("operation", metavar="OPERATION", help="as `inspect` names it")
    new.add_argument("--id", metavar="ID", help="the source's id (default: after the operation)")
    new.add_argument("--service", metavar="NAME", help="where several services have the operation")
    new.add_argument("--port", metavar="NAME", help="where several ports have the operation")
    add_catalogue(new)
    new.add_argument("--output", type=Path, metavar="FILE", help="write it there (default: standard output)")
    new.set_defaults(run=new_source)


def _add_practice(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    practice = actions.add_parser("practice", help="run two small registers to practise on, SOAP and REST")
    practice.add_argument("--port", type=int, default=8780, metavar="PORT", help="default: 8780")
    practice.set_defaults(run=run_practice)


def run_practice(given: argparse.Namespace) -> int:
    """Serve the registers until stopped."""
    from hub.demo.practice import serve  # noqa: PLC0415

    try:
        serve(given.port)
    except OSError as error:
        raise CannotAsk(
            f"port {given.port} cannot be used ({error.strerror or type(error).__name__})"
        ) from None
    return 0


def _add_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--folder",
        type=Path,
        metavar="DIR",
        help="what the contract imports is read inside it (default: the contract's own)",
    )


def _add_allow(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--allow", metavar="ORIGIN", action="append", default=[],
        help="also fetch what the contract imports from there, such as https://schemas.example.org; may be given again",
    )  # fmt: skip


def show_contract(given: argparse.Namespace) -> int:
    """Show a contract."""
    from connectors import onboarding  # noqa: PLC0415

    with readable(), _located(given) as (path, folder):
        contract = onboarding.inspect_contract(path, folder=folder, operation=given.operation)
        if not contract.operations:  # then its names are wanted
            contract = onboarding.inspect_contract(path, folder=folder)
    try:
        shown = onboarding.render(contract, given.operation)
    except LookupError as error:
        raise CannotAsk(str(error.args[0])) from None
    print(json.dumps(onboarding.as_json(contract)) if given.json else shown.rstrip("\n"))
    return 0


@contextmanager
def readable() -> Iterator[None]:
    """Say of a contract that cannot be read everything that is wrong with it."""
    from connectors.onboarding import ContractUnreadable  # noqa: PLC0415

    try:
        yield
    except ContractUnreadable as error:
        told = [str(problem) for problem in error.problems]
        if any("outside its folder" in one for one in told):
            told.append("a folder that holds the contract and all that it imports can be given: --folder DIR")
        raise CannotAsk("\n".join(told)) from None


@contextmanager
def _located(given: argparse.Namespace) -> Iterator[tuple[Path, Path]]:
    """The contract's file, fetched if it is an address, and the folder of its imports."""
    from connectors.onboarding.vendor import fetched  # noqa: PLC0415

    if "://" not in given.contract:
        path = Path(given.contract)
        yield path, given.folder or _around(path)
        return
    with fetched(given.contract, allow=given.allow) as live:
        yield live.contract, live.folder


def _around(contract: Path) -> Path:
    """The folder that a contract's imports are read in: the `contracts` that it is in, else its own."""
    above = contract.resolve().parents
    return next((one for one in above if one.name == _CONTRACTS), above[0])


def vendor_contract(given: argparse.Namespace) -> int:
    """Store a contract with all that it imports."""
    from connectors.onboarding.vendor import vendor  # noqa: PLC0415

    try:
        with readable():
            root = None if "://" in given.url else _around(Path(given.url))
            stored = vendor(given.url, given.folder, allow=given.allow, root=root)
    except OSError as error:
        raise CannotAsk(
            f"{given.folder}: cannot be written ({error.strerror or type(error).__name__})"
        ) from None
    for file in stored.files:
        print(f"{given.folder / file.name}  from {file.url}")
        for changed in file.notes:
            print(f"  changed: {changed}")
    return 0


def new_source(given: argparse.Namespace) -> int:
    """Write a declaration's skeleton, and say what is left to fill in."""
    from connectors.onboarding import inspect_contract  # noqa: PLC0415
    from connectors.onboarding.skeleton import NotAskable, suggested_id, write_skeleton  # noqa: PLC0415

    if "://" in given.contract:
        raise CannotAsk(
            f"store the contract first: onlyonce sources vendor {given.contract} CATALOGUE/contracts/NAME"
        )
    given.contract = Path(given.contract)
    folder = _catalogue_folder(given.catalogue, given.contract)
    location = _inside(given.contract, folder)
    with readable():
        contract = inspect_contract(given.contract, folder=folder)
    found = [
        one
        for one in contract.operations
        if one.name == given.operation
        and given.service in {None, one.service}
        and given.port in {None, one.port}
    ]
    if not found:
        names = ", ".join(dict.fromkeys(one.name for one in contract.operations)) or "none"
        raise CannotAsk(f"the contract has no such operation; it has: {names[:2000]}")
    operation = next((one for one in found if not one.unsupported), found[0])
    source_id = given.id or suggested_id(operation)
    try:
        made = write_skeleton(
            contract,
            operation,
            source_id=source_id,
            location=location,
            origin=_origin(given.contract),
            surroundings=_surroundings(folder),
        )
    except NotAskable as error:
        raise CannotAsk(str(error)) from None
    _hand_over(made.text, given.output)
    where = given.output or "standard output"
    print(f"{source_id} is in {where}; {len(made.blanks)} lines have blanks to fill in:", file=sys.stderr)
    for line, text in made.blanks:
        print(f"  {given.output or 'line'}:{line}: {text}", file=sys.stderr)
    print(f"Then: onlyonce check {folder}", file=sys.stderr)
    return 0


def _hand_over(text: str, output: Path | None) -> None:
    if output is None:
        print(text, end="")
        return
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise CannotAsk(f"{output}: exists already, and is not written over") from None
    except OSError as error:
        raise CannotAsk(f"{output}: cannot be written ({error.strerror or type(error).__name__})") from None


def _catalogue_folder(given: Path | None, contract: Path) -> Path:
    """The catalogue's folder: as given, or set; else the one that the contract is in the `contracts` folder of."""
    import os  # noqa: PLC0415

    if given is not None or os.environ.get("ONLYONCE_CATALOGUE"):
        return catalogue_settings(given).catalogue
    around = _around(contract)
    return around.parent if around.name == _CONTRACTS else around


def _inside(contract: Path, folder: Path) -> str:
    try:
        return contract.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        raise CannotAsk(
            f"{contract} is not inside the catalogue's folder {folder}: copy it to {folder / _CONTRACTS}, "
            "or store it there with `onlyonce sources vendor`"
        ) from None


def _origin(contract: Path) -> str | None:
    """Where a stored contract was fetched from."""
    from connectors.onboarding.vendor import ORIGINS  # noqa: PLC0415

    try:
        found = _mapping(json.loads((contract.parent / ORIGINS).read_text("utf-8")))
    except (OSError, ValueError):
        return None
    first: object = next(iter(found.get("files", ())), {})
    url = found.get("url")
    return url if isinstance(url, str) and _mapping(first).get("name") == contract.name else None


def _surroundings(folder: Path) -> "Surroundings":
    """What the catalogue has already, sound or not: half of it is enough to know its names."""
    from connectors.onboarding.skeleton import Known, Surroundings  # noqa: PLC0415
    from hub.catalogue.documents import read_document  # noqa: PLC0415
    from hub.catalogue.files import list_files  # noqa: PLC0415

    sections: dict[str, dict[str, Any]] = {"controllers": {}, "sources": {}, "attributes": {}}
    for name in list_files(folder).yaml:
        root = read_document(folder / name, name).root
        for section in sections:
            sections[section] |= _mapping(_mapping(root).get(section))
    serving: dict[str, list[str]] = {}
    for source_id, source in sections["sources"].items():
        for attribute in _mapping(_mapping(source).get("attributes")):
            serving.setdefault(attribute, []).append(source_id)
    attributes = {
        name: Known(
            str(record.get("type", "text")), str(record.get("subject", "")), tuple(serving.get(name, ()))
        )
        for name, record in sections["attributes"].items()
        if isinstance(record, Mapping)
    }
    return Surroundings(attributes, tuple(map(str, sections["controllers"])))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
