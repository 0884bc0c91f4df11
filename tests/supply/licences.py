"""The licence of everything that is installed for the app and its tests: `python -m tests.supply.licences`.

Ends with status 1 when a package declares none, or one that is neither permissive nor MPL.
"""

import re
import sys
from collections import defaultdict

from tests.supply.packages import installed_for_all, licence

ACCEPTED = re.compile(r"\b(?:MIT|0?BSD|Apache|PSFL?|ISC|MPL|Mozilla|Zlib|CC0|BSL-1\.0|CNRI-Python|Python Software)\b")
REFUSED = re.compile(r"\b[AL]?GPL|\bElastic|\bSSPL|proprietary|commercial|all rights reserved", re.IGNORECASE)


def is_accepted(text: str) -> bool:
    """Whether a licence, as a package tells it, is permissive or MPL."""
    return bool(ACCEPTED.search(text)) and not REFUSED.search(text)


def main() -> None:
    """Print one line for each package, by licence."""
    by_licence, doubtful = defaultdict(list), []
    for name, package in installed_for_all().items():
        text = licence(package)
        by_licence[text or "none told"].append(f"{name} {package.version}")
        if not is_accepted(text):
            doubtful.append(name)
    for text, packages in sorted(by_licence.items()):
        print(f"{text}:\n  {', '.join(packages)}")
    print(f"{sum(map(len, by_licence.values()))} packages; to look at: {', '.join(doubtful) or 'none'}")
    sys.exit(bool(doubtful))


if __name__ == "__main__":
    main()
