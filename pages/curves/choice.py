"""Which recorded runs are shown: an experiment or part of it, other runs laid over it, runs of the training page."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import streamlit as st

from cvae.core.errors import BadRun, TenseLabError
from cvae.core.settings import curves_folder, runs_folder
from cvae.experiments.answers import SENTENCE, fill_in
from cvae.experiments.groups import Group, group_runs
from cvae.runs.history import About, Curve, RecordedRun, find_runs, read_about, read_run, stamp_of_run
from cvae.runs.queue import find_run, full_title
from cvae.runs.run import Run
from pages.shared.messages import plain
from pages.shared.navigation import RUN_IDS, put_in_address

MINE = "my_runs"
"""The parameter of a link that names the visitor's runs, separated by commas."""
MOST_BUTTONS = 14
"""Up to this number of experiments, each has a button; more are offered as a list."""
MOST_BAD = 5
"""The number of unreadable runs that are named."""
NONE, IN_ADDRESS = "none", "experiment_in_address"
TOGETHER, EACH = "mean and band", "each seed"
EMPTY = """No runs are recorded yet. Record one, then reload this page:
```
python -m cvae train --out checkpoints/runs/mine/first --kl cyclical --epochs 20
```
Runs that are elsewhere, those of a sweep for example, are shown when `TENSE_LAB_CURVES` names their folder."""
HELP = {
    "experiment": "Runs that were recorded to answer one question. Runs that differ only in their seed form one group.",
    "runs": "All runs of the experiment, if none is chosen.",
    "more": "Runs of other experiments to overlay: all seeds of one group, or a single run.",
    "seeds": "The mean over the seeds with a band around it, or every seed as a line of its own.",
}


@dataclass(frozen=True, eq=False)
class ChosenRuns:
    """The runs that the visitor wants to see. groups: in the order of their colours; every: all recorded runs.

    view: how it is shown; answer: what the experiment's finished runs say, in Markdown.
    """

    groups: list[Group]
    each_seed: bool
    every: list[Group]
    view: str = ""
    answer: str = ""

    @property
    def curves(self) -> list[Curve]:
        """The lines to draw."""
        return [curve for group in self.groups for curve in (group.curves() if self.each_seed else [group.curve()])]

    @property
    def recorded(self) -> set[str]:
        """The names of the columns that at least one of the runs has."""
        return {name for group in self.groups for run in group.runs for name in run.columns}


def choose(views: Mapping[str, str]) -> ChosenRuns:
    """Ask which runs to show. If none is recorded, say how to record one, and stop the page."""
    folder = curves_folder()
    read = {name: _read_all(paths, name) for name, paths in find_runs(folder).items()}
    experiments = {name: group_runs(runs) for name, (runs, _) in read.items()}
    experiments = {name: groups for name, groups in experiments.items() if groups}
    mine, left_out = _my_groups()
    bad = [(_place_of(path, name), reason) for name, (_, reasons) in read.items() for path, reason in reasons.items()]
    _tell_bad([f"{place}: {reason}" for place, reason in bad] + left_out)
    if not experiments and not mine:
        st.info(EMPTY)
        st.stop()
    abouts = {name: read_about(folder / name) for name in experiments}
    name = _pick_experiment(abouts) if experiments else NONE
    about = abouts.get(name)
    if about and about.question:
        st.markdown(f"**{plain(about.question)}**")
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="asked"):
        view = st.segmented_control(
            "View", views, default=next(iter(views)), required=True, key="chart", bind="query-params",
            format_func=views.__getitem__, label_visibility="collapsed",
        )  # fmt: skip
        with st.popover("Runs", icon=":material/tune:", key="choose_runs"):
            seeds = st.segmented_control(
                "Seeds", [TOGETHER, EACH], default=TOGETHER, required=True, key="seeds", bind="query-params",
                help=HELP["seeds"],
            )  # fmt: skip
            groups = _pick_groups(experiments.get(name, []))
            more = _pick_more(_others(experiments, abouts, name), mine)
    first = len(experiments.get(name, []))  # colours stay when a run of the experiment is left out
    laid_over = [replace(group, place=first + i) for i, group in enumerate(more)]
    every = [group for groups in experiments.values() for group in groups]
    answer = _answer(about, [run for group in experiments[name] for run in group.runs]) if about else ""
    return ChosenRuns(_named_apart([*groups, *laid_over]), seeds == EACH, every, view, answer)


def _answer(about: About, runs: Sequence[RecordedRun]) -> str:
    """Return the answer as far as its runs are finished, and where it differs from what others found, as a list."""
    answer, differs = fill_in((about.answer, about.differs), runs)
    sentences = SENTENCE.split(f"{answer} {differs}".strip()) if answer else []
    return "\n".join(f"- {plain(sentence)}" for sentence in sentences)


def _tell_bad(reasons: Sequence[str]) -> None:
    """Show which runs are left out, and why."""
    if reasons:
        shown = "".join(f"\n- {plain(reason)}" for reason in reasons[:MOST_BAD])
        more = f"\n- and {len(reasons) - MOST_BAD} more" if len(reasons) > MOST_BAD else ""
        count = "1 run is" if len(reasons) == 1 else f"{len(reasons)} runs are"
        st.warning(f"{count} left out because {'it' if len(reasons) == 1 else 'they'} can’t be read:{shown}{more}")


def _place_of(path: Path, experiment: str) -> str:
    """Return the name of a run that can't be read, with that of its experiment, as far as it is text."""
    return os.fsencode("/".join(filter(None, (experiment, path.name)))).decode(errors="replace")


def _read_all(paths: Sequence[Path], experiment: str) -> tuple[list[RecordedRun], dict[Path, str]]:
    """Return the runs that can be read, and the reasons why others can't."""
    # As bytes: Streamlit can't take the key of a text that is not UTF-8, which the name of a folder may be.
    return _read_together(tuple((os.fsencode(path), stamp_of_run(path)) for path in paths), os.fsencode(experiment))


@st.cache_resource(show_spinner=False, max_entries=100)
def _read_together(
    paths: tuple[tuple[bytes, tuple[int, ...]], ...], experiment: bytes
) -> tuple[list[RecordedRun], dict[Path, str]]:
    """Read all runs with one look into the cache instead of one for each run."""
    runs, reasons = [], {}
    for path, mark in paths:
        try:
            runs.append(_read(path, experiment, mark))
        except TenseLabError as error:
            reasons[Path(os.fsdecode(path))] = str(error)
    return runs, reasons


@st.cache_resource(show_spinner="Reading the recorded runs …", max_entries=4000)
def _read(path: bytes, experiment: bytes, mark: tuple[int, ...]) -> RecordedRun:
    return read_run(Path(os.fsdecode(path)), os.fsdecode(experiment))


def _my_groups() -> tuple[list[Group], list[str]]:
    """Return the runs of the Train page, each as a group of its own, and the reasons why others are left out."""
    own = st.session_state.get(RUN_IDS, [])
    paths, left_out = [], []
    for run_id in filter(None, dict.fromkeys([*own, *st.query_params.get(MINE, "").split(",")])):
        try:
            paths.append(find_run(runs_folder(), run_id).path)
        except BadRun as error:
            if run_id not in own:  # a run of one's own that is gone was removed
                left_out.append(str(error))
    runs = []
    for path in paths:
        try:
            runs.append(_read_mine(os.fsencode(path), stamp_of_run(path)))
        except TenseLabError as error:
            left_out.append(f"{_called(path)}: {error}")
    named = [replace(run, name=_called(run.path)) for run in runs]
    return [Group(f"yours: {run.name}", (run,)) for run in named], left_out


@st.cache_resource(show_spinner=False, max_entries=8)  # each may hold all the words that an upload may bring
def _read_mine(path: bytes, mark: tuple[int, ...]) -> RecordedRun:
    return read_run(Path(os.fsdecode(path)), "yours")


def _called(path: Path) -> str:
    """Return the title of a run and the beginning of its id; the whole id is the key to the run."""
    run, name = Run(path), "run"
    with suppress(BadRun):
        name = full_title(run)
    return f"{name} · {run.short_id}"


def _pick_experiment(abouts: dict[str, About]) -> str:
    """Return the name of an experiment, or NONE.

    Kept in the address by hand: a bound widget would write the title there, and links should name the folder.
    """
    titles = {name: about.title for name, about in abouts.items()} | {NONE: "Single runs"}
    asked = st.query_params.get("experiment")
    if asked in titles and asked != st.session_state.get(IN_ADDRESS):
        st.session_state["experiment"] = asked
    if "experiment" not in st.session_state:
        st.session_state["experiment"] = next(iter(titles))
    shown: dict[str, Any] = {
        "key": "experiment", "help": HELP["experiment"],
        "on_change": st.session_state.update, "kwargs": {"runs": []},
        "persist_state": "session",
    }  # fmt: skip
    if len(titles) <= MOST_BUTTONS:
        chosen = st.segmented_control(
            "Experiment", list(titles), required=True, label_visibility="collapsed",
            format_func=lambda name: plain(titles[name]), **shown,
        )  # fmt: skip
    else:  # whose options are no Markdown
        chosen = st.selectbox("Experiment", list(titles), format_func=titles.__getitem__, **shown)
    name = str(chosen)
    put_in_address("experiment", name)
    st.session_state[IN_ADDRESS] = name
    return name


def _pick_groups(groups: list[Group]) -> list[Group]:
    """Ask for a part of the experiment; all of it if nothing is chosen."""
    if not groups:
        return []
    names = [group.name for group in groups]
    wanted = st.multiselect(
        "Runs", names, key="runs", bind="query-params", placeholder=f"all {len(names)}", help=HELP["runs"]
    )
    return [group for group in groups if not wanted or group.name in wanted]


def _others(experiments: dict[str, list[Group]], abouts: dict[str, About], chosen: str) -> dict[str, Group]:
    """Return what can be overlaid, by name: the groups of the other experiments, then every single run."""
    kinds = {
        f"{abouts[name].title}: {group.name}": group
        for name, groups in experiments.items()
        if name != chosen
        for group in groups
    }
    kinds = {name: replace(group, name=name) for name, group in kinds.items()}
    every = [(group, run) for groups in experiments.values() for group in groups for run in group.runs]
    return kinds | {run.id: Group(f"{run.id} ({group.name}, seed {run.seed})", (run,)) for group, run in every}


def _pick_more(others: dict[str, Group], mine: list[Group]) -> list[Group]:
    """Ask for the runs to overlay; those of the Train page come last."""
    names = [group.name for group in mine]
    more = st.multiselect(
        "Overlay", list(others), key="more", bind="query-params", placeholder="other runs", help=HELP["more"]
    )
    own = st.multiselect("Runs of the training page", names, default=names, key="own") if mine else []
    return [others[name] for name in more] + [group for group in mine if group.name in own]


def _named_apart(groups: Sequence[Group]) -> list[Group]:
    """Return the groups, renamed where two have the same name."""
    names: set[str] = set()
    apart: list[Group] = []
    for group in groups:
        name, count = group.name, 1
        while name in names:
            count += 1
            name = f"{group.name} ({count})"
        names.add(name)
        apart.append(replace(group, name=name))
    return apart
