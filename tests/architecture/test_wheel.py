"""The wheel is complete: installed alone, far from the checkout, it works."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from tests.support.source_tree import PACKAGE, ROOT, name_of, project_files, require_none

pytestmark = [pytest.mark.git, pytest.mark.slow]

SHIPPED = ("hooks/", "templates/")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with the backend that is installed, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a new environment; return the folder of its programs.

    The dependencies are lent by the environment that runs the tests. A path file inside a lent
    folder is not followed, so the checkout itself stays out of sight.
    """
    place = tmp_path_factory.mktemp("environment")
    venv.create(place, symlinks=True)
    python = place / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--quiet", "--python", str(python), "install"]
    command += ["--no-deps", "--no-index", "--disable-pip-version-check", str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    lent = place / "lib" / version / "site-packages" / "lent.pth"
    lent.write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return place / "bin"


def test_the_wheel_holds_the_package_and_what_it_ships(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    names = [name_of(path) for path in project_files()]
    package = {name for name in names if name.startswith(f"{PACKAGE.name}/")}
    shipped = {f"gitprov/_shipped/{name}" for name in names if name.startswith(SHIPPED)}
    require_none((package | shipped) - held)
    require_none(start for start in SHIPPED if not any(name.startswith(start) for name in names))


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    held = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].partition("-")[0] for name in held} == {"gitprov"}
    assert "gitprov/py.typed" in held


@pytest.mark.parametrize("program", ["gitprov", "git-prov"])
def test_the_installed_program_runs_far_from_the_checkout(
    installed: Path, tmp_path: Path, program: str
) -> None:
    command = [str(installed / program), "version"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "0.1.0" in done.stdout


def test_the_installed_program_guards_a_server(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It finds the hooks that it brings along, and its own Python can run them."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    subprocess.run(["git", "init", "--quiet", "--bare", "s.git"], cwd=tmp_path, check=True)
    said = ""
    for command in ("install", "doctor"):
        done = subprocess.run(
            [str(installed / "gitprov"), "server", command, "s.git"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        said += done.stdout
    assert said.count(": refused with GPV-") == 3


def test_the_installed_package_is_not_the_checkout(installed: Path, tmp_path: Path) -> None:
    command = [str(installed / "python"), "-c", "import gitprov.errors as e; print(e.__file__)"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.startswith(str(installed.parent))


def test_the_libraries_are_those_that_the_requirements_count() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [re.match(r"[\w.-]+", line)[0] for line in project["dependencies"]]  # type: ignore[index]
    assert names == ["click", "pydantic", "pygit2", "pysequoia", "python-gnupg", "ruamel.yaml"]
    rows = (ROOT / "docs/requirements.md").read_text(encoding="utf-8")
    assert "gitprov needs Git, GnuPG and six Python libraries" in rows
