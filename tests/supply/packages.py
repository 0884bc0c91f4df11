"""What is locked, and what is installed because this project asks for it."""

from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cvae.core.settings import ROOT

SPACY = "spacy"
"""What pyinflect says it needs: only its data file is read, so it is installed alone."""

LONGEST_NAME = 40
"""Letters of a licence's name; where more is told it is the licence itself."""


def read_requirements(path: Path) -> Iterator[Requirement]:
    """The lines of a requirements or lock file that hold on this machine; hashes and options are left out."""
    for line in path.read_text().splitlines():
        text = line.split("#")[0].removesuffix("\\").strip()
        if text and not text.startswith("-"):
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate():
                yield requirement


def locked(*names: str) -> dict[str, str]:
    """Return the versions by package that these files in `locks/` name."""
    lines = [each for name in names for each in read_requirements(ROOT / "locks" / f"{name}.txt")]
    return {canonicalize_name(each.name): str(each.specifier).removeprefix("==") for each in lines}


def installed(wanted: Iterable[Requirement]) -> dict[str, Distribution]:
    """Return those packages and their requirements here, by name. Raises PackageNotFoundError for a missing one."""
    found: dict[str, Distribution] = {}
    todo = list(wanted)
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        if name in found or name == SPACY:
            continue
        found[name] = distribution(name)
        todo += [each for each in _needs(found[name], requirement.extras)]
    return dict(sorted(found.items()))


def installed_for_all() -> dict[str, Distribution]:
    """Return what the app and its tests need here, see `installed`."""
    names = ("requirements.txt", "requirements-dev.txt")
    return installed(each for name in names for each in read_requirements(ROOT / name))


def _needs(package: Distribution, extras: set[str]) -> Iterator[Requirement]:
    for text in package.requires or []:
        need = Requirement(text)
        if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield need


def licence(package: Distribution) -> str:
    """Return the licence that a package states: by name, by classifiers, or by the first line of its licence file."""
    said = package.metadata
    name = (said.get("License") or "").strip()
    classifiers = [line.split("::")[-1].strip() for line in said.get_all("Classifier", []) if "License ::" in line]
    files = [file.read_text() for file in package.files or [] if file.name.startswith("LICENSE")]
    short = name if len(name) <= LONGEST_NAME and name != "UNKNOWN" else ""
    text = name or next(iter(files), "")
    return said.get("License-Expression") or short or ", ".join(classifiers) or text.strip().partition("\n")[0]
