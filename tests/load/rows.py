"""A table of many rows through `convert --file`: `python -m tests.load.rows [--rows 1000000]`.

Prints the processor time and the peak of memory of the command for all rows and for a tenth of them: rows are read,
converted and written piece by piece, so that ten times as many must not take twice the memory. Status 1 if they do.
"""

import argparse
import itertools
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from cvae.core.settings import ROOT
from cvae.data.paradigms import read_paradigms


def measure(rows: int) -> float:
    """Convert so many rows, print what that took, and return the peak of memory in MB: that of the largest child."""
    words = itertools.islice(itertools.cycle(row[0] for row in read_paradigms("large").rows), rows)
    with tempfile.TemporaryDirectory() as folder:
        table, answers = Path(folder) / "words.csv", Path(folder) / "answers.csv"
        table.write_text("word,from,to\n" + "".join(f"{word},sp,p\n" for word in words))
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        command = [sys.executable, "-m", "cvae", "convert", "--file", str(table), "--out", str(answers)]
        subprocess.run(command, cwd=ROOT, check=True)
        with answers.open() as file:
            written = sum(1 for _ in file) - 1
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    megabytes = used.ru_maxrss / 1024
    print(f"{written:,} of {rows:,} rows: {used.ru_utime - before:.0f} s of processor time, at most {megabytes:.0f} MB")
    if written != rows:
        sys.exit("Rows are missing.")
    return megabytes


def main() -> None:
    """Measure a tenth first: the peak is that of all children so far."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    tenth = measure(rows // 10)
    sys.exit(measure(rows) > 2 * tenth)


if __name__ == "__main__":
    main()
