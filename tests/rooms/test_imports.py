"""Who may import whom, what a workflow loads, and the small rules of the house that no linter knows."""

from __future__ import annotations

import ast
import functools
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ROOMS: list[str] = PROJECT["tool"]["importlinter"]["root_packages"]
OUTSIDE = {"bench", "docs", "migrations", "tests", "tools"}
"""Folders that are no room, and that no room imports (alembic finds migrations by its own path)."""

LONGEST_FILE = 400
ONE_FILE_BY_CONTRACT = {"models/tables.py"}
"""One list of tables, and the only file with sqlmodel: a contract keeps it one, so its length is no second idea."""

SHAPELESS = {"utils", "util", "common", "core", "helpers", "helper", "misc", "shared", "lib"}
NEVER_IN_A_WORKFLOW = ("sqlmodel", "sqlalchemy", "twilio", "fastapi")

ENGINE_CLIENTS = {
    "audit", "commands", "console_doors.py", "demo", "embedded.py", "post/gateway.py", "starter.py", "wiring.py",
    "worker.py",
}  # fmt: skip
"""Who may hold a Temporal client: in post the gateway alone, audit (it fetches histories), and entry points."""

ENTRY_POINTS: dict[str, set[str]] = {
    "settings.py": {
        *ROOMS,
        "embedded",
        "providers",
        "starter",
        "temporalio",
        "sqlalchemy",
        "sqlmodel",
        "wiring",
        "worker",
    },
    "providers.py": {
        "activities",
        "audit",
        "commands",
        "demo",
        "embedded",
        "models.tables",
        "policies",
        "projections",
        "sqlmodel",
        "starter",
        "temporalio",
        "wiring",
        "worker",
        "workflows",
    },
    "wiring.py": {"audit", "commands", "console_doors", "demo", "embedded", "starter", "worker"},
    "console_doors.py": {
        "audit",
        "commands",
        "demo",
        "embedded",
        "models.tables",
        "settings",
        "sqlalchemy",
        "sqlmodel",
        "starter",
        "worker",
    },
    "worker.py": {
        "commands",
        "demo",
        "embedded",
        "models.tables",
        "sqlalchemy",
        "sqlmodel",
        "starter",
        "twilio",
    },
    "starter.py": {"models.tables", "sqlalchemy", "sqlmodel", "twilio", "worker"},
    "embedded.py": {*ROOMS, "providers", "settings", "sqlalchemy", "sqlmodel", "starter", "wiring", "worker"},
}
"""The top-level modules and what each never imports: import-linter takes no single file as a root."""

SETTINGS_READERS = {"bench", "commands", "demo", "providers.py", "starter.py", "tests", "wiring.py", "worker.py"}
"""Wiring with its part, and who hands it the settings: entry points and tests. No room below reads one."""

TABLE_READERS = {"adapters", "bench", "commands", "demo", "migrations", "models", "projections", "tests", "wiring.py"}

WORKFLOW_FILES = sorted(path.stem for path in (ROOT / "workflows").glob("*.py") if path.stem != "__init__")


def test_every_contract_is_kept() -> None:
    linted = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
            "--no-logo",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    kept = re.search(r"Contracts: (\d+) kept, (\d+) broken", linted.stdout)
    assert kept is not None, linted.stdout + linted.stderr
    assert (linted.returncode, int(kept[2])) == (0, 0), linted.stdout
    assert int(kept[1]) == len(PROJECT["tool"]["importlinter"]["contracts"]) > 0


def test_every_room_has_a_contract() -> None:
    rooms = {found.parent.name for found in ROOT.glob("*/__init__.py")} - OUTSIDE
    assert rooms == set(ROOMS), "a new room needs its contract in pyproject.toml"
    sources = {room for contract in contracts() if len(room_list(contract)) == 1 for room in room_list(contract)}
    assert sources == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_imports_what_is_no_room(room: str) -> None:
    found = {
        f"{path.name}: {name}"
        for path in python_files(room)
        for name in imported(path)
        if name.split(".")[0] in OUTSIDE
    }
    assert found == set()


@pytest.mark.parametrize("name", ENTRY_POINTS)
def test_an_entry_point_keeps_to_its_part(name: str) -> None:
    never = ENTRY_POINTS[name]
    assert {
        module for module in imported(ROOT / name) for part in never if module == part or module.startswith(f"{part}.")
    } == set()


def test_settings_are_read_by_wiring_and_entry_points() -> None:
    assert importers("settings") <= SETTINGS_READERS


def test_tables_are_read_by_adapters_projections_and_entry_points() -> None:
    found = importers("models.tables")
    assert "adapters" in found
    assert found <= TABLE_READERS


def test_a_temporal_client_is_held_by_the_gateway_and_entry_points() -> None:
    found = {where for where in importers("temporalio.client", fine="post") if where not in OUTSIDE}
    assert found <= ENGINE_CLIENTS


def test_there_are_workflows_to_load() -> None:
    assert WORKFLOW_FILES, "workflows/ holds no module, so the tests below would prove nothing"


@pytest.mark.parametrize("module", WORKFLOW_FILES)
def test_a_workflow_loads_no_store_vendor_or_web(module: str) -> None:
    program = f"import json, sys, workflows.{module}; print(json.dumps(sorted(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert loaded.returncode == 0, loaded.stderr
    modules: list[str] = json.loads(loaded.stdout)
    assert f"workflows.{module}" in modules
    assert [name for name in modules if name.split(".")[0] in NEVER_IN_A_WORKFLOW] == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_init_is_empty(room: str) -> None:
    inits = list((ROOT / room).rglob("__init__.py"))
    assert ROOT / room / "__init__.py" in inits
    assert [str(path.relative_to(ROOT)) for path in inits if path.stat().st_size] == []


def test_nothing_is_called_utils() -> None:
    names = {path.stem for room in ROOMS for path in (ROOT / room, *python_files(room))} | {
        path.stem for path in ROOT.glob("*.py")
    }
    assert len(names) > len(ROOMS)
    assert names & SHAPELESS == set()


@pytest.mark.parametrize("room", ROOMS)
def test_a_file_fits_one_idea(room: str) -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in python_files(room)
        if str(path.relative_to(ROOT)) not in ONE_FILE_BY_CONTRACT
        and (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert long == {}, f"over {LONGEST_FILE} lines: what is the second idea called?"


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-aliyun.lock", "requirements-dev.lock"])
def test_a_lock_names_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    assert pinned(name)
    assert re.findall(r"https?:|file:|git\+|--(?:extra-)?index-url|--find-links| @ ", text) == []
    unhashed = [line for line in re.findall(r"^\S+==.*$", text, re.MULTILINE) if not line.endswith("\\")]
    assert unhashed == [], "every package is checked against a hash"


@pytest.mark.parametrize("folder", [".", "tools/contracts"])
def test_a_lock_of_npm_names_no_address_and_each_package_by_its_hash(folder: str) -> None:
    asked = json.loads((ROOT / folder / "package.json").read_text())
    lock = json.loads((ROOT / folder / "package-lock.json").read_text())["packages"]
    wanted: dict[str, str] = {**asked.get("dependencies", {}), **asked["devDependencies"]}
    house = lock.pop("")
    assert {**house.get("dependencies", {}), **house["devDependencies"]} == wanted, "npm install --package-lock-only"
    assert {name: lock[f"node_modules/{name}"]["version"] for name in wanted} == wanted, "each to the very version"
    assert [name for name, found in lock.items() if "resolved" in found or "integrity" not in found] == []


def test_what_is_tested_is_what_runs() -> None:
    run, extra, dev = (pinned(f"requirements{name}.lock") for name in ("", "-aliyun", "-dev"))
    assert run.items() < extra.items() < dev.items(), "make lock"


def test_the_locks_hold_every_dependency() -> None:
    run, dev = pinned("requirements.lock"), pinned("requirements-dev.lock")
    asked = {plain_name(text) for text in PROJECT["project"]["dependencies"]}
    assert asked <= run.keys(), "make lock"
    assert {plain_name(text) for text in PROJECT["dependency-groups"]["dev"]} <= dev.keys(), "make lock"
    asked_of_extra = {plain_name(text) for text in PROJECT["project"]["optional-dependencies"]["aliyun"]}
    assert asked_of_extra <= pinned("requirements-aliyun.lock").keys() - run.keys(), "make lock"


def contracts() -> list[dict[str, list[str]]]:
    return PROJECT["tool"]["importlinter"]["contracts"]


def room_list(contract: dict[str, list[str]]) -> list[str]:
    return contract.get("source_modules", [])


def python_files(room: str) -> Iterator[Path]:
    return (path for path in sorted((ROOT / room).rglob("*.py")) if "__pycache__" not in path.parts)


def importers(module: str, fine: str = "") -> set[str]:
    """The folders and top-level files that import `module`; for the folder `fine`, the files themselves."""
    found: set[str] = set()
    for path in sorted((*ROOT.glob("*.py"), *ROOT.glob("[a-z]*/**/*.py"))):
        if any(name == module or name.startswith(f"{module}.") for name in imported(path)):
            place = path.relative_to(ROOT)
            found.add(str(place) if place.parts[0] == fine else place.parts[0])
    return found


@functools.cache
def imported(path: Path) -> frozenset[str]:
    """Every module a file names in an import, wherever in the file; `from a import b` counts as `a` and as `a.b`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(names)


def pinned(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==([^\s;]+)", (ROOT / lock).read_text(), re.MULTILINE))


def plain_name(requirement: str) -> str:
    return re.split(r"[\[<>=;~! ]", requirement, maxsplit=1)[0].lower()
