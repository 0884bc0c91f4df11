"""Guided experiments: what to start, the steps, what it shows, and the figures that it should come to."""

from dataclasses import dataclass, replace

from cvae.core.config import KLSchedule, LearningRateSchedule, ModelConfig, TeacherForcingSchedule, TrainConfig
from cvae.core.errors import BadConfig
from cvae.training.collapse import EARLY
from pages.train.presets import SMALL, preset
from pages.train.steps import BEGUN, ENDED, LOW, Step, after_rescue, best

SEEDS = 3
"""From 0 on: what is expected of a lesson was measured with each of them."""


@dataclass(frozen=True)
class LessonRun:
    """One of the runs of a lesson, by the name that its curves have."""

    name: str
    config: TrainConfig


@dataclass(frozen=True)
class Expected:
    """A field of the last EpochRecord, and for each run its least and its largest value over the SEEDS."""

    column: str
    ranges: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Lesson:
    """An experiment of a minute or two. `runs` are one, or two to be started together and compared.

    conclude is what the figures then say; expected are those figures, which `python -m docs.lessons` measures.
    """

    key: str
    title: str
    question: str
    steps: tuple[Step, ...]
    conclude: str
    expected: tuple[Expected, ...]
    runs: tuple[LessonRun, ...]


STEADY = LearningRateSchedule("constant", peak=4e-3)
"""For a run that is turned round half way: a rate that had fallen by then could not mend it."""
SHORT = replace(SMALL, epochs=40, batch_size=32)
"""Half as many epochs as SMALL, with as many steps."""
LEAKING = replace(SHORT, kl=KLSchedule("constant", maximum=0.02), tense_dropout=0.0)
"""So cheap a KL that z may carry the tense as well as the verb."""

LESSONS = (
    Lesson(
        "collapse",
        "Collapse it, then save it",
        "The KL weight is 1 from the first step. What becomes of z, and can it be brought back?",
        (
            BEGUN,
            Step(
                "The verdict: z has collapsed.",
                lambda runs: any(each.active_units == 0 and each.epoch >= EARLY for each in runs[0].scored),
            ),
            Step(
                f"Lower the KL weight: click {LOW:g}.",
                lambda runs: any(each.beta <= LOW for each in runs[0].points),
            ),
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
        (
            Expected("kl", ((13.244, 14.623),)),
            Expected("active_units", ((26, 29),)),
            Expected("accuracy", ((0.948, 0.963),)),
        ),
        (
            LessonRun(
                "by hand", replace(SMALL, epochs=60, kl=KLSchedule("constant", maximum=1.0), learning_rate=STEADY)
            ),
        ),
    ),
    Lesson(
        "schedules",
        "Monotonic against cyclical",
        "Both runs have the same highest KL weight. In one it rises once, in the other it starts from 0 four times.",
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
            Step("The cyclical run gets half of the forms right.", lambda runs: best(runs[1], "accuracy") >= 0.5),
            ENDED,
        ),
        "The weight must be low early in training. The monotonic run gets there first; the cyclical run gains with "
        "each cycle.",
        (
            Expected("mutual_information", ((4.277, 4.362), (4.114, 4.282))),
            Expected("accuracy", ((0.943, 0.99), (0.725, 0.968))),
            Expected("gaussian_score", ((0.495, 0.735), (0.16, 0.76))),
        ),
        (LessonRun("monotonic", preset("monotonic").config), LessonRun("cyclical", preset("cyclical").config)),
    ),
    Lesson(
        "forcing",
        "Exposure bias",
        "With teacher forcing 1 the decoder always reads the true letters; with 0 only its own. What does it write "
        "without help?",
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
                "Below: given the true letters, the forced run writes another word than with its own.",
                lambda runs: any(each.forced and each.forced != each.conversions for each in runs[0].scored),
            ),
            Step("The free run gets half of the forms right.", lambda runs: best(runs[1], "accuracy") >= 0.5),
            ENDED,
        ),
        "Both decodings agree up to the first wrong letter. From there on the true letters lead the decoder back to "
        "the word, and its own letters lead it away: that is exposure bias.",
        (
            Expected("accuracy", ((0.323, 0.97), (0.72, 0.935))),
            Expected("gaussian_score", ((0.0, 0.675), (0.01, 0.15))),
        ),
        (
            LessonRun("forced", SHORT),
            LessonRun("free", replace(SHORT, teacher_forcing=TeacherForcingSchedule("constant", start=0.0, end=0.0))),
        ),
    ),
    Lesson(
        "small-z",
        "Too small a z",
        "One run has 16 dimensions of z for each state of the LSTM, the other only one. What can two numbers hold?",
        (
            BEGUN,
            Step(
                "The small z holds a third of a nat less about the word.",
                lambda runs: best(runs[0], "mutual_information") - best(runs[1], "mutual_information") >= 0.33,
            ),
            Step("The large one gets a fifth of the forms right.", lambda runs: best(runs[0], "accuracy") >= 0.2),
            ENDED,
        ),
        "Telling 200 verbs apart takes 5.3 nats. With two numbers, neighbouring verbs are one verb to the decoder.",
        (
            Expected("mutual_information", ((4.498, 4.593), (2.532, 4.16))),
            Expected("accuracy", ((0.323, 0.97), (0.102, 0.347))),
        ),
        (LessonRun("z of 32", SHORT), LessonRun("z of 2", replace(SHORT, model=replace(SHORT.model, latent=1)))),
    ),
    Lesson(
        "leak",
        "The tense leak",
        "One run writes the word that it read, the other writes the verb in any tense. Which can convert?",
        (
            BEGUN,
            Step("same-tense rebuilds nine of ten words.", lambda runs: best(runs[0], "rebuilt") >= 0.9),
            Step(
                "Yet its tense fidelity stays 30 points behind.",
                lambda runs: any(
                    (each.rebuilt or 0) >= 0.9 and (each.rebuilt or 0) - (each.tense_fidelity or 0) >= 0.3
                    for each in runs[0].scored
                ),
            ),
            Step("cross-tense converts half of the forms.", lambda runs: best(runs[1], "tense_fidelity") >= 0.5),
            ENDED,
        ),
        "In the first run z carries the tense, and the decoder reads it there instead of in the condition. Words "
        "rebuilt do not show this; tense fidelity does.",
        (
            Expected("rebuilt", ((1.0, 1.0), (0.785, 0.988))),
            Expected("tense_fidelity", ((0.005, 0.518), (0.77, 0.986))),
        ),
        (
            LessonRun("same-tense", replace(LEAKING, objective="same-tense")),
            LessonRun("cross-tense", replace(LEAKING, objective="cross-tense")),
        ),
    ),
    Lesson(
        "handful",
        "Overfit a handful of verbs",
        "Six verbs, and time to memorize them. What does the model write for verbs that it never saw?",
        (
            BEGUN,
            Step("Every form of the six is right.", lambda runs: best(runs[0], "accuracy") == 1),
            Step(
                "Meanwhile all other verbs are wrong (see the starred ones).",
                lambda runs: any(each.accuracy == 1 and each.heldout == 0 for each in runs[0].scored),
            ),
            ENDED,
        ),
        "The model has learned a list, not a rule. A rule needs thousands of verbs.",
        (
            Expected("accuracy", ((1.0, 1.0),)),
            Expected("heldout", ((0.0, 0.0),)),
        ),
        (
            LessonRun(
                "six verbs",
                replace(
                    SMALL,
                    model=ModelConfig(embedding=32, hidden=64, latent=8),
                    kl=KLSchedule("monotonic", maximum=0.02),
                    learning_rate=LearningRateSchedule("one-cycle", peak=1e-2),
                    verbs=6,
                    epochs=240,
                    batch_size=16,
                    tense_dropout=0.0,
                    evaluate_every=20,
                    draws=50,
                ),
            ),
        ),
    ),
)


def lesson(key: str) -> Lesson:
    """One of LESSONS. Raises BadConfig when there is none of this key."""
    found = {item.key: item for item in LESSONS}
    if key not in found:
        raise BadConfig(f"There is no lesson {key!r}: use one of {', '.join(found)}.")
    return found[key]


def lesson_of(title: str) -> Lesson | None:
    """The lesson whose runs have this title, as set or with changes."""
    return next((item for item in LESSONS if title.startswith(item.title)), None)
