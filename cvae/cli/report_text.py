"""The report of `python -m cvae evaluate` as text for a terminal, in sections at most 100 columns wide."""

import math
from pathlib import Path

from cvae.cli.comparison_text import unseen
from cvae.core.text import counted
from cvae.evaluation.mistakes import SHOWN, abbreviated, mistake_lines, wrong_verbs
from cvae.evaluation.protocol import Report

UNSEEN_TITLES = {
    "heldout": "Held-out verbs: none of their forms was trained on",
    "unseen": "Test verbs: none of their forms was trained on",
}
DIMENSIONS_A_LINE = 16
TABLES_A_LINE = 3
LEAST_KL = 0.005  # the least that is not rounded to 0.00


def render_report(report: Report) -> str:
    """Write all sections for which the report has figures."""
    english = "bleu4" in report
    trained = ": it was trained on them" if report["trained"] else ""
    sections = [
        training_line(report),
        section("Ten test pairs", pairs(report)) if english else "",
        section("Points of the prior, decoded into all tenses", prior(report)),
        section(f"Verbs of {data_name(report)}{trained}", known(report)),
        section("Verbs of this table that were held out", held_out(report["held_out"])) if "held_out" in report else "",
        section("Verbs that everybody knows", familiar(report)) if english else "",
        section("Invented stems: copied letter by letter, from their own z", stems(report)) if english else "",
        *(section(UNSEEN_TITLES[name], unseen(report, part)) for name, part in report["unseen"].items()),
        section("Calibration: how often an answer of some confidence is right", calibration(report)),
        section("Latent space", latent(report)),
        section("Likelihood: nats per word, each word spelled in its own tense", likelihood(report)),
    ]
    return "\n\n".join(filter(None, sections))


def render_task(report: Report) -> str:
    """Write exact match as the shared task counts it."""
    low, high = report["interval"]
    by_part = [f"{name} {part['right']:,} of {part['rows']:,}" for name, part in report["by_part_of_speech"].items()]
    odd = {
        "features that are no column": report["unknown_features"],
        "letters outside the alphabet": report["unreadable"],
    }
    wrong = [f"{counted(count, 'row')} with {what}" for what, count in odd.items() if count]
    lines = [
        f"{report['right']:,} of {report['rows']:,} rows right: {report['exact_match']:.1%} "
        f"[{100 * low:.1f}, {100 * high:.1f}]",
        f"By part of speech: {', '.join(by_part)}",
        *([f"Counted as wrong: {', '.join(wrong)}"] if wrong else []),
        *(f"  {m['lemma']}  {m['features']}  {m['answer']}  (right: {m['right']})" for m in report["mistakes"][:SHOWN]),
    ]
    return "\n".join(lines)


def section(title: str, lines: list[str]) -> str:
    """Write a title, a rule below it, and the lines."""
    return "\n".join([title, "─" * len(title), *lines])


def data_name(report: Report) -> str:
    """Return the name of the data of a report, or of its training, without folders and suffix."""
    return abbreviated(Path(report["data"]).stem)


def training_line(report: Report) -> str:
    """Describe what the checkpoint was trained on, and how."""
    training = report["training"]
    settings = f"{training['objective']}, {training['epochs']:,} epochs, KL weight to {training['beta']:g}"
    return f"Trained on {data_name(training)}: {settings}, seed {training['seed']}"


def sleep(training: Report) -> str:
    """Say whether points of the prior were decoded in training, which raises the Gaussian score."""
    points = training["sleep"]
    return f"trained with a sleep phase ({points:.1f} points a word)" if points else "trained without a sleep phase"


def pairs(report: Report) -> list[str]:
    """Write each pair with its answer, then the mean."""
    lines = [
        f"  {p['source']:<12} {p['from']:>2} → {p['to']:<2}  {p['target']:<12} {p['answer']:<12} {p['bleu4']:.4f}"
        for p in report["pairs"]
    ]
    return [*lines, f"  {'BLEU-4':<46}{report['bleu4']:.3f}"]


def prior(report: Report) -> list[str]:
    """Write the Gaussian scores with their intervals and distinct counts."""
    lines = [
        f"  {report['draws']:,} draws, seed {report['seed']}; {sleep(report['training'])}",
        f"  {'':<18}{'score':>6}   {'95% interval':<15}  distinct",
        _score_line("Gaussian score", report, "gaussian", report["distinct"], report["paradigms"], data_name(report)),
    ]
    if "real_score" in report:
        hit, of = report["real_distinct"], report["real_verbs"]
        lines.append(_score_line("over real verbs", report, "real", hit, of, "all word lists"))
    if "aggregate_score" in report:
        hit = report["aggregate_distinct"]
        lines.append(
            _score_line("of the aggregate", report, "aggregate", hit, of, "all word lists, drawn from its q(z)")
        )
    return [*lines, f"  {'Would not end':<18}{report['unended_draws']:>6,}   of {report['words_drawn']:,} words"]


def _score_line(title: str, report: Report, name: str, distinct: int, verbs: int, where: str) -> str:
    low, high = report[f"{name}_interval"]
    interval = f"{low:.3f} – {high:.3f}"
    return f"  {title:<18}{report[f'{name}_score']:>6.3f}   {interval:<15}  {distinct:,} of {verbs:,} in {where}"


def known(report: Report) -> list[str]:
    """Write exact match on known verbs by inflection class, and the mistakes."""
    lines = [f"  {'':<20}{'verbs':>6}{'model':>10}   exact match, all pairs of different tenses"]
    by_kind = report.get("exact_match_by_kind", {})
    lines += [f"  {name:<20}{report['verbs_by_kind'][name]:>6,}{s:>10.1%}" for name, s in by_kind.items()]
    lines += [f"  {'all':<20}{report['paradigms']:>6,}{report['exact_match']:>10.1%}", ""]
    return lines + mistake_lines(report["mistakes"])


def held_out(part: Report) -> list[str]:
    """Write exact match on the verbs of a table that were not trained on, and the mistakes."""
    verbs = f"{part['verbs']:,} verbs"
    return [
        f"  {verbs:<20}{part['exact_match']:>16.1%}   exact match, all pairs of different tenses",
        "",
        *mistake_lines(part["mistakes"]),
    ]


def familiar(report: Report) -> list[str]:
    """Write exact match on the commonest and on the irregular verbs."""
    return [
        f"  {part['verbs']:>4} {name:<10}{part['exact_match']:>8.1%} exact match; {wrong_verbs(part['mistakes'])}"
        for name, part in ((name, report[name]) for name in ("commonest", "irregular"))
    ]


def stems(report: Report) -> list[str]:
    """Write the share of invented stems that come back, by syllables."""
    return [
        f"  {part['syllables']} syllables{part['come_back']:>15.1%}   of {part['words']:,}"
        for part in report["invented_stems"]
    ]


def group_titles(report: Report) -> dict[str, str]:
    """Return the titles of the groups of verbs that are measured separately."""
    return {"heldout": "held-out", "unseen": "test", "held_out": "held-out rows", "data": data_name(report)}


def calibration(report: Report) -> list[str]:
    """Write the reliability tables, as many side by side as fit, and the expected calibration error of each."""
    parts = [(title, report["calibration"].get(name)) for name, title in group_titles(report).items()]
    parts = [(title, part) for title, part in parts if part]
    blocks = [parts[i : i + TABLES_A_LINE] for i in range(0, len(parts), TABLES_A_LINE)]
    lines = [line for block in blocks for line in (*_reliability(block), "")]
    return [*lines[:-1], "  ECE: distance of confidence and share right, mean over answers (Guo et al. 2017)"]


def _reliability(parts: list[tuple[str, Report]]) -> list[str]:
    lines = [
        " " * 14 + "".join(f"{f'verbs: {title}':>28}" for title, _ in parts),
        f"  {'sure of':<12}" + "".join(f"{'answers':>9}{'confidence':>11}{'right':>8}" for _ in parts),
    ]
    for rows in zip(*(part["bins"] for _, part in parts), strict=True):
        bounds = f"{rows[0]['low']:.1f} – {rows[0]['high']:.1f}"
        lines.append(f"  {bounds:<12}" + "".join(map(_bin, rows)))
    return [*lines, f"  {'ECE':<12}" + "".join(f"{part['error']:>28.3f}" for _, part in parts)]


def _bin(row: Report) -> str:
    if not row["count"]:
        return f"{'–':>9}{'–':>11}{'–':>8}"
    return f"{row['count']:>9,}{row['confidence']:>11.3f}{row['right']:>8.3f}"


def latent(report: Report) -> list[str]:
    """Write what z carries, and the KL of each dimension."""
    words, error = report["words_encoded"], report["mutual_information_error"]
    verbs, every = report["verbs_encoded"], report["paradigms"]
    some = f"{verbs:,} of the {every:,} verbs of " if verbs < every else ""
    distance = f"{report['aggregate_distance']:.2f}"
    information = f"{report['mutual_information']:.2f} ± {error:.2f} nats"
    lines = [
        f"  {'Words encoded':<22}{words:,}, all forms of {some}{data_name(report)}",
        f"  {'Active units':<22}{report['active_units']} of {report['z_size']}",
        f"  {'KL':<22}{report['kl']:.2f} nats a word, which is the sum of",
        f"  {'  mutual information':<22}{information} (standard error); at most ln {words:,} = {math.log(words):.2f}",
        f"  {'  aggregate distance':<22}{distance} nats, of all posteriors together from N(0, I)",
        "  KL by dimension in nats, largest first",
    ]
    kl = [f"{value:6.2f}" for value in report["kl_by_dimension"] if value >= LEAST_KL]
    rows = [kl[i : i + DIMENSIONS_A_LINE] for i in range(0, len(kl), DIMENSIONS_A_LINE)]
    rest = report["z_size"] - len(kl)
    return lines + ["  " + "".join(row) for row in rows] + [f"    {rest} more below {LEAST_KL}"] * bool(rest)


def likelihood(report: Report) -> list[str]:
    """Write the importance-weighted NLL beside the negative ELBO and its two terms."""
    parts = report["likelihood"]
    draws = next(iter(parts.values()))["draws"]
    lines = [f"  {'':<18}{'words':>6}{f'NLL, K = {draws}':>18}{'negative ELBO':>18}{'reconstruction':>18}{'KL':>9}"]
    for name, title in group_titles(report).items():
        if part := parts.get(name):
            nll, bound = (f"{part[key]:.2f} ± {_error(part[f'{key}_error'])}" for key in ("nll", "negative_elbo"))
            terms = f"{part['reconstruction']:>18.2f}{part['kl']:>9.2f}"
            lines.append(f"  {title:<18}{part['words']:>6}{nll:>18}{bound:>18}{terms}")
    return [*lines, "  ± standard error over words. NLL: importance-weighted, a bound that falls with K (Burda 2016)"]


def _error(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
