"""What `python -m cvae benchmark` prints."""

from typing import Any


def render(report: dict[str, Any]) -> str:
    """Ratios first, absolute figures second, as text for a terminal."""
    lines = ["Ratios"]
    for section, figures in report.items():
        if section.startswith("training"):
            ours, double = figures["words per second"], figures["in batches of 256"]
            half, plain_half = figures["with teacher forcing 0.5"], figures["plain nn.LSTM with teacher forcing 0.5"]
            lines += [
                f"  {section}",
                f"    against the classroom way         {ours / figures['classroom way']:8.1f} x",
                f"    the same in batches of 256        {double / figures['classroom way']:8.1f} x",
                f"    against plain nn.LSTM             {ours / figures['plain nn.LSTM']:8.2f} x",
                f"    with teacher forcing 0.5          {half / plain_half:8.2f} x",
                f"    of the roofline                   {ours / figures['roofline']:8.0%}",
            ]
    bulk, start = report["bulk"], report["start-up"]
    rules = bulk["words per second, lemminflect's rules"]
    lines += [
        f"  bulk conversion against the rules   {bulk['words per second, tense given'] / rules:8.2f} x",
        f"  start-up against the bare imports   {start['convert page'] / start['torch and streamlit alone']:8.2f} x",
    ]
    for section, figures in report.items():
        lines += ["", section[0].upper() + section[1:]]
        lines += [f"  {name:<52} {_number(value)}" for name, value in figures.items()]
    return "\n".join(lines)


def _number(value: Any) -> str:
    if isinstance(value, dict):
        return "  ".join(f"{name}: {number:.3g}" for name, number in value.items())
    return f"{value:12,.2f}" if isinstance(value, float) else f"{value!s:>12}"
