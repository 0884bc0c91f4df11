"""Print the option by which pip takes torch from an index of its own: `python deploy/torch_index.py URL`.

Of PyPI's torch for Linux, CUDA is about 3 GB, which the app never uses; PyTorch's index has the build without it.
Nothing is printed, so that pip uses the sources it has, without a URL, on other systems (where PyPI's build has no
CUDA), and where the index does not answer within LIMIT seconds.
"""

import signal
import sys
import urllib.request

LIMIT = 5
"""Seconds in all; a timeout of the request alone would not count the search for its address."""


def main(url: str) -> None:
    """Print the option, or nothing."""
    if not url or sys.platform != "linux":
        return
    signal.signal(signal.SIGALRM, lambda *_: sys.exit(f"{url} does not answer: torch comes from pip's own sources."))
    signal.alarm(LIMIT)
    try:
        with urllib.request.urlopen(f"{url.rstrip('/')}/torch/"):
            print(f"--extra-index-url={url}")
    except (OSError, ValueError) as error:
        print(f"{url} can't be used ({error}): torch comes from pip's own sources.", file=sys.stderr)


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
