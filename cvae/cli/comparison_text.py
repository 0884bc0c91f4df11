"""The comparison of a model with its baselines, on verbs that it never saw, as a section of `cvae.cli.report_text`."""

import numpy as np

from cvae.evaluation.mistakes import mistake_lines
from cvae.evaluation.protocol import Report

METHODS = ("model", "rules", "analogy", "copy")


def unseen(report: Report, part: Report) -> list[str]:
    """Write the model beside its baselines by group, the tense pairs, and the mistakes."""
    words = len(report["tenses"]) ** 2 * part["verbs"]
    found = f"of {part['tense_asked']:,} forms of one tense"
    lines = [
        f"  {'exact match in %':<20}{'verbs':>6}" + "".join(f"{method:>18}" for method in METHODS),
        *(
            f"  {row['group']:<20}{row['verbs']:>6,}" + "".join(f"{_interval(row[method]):>18}" for method in METHODS)
            for row in part["groups"]
        ),
        "",
        f"  {'model minus …':<26}" + "".join(f"{method:>20}" for method in METHODS[1:]),
        *(
            f"  {row['group']:<26}" + "".join(f"{_difference(row[method]):>20}" for method in METHODS[1:])
            for row in part["model_minus"]
        ),
        "  95% intervals: bootstrap over verbs. Class-weighted: as often as in large.txt",
        "  rules: lemminflect’s for unknown words (Jascob 2020)",
        "  analogy: as the verbs of large.txt whose form shares the longest ending with the word",
        "",
        f"  {'Tense found':<18}{part['tense_found']:>8.1%}   {found}",
        f"  {'Would not end':<18}{part['unended']:>8,}   of {words:,} words",
    ]
    others, doubts = part["other_spellings"], part["doubts"]
    if others["words"]:
        said = f"of the conversions of {others['words']:,} words"
        lines.append(f"  {'Other spellings':<18}{others['exact_match']:>8.1%}   {said}")
    if doubts["lost"] and doubts["wrong"]:
        said = f"of {doubts['words']:,} words do not come back from their own z:"
        lines += [
            f"  {'Not taken up':<18}{doubts['lost']:>8,}   {said}",
            f"  {'  precision':<18}{doubts['precision']:>8.1%}   of these have a wrong form in another tense",
            f"  {'  recall':<18}{doubts['recall']:>8.1%}   of the words that have a wrong form are among these",
        ]
    return [
        *lines,
        "",
        "  By tense pair (from down, to across)",
        *_matrix(report, part),
        "",
        *mistake_lines(part["mistakes"]),
    ]


def _interval(share: list[float]) -> str:
    """Format share, low and high in per cent."""
    mean, low, high = (100 * value for value in share)
    return f"{mean:.1f} {low:.1f}–{high:.1f}"


def _difference(shares: list[float]) -> str:
    """Format a difference of shares, its low and its high, in points."""
    mean, low, high = (100 * value for value in shares)
    return f"{mean:+.1f} [{low:.1f}, {high:.1f}]"


def _matrix(report: Report, part: Report) -> list[str]:
    tenses = report["tenses"]
    rows = np.array(part["by_tense_pair"])
    return ["      " + "".join(f"{name:>9}" for name in tenses)] + [
        f"  {name:<4}" + "".join(f"{share:>9.1%}" for share in row) for name, row in zip(tenses, rows, strict=True)
    ]
