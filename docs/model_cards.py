"""The card of the shipped models, in the form of the Hugging Face Hub: `python -m docs.model_cards`.

It is written to checkpoints/README.md: what the headers of the files say of their training, and what
`python -m cvae evaluate` measures of each. Run it whenever a shipped model has changed.
"""

from pathlib import Path
from typing import Any

from cvae.core.files import digest_of, write_atomically
from cvae.core.settings import ROOT
from cvae.data.vocabulary import MAX_LETTERS
from cvae.evaluation.report import evaluate
from cvae.model.checkpoint import CheckpointInfo, find_checkpoints, load_checkpoint

FOLDER = ROOT / "checkpoints"
CARD = FOLDER / "README.md"
TWINS = "twins"

PAGE = """---
language: en
license: mit
library_name: tense-lab
pipeline_tag: text-generation
tags:
- variational-autoencoder
- seq2seq
- morphology
- education
model-index:
{index}
---

# The models of Tense Lab

<!-- Written by `python -m docs.model_cards`: change it there. -->

Conditional sequence-to-sequence variational autoencoders that learn English verb tenses letter by letter. Each is one
`.safetensors` file whose header holds its architecture, alphabet, tenses and settings; there is no pickle.

```python
import cvae

model, info = cvae.load_checkpoint("open-vocabulary")
print(cvae.convert(model, "went")[0].forms)
```

## Intended use

For teaching and learning about variational autoencoders, and for experiments with them. `open-vocabulary` is made for
verbs that it has never seen, and for sampling from the prior; `classroom` for sampling alone, with a small z.
`open-vocabulary` was trained on all verbs of the lists, heldout.txt and unseen.txt included, so the figures on new
verbs are those of its twin, which saw neither list. It and its twin continue from the weights of `twins/awake`, which
saw neither list either. No model is a reference for English: a lexicon is right more often on real verbs, and the
tables below say how often each model is wrong.

## Limits

- Words of at most {letters} letters, in the letters of the model's alphabet, and one form for each tense.
- `classroom` converts no verb that it was not trained on: it answers every word with a verb that it knows.
- `open-vocabulary` is wrong most often on irregular verbs that it has never seen. Its prior has room for 1,024 verbs.
- A confidence is the model's own, and is calibrated only as well as the table says.

## Data and licence

The models are under the MIT licence, like the code. The verbs come from the word lists of `cvae/data/lists`, which
were made from lemminflect (NLM SPECIALIST Lexicon), pyinflect (AGID) and symspellpy (ranks of words, and SCOWL's
words); the verbs of `invented_regular` are inflected by lemminflect's rules, the other invented ones by rules of this
project or like a real verb. The licences and notices of all of these are in the file NOTICE of the repository. There is
no personal data among them.

{models}
"""

MODEL = """## {name}

| | |
|---|---|
{facts}

`python -m cvae evaluate checkpoints/{name}.safetensors`, 1,000 draws with seed 0:

| | |
|---|---|
{figures}
"""


def main() -> None:
    """Measure every shipped model and write the card."""
    cards, index = [], []
    twins = {f"{TWINS}/{name}": path for name, path in find_checkpoints(FOLDER / TWINS).items()}
    for name, path in (find_checkpoints(FOLDER) | twins).items():
        model, info = load_checkpoint(path)
        report = evaluate(model, info, None, draws=1000, seed=0)
        weights = sum(parameter.numel() for parameter in model.parameters())
        rows = figures(report)
        cards.append(MODEL.format(name=name, facts=table(facts(path, info, weights)), figures=table(rows)))
        index += indexed(name, report)
    page = PAGE.format(index="\n".join(index), letters=MAX_LETTERS, models="\n".join(cards).rstrip())
    write_atomically(CARD, page.encode())


def facts(path: Path, info: CheckpointInfo, weights: int) -> dict[str, str]:
    """What the header says, and the fingerprint of the file."""
    config, model = info.training, info.model
    lists = dict.fromkeys(part.data for part in config.augmentation if part.data != config.data)
    more = ", ".join([*lists, *(["others invented from these"] if config.invented else [])])
    direction = "bidirectional " if model.bidirectional else ""
    start = f", from the weights of `{config.initial}`" if config.initial else ""
    mapping = f", mapping network of {model.mapping}" if model.mapping else ""
    film = f", modulated layer of {model.film}" if model.film else ""
    return {
        "File": f"`{path.name}`, {path.stat().st_size / 1e6:.1f} MB, {weights:,} weights",
        "SHA-256": f"`{digest_of(path)}`",
        "Architecture": f"{direction}{model.cell.upper()}, hidden size {model.hidden}, embedding {model.embedding}, "
        f"z of {model.z_size} dimensions{mapping}{film}",
        "Tenses": ", ".join(info.vocabulary.title(tense) for tense in info.vocabulary.tenses),
        "Training data": f"{info.data['paradigms']:,} verbs of `{config.data}`" + (f", and {more}" if more else ""),
        "Objective": f"{config.objective}, KL weight {config.kl.kind} "
        f"{'at' if config.kl.kind == 'constant' else 'to'} {config.kl.maximum:g}",
        "Training": f"{config.epochs} epochs, batches of {config.batch_size}, {config.optimizer}, learning rate "
        f"{config.learning_rate.kind} with a peak of {config.learning_rate.peak:g}, seed {config.seed}{start}",
        "Settings": f"`{path.relative_to(ROOT).with_suffix('.toml')}`; `make checkpoints` trains it again",
    }


def exact(share: float) -> str:
    """A share in per cent, with as many decimals as tell it from 100%."""
    return f"{share:.2%}" if f"{share:.1%}" == "100.0%" and share < 1 else f"{share:.1%}"


def figures(report: dict[str, Any]) -> dict[str, str]:
    """The figures of a report that a reader needs to choose a model, with their meaning."""
    low, high = report["gaussian_interval"]
    rows = {
        "BLEU-4 on the ten test pairs": f"{report['bleu4']:.3f}",
        "Gaussian score (95% interval; distinct)": f"{report['gaussian_score']:.3f} ({low:.3f} to {high:.3f}; "
        f"{report['distinct']})",
        f"Exact match, {report['paradigms']:,} training verbs": exact(report["exact_match"]),
        f"Exact match, {report['commonest']['verbs']} commonest verbs": exact(report["commonest"]["exact_match"]),
    }
    for name, unseen in report["unseen"].items():
        rows[f"Exact match, {unseen['verbs']} verbs of {name}.txt, none trained on"] = exact(unseen["exact_match"])
        rows[f"Tense found, forms of {name}.txt that name one"] = f"{unseen['tense_found']:.1%}"
    return (
        rows
        | {
            f"Calibration error, {name}": f"{100 * part['error']:.1f} points"
            for name, part in report["calibration"].items()
            if name in report["unseen"]
        }
        | {"Active units of z": f"{report['active_units']} of {report['z_size']}"}
    )


def table(rows: dict[str, str]) -> str:
    """The rows of a table in Markdown with two columns."""
    return "\n".join(f"| {name} | {value} |" for name, value in rows.items())


def indexed(name: str, report: dict[str, Any]) -> list[str]:
    """An entry of the Hub's model-index, in YAML."""
    metrics = {"BLEU-4, ten test pairs": report["bleu4"], "Gaussian score": report["gaussian_score"]}
    metrics |= {f"exact match, {part}": unseen["exact_match"] for part, unseen in report["unseen"].items()}
    lines = [
        f"- name: {name}", "  results:", "  - task:", "      type: text-generation", "      name: verb inflection",
        "    dataset:", "      name: word lists of Tense Lab", "      type: tense-lab", "    metrics:",
    ]  # fmt: skip
    for metric, value in metrics.items():
        kind = "bleu" if "BLEU" in metric else "exact_match" if "exact" in metric else "accuracy"
        lines += [f"    - type: {kind}", f"      name: {metric}", f"      value: {value:.4f}"]
    return lines


if __name__ == "__main__":
    main()
