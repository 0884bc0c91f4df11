"""How many mutants the tests killed, by module: the last step of `make mutation`, after `mutmut run`.

Ends with status 1 when it was less than 85% in one of them.
"""

import json
import sys
import tomllib
from pathlib import Path

from mutmut.stats import status_by_exit_code

from cvae.core.settings import ROOT

LEAST = 0.85
CAUGHT = {"killed", "timeout", "segfault"}


def main() -> int:
    """Print a line for each module: killed, all, share."""
    worst = 1.0
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for name in project["tool"]["mutmut"]["only_mutate"]:
        results = json.loads((ROOT / "mutants" / f"{name}.meta").read_text())["exit_code_by_key"]
        caught = sum(status_by_exit_code[code] in CAUGHT for code in results.values())
        worst = min(worst, caught / len(results))
        print(f"{Path(name).stem:<12} {caught:4} of {len(results):4} mutants killed  {caught / len(results):6.1%}")
    return int(worst < LEAST)


if __name__ == "__main__":
    sys.exit(main())
