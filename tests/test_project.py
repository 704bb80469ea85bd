"""The lists that say what is installed agree, and so do the addresses."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
INSTALLED = [*PROJECT["dependencies"], *EXTRAS["lab"], *EXTRAS["test"]]


def pinned() -> dict[str, Version]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): Version(version) for name, version in pairs}


@pytest.mark.parametrize("text", INSTALLED)
def test_every_dependency_is_pinned_at_or_above_its_floor(text: str) -> None:
    requirement = Requirement(text)
    version = pinned().get(canonicalize_name(requirement.name))
    assert version is not None, f"{requirement.name} is not in constraints.txt"
    assert requirement.specifier.contains(version)


@pytest.mark.parametrize("text", [*INSTALLED, *EXTRAS["grading"]])
def test_dependencies_have_a_floor_and_no_cap(text: str) -> None:
    assert [specifier.operator for specifier in Requirement(text).specifier] == [">="]


def test_conda_and_binder_make_the_same_environment() -> None:
    files = [ROOT / "environment.yml", ROOT / "binder" / "environment.yml"]
    conda, binder = (yaml.safe_load(file.read_text(encoding="utf-8")) for file in files)
    assert conda == binder
    python = next(entry for entry in conda["dependencies"] if entry.startswith("python="))
    assert python.removeprefix("python=") in supported()


def supported() -> list[str]:
    text = (ROOT / "tools" / "setup_environment.py").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("SUPPORTED"))
    return [f"{major}.{minor}" for major, minor in re.findall(r"\((\d+), (\d+)\)", line)]


def test_the_supported_pythons_are_the_same_everywhere() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))
    assert workflow["jobs"]["tested-versions"]["strategy"]["matrix"]["python"] == sorted(supported())
    assert PROJECT["requires-python"] == f">={sorted(supported())[0]}"


@pytest.mark.parametrize("name", ["README.md", "README.en.md", "binder/postBuild"])
def test_every_way_to_install_uses_the_constraints(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    installs = [line for line in lines if re.search(r"pip install .*--editable", line)]
    assert installs
    assert all("--constraint constraints.txt" in line for line in installs)


def test_the_address_stands_in_one_place() -> None:
    """Nothing but pyproject.toml and what is built from it holds the repository's address."""
    address = PROJECT["urls"]["Repository"].removeprefix("https://")
    built = {ROOT / "pyproject.toml", *ROOT.glob("README*.md"), *ROOT.glob("notebooks/**/*.ipynb")}
    folders = ["course_utils", "tools", "tests", "notebooks", "binder", ".github"]
    for file in [file for folder in folders for file in (ROOT / folder).rglob("*") if file.is_file()]:
        if file not in built and file.suffix in {".py", ".md", ".yml", ".json", ".toml", ""}:
            assert address not in file.read_text(encoding="utf-8"), file
