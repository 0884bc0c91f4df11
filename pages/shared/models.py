"""The checkpoint that a page works with: picked in the sidebar, loaded once for all visitors."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime import get_instance

from cvae.core.config import LARGEST_SEED
from cvae.core.errors import BadCheckpoint, TenseLabError
from cvae.core.files import digest_of
from cvae.core.settings import DEFAULT_MODEL, checkpoints_folder, runs_folder
from cvae.core.text import counted
from cvae.data.verbs import Paradigm, headword
from cvae.data.vocabulary import Vocabulary
from cvae.inference.word_lists import describe_training, real_paradigms, training_paradigms
from cvae.model.checkpoint import CheckpointInfo, find_checkpoints, load_checkpoint, read_info
from cvae.model.cvae import CVAE
from cvae.runs.queue import find_model, full_title, id_of, model_key
from cvae.runs.run import Run
from cvae.runs.upload import confined
from pages.shared import navigation
from pages.shared.messages import plain, sentences
from pages.shared.navigation import MODEL, MODEL_PICKED, QUIET, RUN

OFFERED = "models_of_runs"
HELP = (
    "z: how many numbers stand for a word between encoder and decoder. BLEU-4: agreement in runs of up to four letters "
    "on ten test pairs, at most 1. Gaussian score: the share of points drawn from N(0, I) that decode to a training "
    "verb; distinct: how many different ones. Held-out exact match: right conversions of verbs it was never shown."
)
EXPERIMENT = "from the experiments: "
"""The prefix of the names of models of recorded experiments."""
AUTO = "auto"
LONGEST_FACT = 60
"""The number of characters at which the name of the data is cut."""


@dataclass(frozen=True)
class Opened:
    """A model that is ready to answer. version: its file and the SHA-256 of that, for caches of what it answered."""

    model: CVAE
    info: CheckpointInfo
    version: tuple[str, str]


def link_to_model(run_id: str) -> dict[str, str]:
    """Put the model of a run into this visitor's picker; return the parameters of links to it, or nothing without one.

    The whole id, which is the key to the run, is not among them.
    """
    if find_model(runs_folder(), run_id) is None:
        return {}
    run = Run(runs_folder() / run_id)
    name = f"{full_title(run)} · {run.short_id}"
    st.session_state.setdefault(OFFERED, {})[name] = run_id
    return {MODEL: name, RUN: model_key(run_id)}


def chosen() -> dict[str, str]:
    """Return the parameters of links to another page that shall work with the model of this one."""
    name = st.session_state.get(MODEL, "")
    run_id = st.session_state.get(OFFERED, {}).get(name)
    return ({MODEL: name} if name else {}) | ({RUN: model_key(run_id)} if run_id else {})


def _offer_linked_model() -> None:
    """Offer the model of the run that the link names, by its `model_key` or, as older links do, by its id."""
    key = st.query_params.get(RUN, "")
    offered = st.session_state.get(OFFERED, {}).values()
    if key and key not in map(model_key, offered):
        link_to_model(id_of(runs_folder(), key))


def paths() -> dict[str, Path]:
    """Return the models of the app by name, those of its recorded experiments, then those of this visitor's runs."""
    folder = checkpoints_folder()
    trained = {f"{EXPERIMENT}{name}": path for name, path in find_checkpoints(folder / "experiments").items()}
    own = {name: find_model(runs_folder(), run_id) for name, run_id in st.session_state.get(OFFERED, {}).items()}
    return find_checkpoints(folder) | trained | {name: path for name, path in own.items() if path}


def shipped() -> dict[str, Opened]:
    """Return the models that come with the app by name, without those that can't be read."""
    found = {}
    for name, path in find_checkpoints(checkpoints_folder()).items():
        with suppress(TenseLabError):
            version = version_of(path)
            found[name] = Opened(*_load(*version), version)
    return found


def pick_checkpoint() -> None:
    """Show the picker and facts about the chosen model."""
    _offer_linked_model()
    names = list(paths())
    if not names:
        return
    default = _first_of(names, DEFAULT_MODEL)
    asked, picked = st.query_params.get(MODEL), st.session_state.get(MODEL_PICKED)
    if asked is None and picked not in names:
        st.session_state[MODEL] = default
    elif asked is None and MODEL not in st.session_state:  # back from a page without a model, which has no picker
        st.session_state[MODEL] = picked
    name = st.selectbox(
        "Model", names, names.index(default), key=MODEL, bind="query-params", on_change=_remember_the_pick, help=HELP
    )
    if asked in names or MODEL_PICKED in st.session_state:
        st.session_state[MODEL_PICKED] = name
    if asked is not None and asked not in names:
        st.warning(plain(f"There is no such model here: this is {name}."))
    navigation.put_in_address(RUN, chosen().get(RUN, ""))
    _show_facts(name)


def take_quietly() -> None:
    """Take what the link names or the visitor picked, or else the default model, where no picker is shown."""
    _offer_linked_model()
    names, asked = list(paths()), st.query_params.get(QUIET)
    if MODEL_PICKED not in st.session_state and asked in names:
        st.session_state[MODEL_PICKED] = asked
    name = _first_of(names, st.session_state.get(MODEL_PICKED, ""), DEFAULT_MODEL)
    st.session_state[MODEL] = name
    navigation.put_in_address(QUIET, name if name != DEFAULT_MODEL else "")
    navigation.put_in_address(RUN, chosen().get(RUN, ""))


def _first_of(names: Sequence[str], *preferred: str) -> str:
    """Return the first of the preferred names that there is, else the first name of all; empty without any."""
    return next((name for name in (*preferred, *names) if name in names), "")


def _remember_the_pick() -> None:
    navigation.write_back(MODEL)
    st.session_state[MODEL_PICKED] = st.session_state[MODEL]


def _show_facts(name: str) -> None:
    path = paths()[name]
    try:
        info = _read_info(*version_of(path))
    except TenseLabError:
        return  # the page says what is wrong
    rows = "".join(f"<dt>{escape(term)}</dt><dd>{escape(fact)}</dd>" for term, fact in _facts(info))
    st.html(f'<dl class="facts">{rows}</dl>')


def _facts(info: CheckpointInfo) -> list[tuple[str, str]]:
    """Return what the header says."""
    (name, count), scores = describe_training(info), info.scores
    verbs = f", {counted(count, 'verb')}" if count else ""
    facts = [
        ("Trained on", f"{name if len(name) <= LONGEST_FACT else name[:LONGEST_FACT] + '…'}{verbs}"),
        ("Cell", f"{info.model.cell.upper()}{', bidirectional' if info.model.bidirectional else ''}"),
        ("Dimensions of z", str(info.model.z_size)),
    ]
    for score, term, pattern in (
        ("bleu4", "BLEU-4", "{:.3f}"),
        ("gaussian_score", "Gaussian score", "{:.2f}"),
        ("distinct", "Distinct verbs", "{:,.0f}"),
        ("heldout", "Held-out exact match", "{:.1%}"),
    ):
        if (value := scores.get(score)) is not None:
            facts.append((term, pattern.format(value)))
    return facts


def open_model() -> Opened:
    """Return the picked model; when there is none that can be used, there is a sentence, and the page ends."""
    path = paths().get(st.session_state.get(MODEL, ""))
    if path is None:
        st.error(
            "There is no model here: put a .safetensors file into the folder of checkpoints, name another folder in "
            "`TENSE_LAB_CHECKPOINTS`, or train those that come with the app with `make checkpoints`.",
            icon=":material/folder_off:",
        )
        st.stop()
    return open_file(path)


def suggest(opened: Opened, english: Sequence[str]) -> list[str]:
    """Return words to try: these, or for a model of another language at most as many from its training data.

    There are none where that is not at hand.
    """
    if opened.model.vocabulary.is_english:
        return [word for word in english if set(word) <= set(opened.model.vocabulary.alphabet)]
    trained = sorted(training_paradigms(opened.info))
    words = [headword(row[::-1]) for row in trained[:: len(trained) // len(english) + 1]]
    return [*dict.fromkeys(words)]  # verbs may share a form


def verbs_at_hand(opened: Opened) -> tuple[list[Paradigm], bool]:
    """Return the verbs of the training data, and whether those of the app's own list stand in for them.

    Where a model of another language lacks its data, there are none.
    """
    if rows := training_paradigms(opened.info):
        return sorted(rows), False
    vocabulary = opened.model.vocabulary
    return (sorted(real_paradigms(len(vocabulary.tenses))), True) if vocabulary.is_english else ([], False)


def usual_verb(opened: Opened, english: str) -> str:
    """Return the verb that a page shows until one is typed: the first word to try.

    Where there is none, it is the English one, since some pages need a word; empty if the model's letters can't spell
    that.
    """
    spelled = [english] if set(english) <= set(opened.model.vocabulary.alphabet) else []
    return next(iter(suggest(opened, [english]) or spelled), "")


def ask_source(vocabulary: Vocabulary, key: str, **more: Any) -> str | None:
    """Ask for the tense that a word is read in; None is the one that the model finds likeliest."""
    titles = {AUTO: "any tense (auto)"} | {name: vocabulary.title(name) for name in vocabulary.tenses}
    chosen: str = st.selectbox(
        "Read as", list(titles), key=key, bind="query-params", format_func=titles.__getitem__, width=210, **more
    )
    return None if chosen == AUTO else chosen


def ask_seed(key: str, **more: Any) -> int:
    """Ask for the seed of what is drawn at random."""
    seed: int = st.number_input("Seed", 0, LARGEST_SEED, 0, key=key, bind="query-params", **more)
    return seed


def open_file(path: Path) -> Opened:
    """Return the model in this file; when it can't be read, there is a sentence, and the page ends."""
    with sentences(st.error):
        version = version_of(path)
        return Opened(*_load(*version), version)


def version_of(path: Path) -> tuple[str, str]:
    """Return the file of a model and the SHA-256 of that. Raises BadCheckpoint when it can't be read."""
    try:
        return str(path), digest_of(path)
    except OSError as error:
        raise BadCheckpoint(f"{path.name} can’t be read: {error.strerror}. Get the file again.") from error


def media_url(data: str | bytes, name: str) -> str:
    """Return the address of bytes, or of the file at a path, for components: the same content has the same address.

    They are read and hashed: megabytes are offered where the page runs, not in a fragment that runs at each touch. They
    are kept until this visitor's page gives another content this name, or runs without it.
    """
    url = get_instance().media_file_mgr.add(data, "application/octet-stream", name)
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"/{base}{url}" if base else url


@st.cache_resource(show_spinner=False, max_entries=64)
def _read_info(path: str, digest: str) -> CheckpointInfo:
    return read_info(Path(path))


@st.cache_resource(show_spinner="Loading the model …", max_entries=16)
def _load(path: str, digest: str) -> tuple[CVAE, CheckpointInfo]:
    model, info = load_checkpoint(Path(path))
    return model, (confined(info) if runs_folder() in Path(path).parents else info)
