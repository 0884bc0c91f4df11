"""Build the reference of the library from its docstrings: `python -W error -m docs.reference`, into docs/api/."""

from pathlib import Path

import pdoc

import cvae


def main() -> None:
    """Write the pages."""
    # pdoc takes the exports that are there already, and `cvae` imports an export when it is used.
    for name in cvae.__all__:
        setattr(cvae, name, getattr(cvae, name))
    pdoc.pdoc("cvae", output_directory=Path(__file__).parent / "api")


if __name__ == "__main__":
    main()
