"""Guided experiments: what to start, the steps, what it shows, and the figures that it should come to.

The steps tick themselves off from the records of the runs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from cvae.core.config import KLSchedule, LearningRateSchedule, ModelConfig, TeacherForcingSchedule, TrainConfig
from cvae.runs.history import Watched
from cvae.training.collapse import EARLY
from cvae.training.records import EpochRecord
from pages.train.presets import PRESETS, SMALL

SEEDS = 3
"""The number of seeds, from 0 on, with which the expected figures of a lesson were measured."""
CHANGED = ", changed"
"""What the title of a lesson ends in once its settings are not as they were."""
LOW = 0.05
"""The KL weight that saves the collapsed run."""
Done = Callable[[Sequence[Watched]], bool]


@dataclass(frozen=True)
class Step:
    """Something to do or to see, and how the records of the runs tell that it has happened."""

    text: str
    done: Done


@dataclass(frozen=True)
class Lesson:
    """An experiment of a minute or two: one run, or two that are started together and compared.

    names: of the runs, in legends. conclude: what the figures then say. expected: these figures, by the field of the
    last EpochRecord, for each run the least and the largest value over the SEEDS, which `python -m docs.lessons`
    measures.
    """

    title: str
    question: str
    names: tuple[str, ...]
    configs: tuple[TrainConfig, ...]
    steps: tuple[Step, ...]
    conclude: str
    expected: Mapping[str, tuple[tuple[float, float], ...]]


def best(run: Watched, column: str) -> float:
    """Return the largest value of a score so far, or 0 where there is none."""
    return max((getattr(record, column) or 0.0 for record in run.scored), default=0.0)


def reaches(run: int, column: str, value: float) -> Done:
    """Make the condition that a run has reached this value of a score."""
    return lambda runs: best(runs[run], column) >= value


def after_rescue(run: Watched) -> list[EpochRecord]:
    """Return the scored epochs after the first one that was trained with a KL weight of at most LOW."""
    low = next((record.epoch for record in run.history if record.beta <= LOW), None)
    return [] if low is None else [record for record in run.scored if record.epoch > low]


def finished(runs: Sequence[Watched]) -> bool:
    """Return whether all runs are at their end."""
    return all(run.progress.share >= 1 for run in runs)


BEGUN = Step("Start. The first points are there.", lambda runs: all(run.points for run in runs))
ENDED = Step("Wait for the end.", finished)
STEADY = LearningRateSchedule("constant", peak=4e-3)
"""The learning rate of a run that is rescued half way: one that had fallen by then could not rescue it."""
SHORT = replace(SMALL, epochs=40, batch_size=32)
"""Half as many epochs as SMALL, with as many steps."""
FREE = replace(SHORT, teacher_forcing=TeacherForcingSchedule("constant", start=0.0, end=0.0))
LEAKING = replace(SHORT, kl=KLSchedule("constant", maximum=0.02), tense_dropout=0.0)
"""KL costs so little here that z may carry the tense as well as the verb."""
SIX_VERBS = replace(
    SMALL, model=ModelConfig(embedding=32, hidden=64, latent=8), kl=KLSchedule("monotonic", maximum=0.02),
    learning_rate=LearningRateSchedule("one-cycle", peak=1e-2), verbs=6, epochs=240, batch_size=16, tense_dropout=0.0,
    evaluate_every=20, draws=50,
)  # fmt: skip

LESSONS = {
    "collapse": Lesson(
        "Collapse it, then save it",
        "The KL weight is 1 from the first step. What becomes of z, and can it be brought back?",
        ("by hand",),
        (replace(SMALL, epochs=60, kl=KLSchedule("constant", maximum=1.0), learning_rate=STEADY),),
        (
            BEGUN,
            Step(
                "The verdict: z has collapsed.",
                lambda runs: any(each.active_units == 0 and each.epoch >= EARLY for each in runs[0].scored),
            ),
            Step(f"Lower the KL weight: click {LOW:g}.", lambda runs: any(each.beta <= LOW for each in runs[0].points)),
            Step(
                f"KL weight is {LOW:g}, and KL is rising.",
                lambda runs: any(each.beta <= LOW and each.kl > 1 for each in runs[0].points),
            ),
            Step(
                "Dimensions of z wake up.",
                lambda runs: any((each.active_units or 0) > 0 for each in after_rescue(runs[0])),
            ),
            Step(
                "Half of the forms are right.",
                lambda runs: any((each.accuracy or 0) >= 0.5 for each in after_rescue(runs[0])),
            ),
            ENDED,
        ),
        "While a nat of KL costs a full nat, a decoder that has learned little does better without z. "
        "The damage is not permanent: once KL is cheap, z fills.",
        {"kl": ((13.244, 14.623),), "active_units": ((26, 29),), "accuracy": ((0.948, 0.963),)},
    ),
    "schedules": Lesson(
        "Monotonic against cyclical",
        "Both runs have the same largest KL weight. In one it rises once, in the other it starts from 0 four times.",
        ("monotonic", "cyclical"),
        (PRESETS["monotonic"].config, PRESETS["cyclical"].config),
        (
            BEGUN,
            Step(
                "The cyclical weight falls back to 0.",
                lambda runs: any(
                    old.beta > new.beta for old, new in zip(runs[1].points, runs[1].points[1:], strict=False)
                ),
            ),
            Step(
                "The monotonic run tells more verbs apart: mutual information.",
                lambda runs: best(runs[0], "mutual_information") > best(runs[1], "mutual_information") > 0,
            ),
            Step("The cyclical run gets half of the forms right.", reaches(1, "accuracy", 0.5)),
            ENDED,
        ),
        "Both runs begin with a weight of 0, and z fills. Each cycle lets it fill again. Which schedule ends ahead "
        "depends on the seed: run it with another one.",
        {
            "mutual_information": ((4.277, 4.362), (4.114, 4.282)),
            "accuracy": ((0.943, 0.99), (0.725, 0.968)),
            "gaussian_score": ((0.495, 0.735), (0.16, 0.76)),
        },
    ),
    "forcing": Lesson(
        "Exposure bias",
        "With teacher forcing 1 the decoder always reads the true letters; with 0 only its own. What does it write "
        "without help?",
        ("forced", "free"),
        (SHORT, FREE),
        (
            BEGUN,
            Step(
                "The forced run’s reconstruction loss is lower.",
                lambda runs: (
                    all(len(run.history) >= EARLY for run in runs)
                    and runs[0].history[EARLY - 1].reconstruction < runs[1].history[EARLY - 1].reconstruction
                ),
            ),
            Step(
                "Below: given the true letters, the forced run writes another word than when it reads its own.",
                lambda runs: any(each.forced and each.forced != each.conversions for each in runs[0].scored),
            ),
            Step("The free run gets half of the forms right.", reaches(1, "accuracy", 0.5)),
            ENDED,
        ),
        "Both decodings agree up to the first wrong letter. From there on the true letters lead the decoder back to "
        "the word, and its own letters lead it away: that is exposure bias.",
        {"accuracy": ((0.323, 0.97), (0.72, 0.935)), "gaussian_score": ((0.0, 0.675), (0.01, 0.15))},
    ),
    "small-z": Lesson(
        "Too small a z",
        "One run has 16 dimensions of z for each state of the LSTM, the other only one. What can two numbers hold?",
        ("z of 32", "z of 2"),
        (SHORT, replace(SHORT, model=replace(SHORT.model, latent=1))),
        (
            BEGUN,
            Step(
                "The small z holds a third of a nat less about the word.",
                lambda runs: best(runs[0], "mutual_information") - best(runs[1], "mutual_information") >= 0.33,
            ),
            Step("The large one gets a fifth of the forms right.", reaches(0, "accuracy", 0.2)),
            ENDED,
        ),
        "Telling 200 verbs apart takes 5.3 nats. With two numbers, neighbouring verbs are one verb to the decoder.",
        {"mutual_information": ((4.498, 4.593), (2.532, 4.16)), "accuracy": ((0.323, 0.97), (0.102, 0.347))},
    ),
    "leak": Lesson(
        "The tense leak",
        "One run writes the word that it read, the other writes the verb in any tense. Which can convert?",
        ("same-tense", "cross-tense"),
        (replace(LEAKING, objective="same-tense"), replace(LEAKING, objective="cross-tense")),
        (
            BEGUN,
            Step("same-tense rebuilds nine of ten words.", reaches(0, "rebuilt", 0.9)),
            Step(
                "Yet its tense fidelity stays 30 points behind.",
                lambda runs: any(
                    (each.rebuilt or 0) >= 0.9 and (each.rebuilt or 0) - (each.tense_fidelity or 0) >= 0.3
                    for each in runs[0].scored
                ),
            ),
            Step("cross-tense converts half of the forms.", reaches(1, "tense_fidelity", 0.5)),
            ENDED,
        ),
        "In the first run z carries the tense, and the decoder reads it there instead of in the condition. Words "
        "rebuilt do not show this; tense fidelity does.",
        {"rebuilt": ((1.0, 1.0), (0.785, 0.988)), "tense_fidelity": ((0.005, 0.518), (0.77, 0.986))},
    ),
    "handful": Lesson(
        "Overfit a handful of verbs",
        "Six verbs, and time to memorize them. What does the model write for verbs that it never saw?",
        ("six verbs",),
        (SIX_VERBS,),
        (
            BEGUN,
            Step("Every form of the six is right.", reaches(0, "accuracy", 1)),
            Step(
                "Meanwhile all other verbs are wrong (see the starred ones).",
                lambda runs: any(each.accuracy == 1 and each.heldout == 0 for each in runs[0].scored),
            ),
            ENDED,
        ),
        "The model has learned a list, not a rule. A rule needs many more verbs.",
        {"accuracy": ((1.0, 1.0),), "heldout": ((0.0, 0.0),)},
    ),
}


def lesson_of(title: str) -> Lesson | None:
    """Return the lesson whose runs have this title, as set or with changes, or None."""
    return next((lesson for lesson in LESSONS.values() if title.removesuffix(CHANGED) == lesson.title), None)
