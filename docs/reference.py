"""Build the reference of the library from its docstrings: `python -W error -m docs.reference`, into docs/api/."""

from pathlib import Path

import pdoc

import cvae

# pdoc looks for what a package exports among what is there already, and `cvae` imports its exports when they are used.
for name in cvae.__all__:
    setattr(cvae, name, getattr(cvae, name))
pdoc.pdoc("cvae", output_directory=Path(__file__).parent / "api")
