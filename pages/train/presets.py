"""Presets and guided experiments: named settings to start a run with."""

from dataclasses import dataclass, replace

from cvae.core.config import KLSchedule, LearningRateSchedule, ModelConfig, TeacherForcingSchedule, TrainConfig
from cvae.core.errors import BadConfig


@dataclass(frozen=True)
class Preset:
    """Named settings for a run, with a sentence about them."""

    key: str
    title: str
    sentence: str
    config: TrainConfig


SMALL = TrainConfig(
    model=ModelConfig(embedding=64, hidden=128, latent=16),
    kl=KLSchedule("monotonic", maximum=0.2, rising=0.5),
    learning_rate=LearningRateSchedule("one-cycle", peak=8e-3),
    verbs=200,
    epochs=80,
    batch_size=64,
    tense_dropout=0.1,
    evaluate_every=4,
    draws=200,
)
"""A model that learns within a minute: presets and lessons change single settings of it."""

CONTRAST = 0.4
"""The KL weight at which the shape of the schedule decides: held from the start it leaves little of z."""

PRESETS = (
    Preset(
        "quick",
        "Quick look",
        "A small model and 120 verbs: in a quarter of a minute its words go from gibberish to verbs.",
        replace(SMALL, verbs=120, epochs=40, batch_size=32, draws=100),
    ),
    Preset(
        "minute",
        "A minute",
        "The same small model on 300 verbs, until it spells most of them and its prior holds verbs, too.",
        replace(SMALL, verbs=300, epochs=60, kl=KLSchedule("monotonic", maximum=0.3, rising=0.5)),
    ),
    Preset(
        "classroom",
        "The classroom recipe",
        "The LSTM of the classroom report on all 1,227 verbs: minutes of one core, as told beside the button.",
        TrainConfig(),
    ),
    Preset(
        "collapse",
        "Make it collapse",
        "The KL weight is 1 from the first step, and z is given up before it was ever of use.",
        replace(SMALL, epochs=40, kl=KLSchedule("constant", maximum=1.0)),
    ),
    Preset(
        "constant",
        "Constant",
        f"The KL weight is {CONTRAST:g} throughout: compare it with the next two.",
        replace(SMALL, kl=KLSchedule("constant", maximum=CONTRAST)),
    ),
    Preset(
        "monotonic",
        "Monotonic",
        f"The KL weight rises from 0 to {CONTRAST:g} over the first half, then stays.",
        replace(SMALL, kl=KLSchedule("monotonic", maximum=CONTRAST, rising=0.5)),
    ),
    Preset(
        "cyclical",
        "Cyclical",
        f"The KL weight rises from 0 to {CONTRAST:g} four times, and stays there for the second half of each cycle.",
        replace(SMALL, kl=KLSchedule("cyclical", maximum=CONTRAST, cycles=4, rising=0.5)),
    ),
)


def preset(key: str) -> Preset:
    """One of PRESETS. Raises BadConfig when there is none of this key."""
    found = {item.key: item for item in PRESETS}
    if key not in found:
        raise BadConfig(f"There is no preset {key!r}: use one of {', '.join(found)}.")
    return found[key]


@dataclass(frozen=True)
class LessonRun:
    """One of the runs of a lesson, by the name that its curves have."""

    name: str
    config: TrainConfig


@dataclass(frozen=True)
class Lesson:
    """An experiment of a minute or two. `runs` are one, or two to be started together and compared.

    do and watch are lists of short steps; conclude is what the figures then say.
    """

    key: str
    title: str
    do: tuple[str, ...]
    watch: tuple[str, ...]
    conclude: str
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
        (
            "Start the run. Its KL weight is 1 from the first step.",
            "The verdict is “collapsed” at once. Wait for epoch 20 all the same: it does not mend itself.",
            "Take the KL weight over by hand, and pull it down to 0.05.",
        ),
        (
            "KL and active units: both are 0 from the start, and stay there.",
            "The conversions: every verb becomes the same word, whatever you ask for.",
            "After your hand: KL rises, dimensions wake up, and the words come apart.",
        ),
        "While a nat of KL costs a full nat, a young decoder does better to spell one common word without z. "
        "Nothing is broken for good: once KL is cheap, z fills, and nine forms of ten come out right.",
        (
            LessonRun(
                "by hand", replace(SMALL, epochs=60, kl=KLSchedule("constant", maximum=1.0), learning_rate=STEADY)
            ),
        ),
    ),
    Lesson(
        "schedules",
        "Monotonic against cyclical",
        (
            "Start both runs: same seed, same words, same highest KL weight.",
            "In one the weight rises once. In the other it starts from 0 four times.",
        ),
        (
            "KL of the cyclical run: a saw. Each time the weight drops, z takes in more than it held before.",
            "The drop of accuracy when z is replaced: it grows from cycle to cycle.",
            "The end of both: active units, accuracy and Gaussian score.",
        ),
        "Both end well, with nearly every form right: what matters is that the weight is low while z is young. "
        "The rising run is there first. The cyclical one gains with every cycle; its prior may end a little fuller. "
        "Held at the same weight from the start, a run gets few forms right: see the preset “Constant”.",
        (
            LessonRun("monotonic", preset("monotonic").config),
            LessonRun("cyclical", preset("cyclical").config),
        ),
    ),
    Lesson(
        "forcing",
        "Teacher forcing 1 against 0",
        (
            "Start both runs.",
            "With teacher forcing 1 the decoder always sees the true letters before the next one; with 0 only its own.",
        ),
        (
            "Reconstruction: which one falls faster?",
            "Words a second: without teacher forcing words are spelled letter by letter, and that takes longer.",
            "Held-out exact match, and accuracy with z: what is right when nobody helps.",
        ),
        "Without help the decoder learns later: at epoch 10 it still guesses letters. By the end it converts about as "
        "many forms. But its errors are no words, like “showses”; the forced decoder errs with words of other verbs.",
        (
            LessonRun("forced", SHORT),
            LessonRun("free", replace(SHORT, teacher_forcing=TeacherForcingSchedule("constant", start=0.0, end=0.0))),
        ),
    ),
    Lesson(
        "small-z",
        "Too small a z",
        ("Start both runs. One has 16 dimensions of z for each state of the LSTM, the other a single one.",),
        (
            "KL and mutual information: how many nats does each z hold?",
            "The verdict: how many verbs does it tell apart?",
            "The conversions: neighbours on a line become one verb.",
        ),
        "Two dimensions hold fewer nats than the five and more that tell 200 verbs apart: between two and four, as the "
        "seed has it. Few forms come out right, against nearly all. Its draws are words, but of several verbs at once.",
        (
            LessonRun("z of 32", SHORT),
            LessonRun("z of 2", replace(SHORT, model=replace(SHORT.model, latent=1))),
        ),
    ),
    Lesson(
        "leak",
        "The tense leak",
        (
            "Start both runs: one spells the word that it read, the other the verb in any tense.",
            "Let them run to the end, and compare their last figures.",
        ),
        (
            "Rebuilt: which run spells its own words again?",
            "Right in another tense: which run converts them?",
            "The conversions: is the past asked for, and the present written?",
        ),
        "With seed 0, same-tense rebuilds 100 % of its words and converts 52 % to another tense; cross-tense does 99 % "
        "of both. In the first run z carries the tense, and the decoder reads it there. Rebuilt words can’t tell.",
        (
            LessonRun("same-tense", replace(LEAKING, objective="same-tense")),
            LessonRun("cross-tense", replace(LEAKING, objective="cross-tense")),
        ),
    ),
    Lesson(
        "handful",
        "Overfit a handful of verbs",
        ("Start the run. It has six verbs to learn, and time to learn them by heart.",),
        (
            "Accuracy on its own verbs, and their conversions: know, knew; spin, spun.",
            "The verbs that it never saw: what does it make of “shoot” and “marry”?",
            "Held-out exact match, which is about other verbs.",
        ),
        "Every form of the six is right in the end, of other verbs none: “shoot” becomes close, closes, closing, "
        "closed. The model has learnt a list, not a rule. A rule needs thousands of verbs.",
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
