"""The order of the packages, as the imports themselves show it (late imports included)."""

import ast
import re
from pathlib import Path

import pytest

from cvae.core.settings import ROOT

ORDER = (
    ("core",),
    ("data",),
    ("model",),
    ("inference",),
    ("evaluation",),
    ("training",),
    ("runs",),
    ("experiments",),
    ("charts", "cluster", "web"),
    ("cli",),
)
"""The packages of `cvae/`, ground first; those of one level do not import each other."""

LEVEL = {name: level for level, names in enumerate(ORDER) for name in names}
LIBRARY = sorted((ROOT / "cvae").rglob("*.py"))
PAGES = sorted((ROOT / "pages").rglob("*.py"))


def imports_of(path: Path) -> set[str]:
    """The dotted names of everything that a file imports, wherever in the file; `from a import b` counts as a.b."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def packages_of(imports: set[str], root: str) -> set[str]:
    """The packages directly below `root` that are imported."""
    return {name.split(".")[1] for name in imports if name.startswith(f"{root}.")}


def test_every_package_has_its_place_in_the_order():
    assert {path.name for path in (ROOT / "cvae").iterdir() if (path / "__init__.py").exists()} == set(LEVEL)


@pytest.mark.parametrize("name", LEVEL)
def test_no_package_imports_one_above_it(name):
    for path in sorted((ROOT / "cvae" / name).rglob("*.py")):
        above = {room for room in packages_of(imports_of(path), "cvae") if room != name and LEVEL[room] >= LEVEL[name]}
        assert not above, f"{path.relative_to(ROOT)} imports {', '.join(sorted(above))}"


def test_the_table_of_packages_names_the_imports_of_each():
    names = list(LEVEL)
    lines = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").splitlines()
    rows = [line.strip("| ").split("|") for line in lines if line.startswith("| `")]
    shown = {cells[0].strip(" `"): re.findall(r"`(\w+)`", cells[-1]) for cells in rows if cells[0].strip(" `") in LEVEL}
    shown["core"], shown["cli"] = [], [name for name in names if name not in ("cli", *shown["cli"])]
    for name in names:
        paths = (ROOT / "cvae" / name).rglob("*.py")
        found = set().union(*(packages_of(imports_of(path), "cvae") for path in paths)) - {name}
        assert shown[name] == sorted(found, key=names.index), name


def test_the_library_imports_neither_streamlit_nor_pages():
    for path in LIBRARY:
        assert not {name for name in imports_of(path) if name.split(".")[0] in ("streamlit", "pages")}, path


def test_no_page_imports_torch():
    for path in [*PAGES, ROOT / "streamlit_app.py"]:
        assert not {name for name in imports_of(path) if name.split(".")[0] == "torch"}, path


def test_no_page_imports_another_page():
    for path in PAGES:
        page = path.relative_to(ROOT / "pages").parts[0]
        others = packages_of(imports_of(path), "pages") - {page, "shared"}
        assert not others, f"{path.relative_to(ROOT)} imports {', '.join(sorted(others))}"


def test_no_module_lies_outside_a_package():
    assert {path.name for path in (ROOT / "cvae").glob("*.py")} == {"__init__.py", "__main__.py"}
    assert not list((ROOT / "pages").glob("*.py"))
    assert all((path.parent / "__init__.py").exists() for path in [*LIBRARY, *PAGES])


def test_no_folder_has_more_than_fourteen_modules():
    for folder in {path.parent for path in [*LIBRARY, *PAGES]}:
        assert len(list(folder.glob("*.py"))) <= 14, folder
