"""Whatever is wrong with a command, one sentence on stderr says so, and the exit status is 2."""

import shlex
from pathlib import Path

import click
import pytest

from cvae.cli.main import cli
from tests.app import save_untrained
from tests.cli.calls import fails_with, run

CALLS = {
    "--quietly": "No such option '--quietly'",
    "translate": "No such command 'translate'",
    "app --port many": "'many' is not a valid integer range",
    "app --port 70000": "70000 is not in the range 1<=x<=65535",
    "app --address": "requires an argument",
    "convert": "Give words, or a table",
    "convert ''": "Type a word",
    "convert '   '": "Type a word",
    "convert wa1k": "“1” is not in this model’s alphabet",
    "convert café": "“é”",
    "convert 🎉": "“🎉”",
    f"convert {'x' * 10_000}": "too long",
    "convert must": "modal verb",
    "convert walk ta1k": "“1” is not in",
    "convert walk --form p": "No such option '--form'",
    "convert walk --from": "requires an argument",
    "convert walk --from future": "There is no tense “future”",
    "convert walk --to future": "There is no tense “future”",
    "convert walk --file words.csv --out forms.csv": "Give words, or a table",
    "convert - --file words.csv": "Give words, or a table",
    "convert --out forms.csv": "Give words, or a table",
    "convert --file none.csv --out forms.csv": "can't be read",
    "convert --file . --out forms.csv": "is not a file",
    "convert --file tenses.csv --out forms.csv": "must name the columns",
    "convert --file list.txt --out none/forms.csv": "can't be written",
    "convert --file list.txt --out .": "can't be written",
    "convert --file words.csv --out forms.csv --from p": "--from and --to are for one word",
    "convert --file words.csv --out forms.csv --to p": "--from and --to are for one word",
    "convert --file answers.jsonl": "answers.jsonl is JSON: give the words as CSV, TSV or Parquet",
    "convert --file list.txt --out forms.json": "give the answers a name that ends in .jsonl, .csv, .tsv or .parquet",
    "convert walk --out forms.xlsx": "forms.xlsx: give the answers a name that ends in .jsonl, .csv, .tsv or .parquet",
    "convert --file list.txt --out forms.foo": "give the answers a name that ends in",
    "convert walk --engine spark": "'spark' is not one of 'local', 'ray'",
    "convert walk --engine ray": "--engine ray is for tables of words",
    "convert walk --address auto": "--address and --jobs are for --engine ray",
    "convert walk --device tpu": "'tpu' is not one of 'auto', 'cpu', 'cuda', 'mps'",
    "convert walk --device auto": "--device is for --file",
    "convert walk --jobs 0": "0 is not in the range",
    "convert walk --checkpoint none": "use one of classroom, open-vocabulary, or give a path",
    "convert walk --checkpoint words.csv": "is not a .safetensors file",
    "sample -n 0": "Draw between 1 and 100,000",
    "sample --number many": "'many' is not a valid integer",
    "sample --seed -1": "-1 is not in the range",
    "sample --temperature nan": "The temperature must be",
    "sample --temperature hot": "'hot' is not a valid float",
    "sample --verb must": "modal verb",
    "sample --from p": "--from is the tense of --verb",
    "sample --verb walk --from future": "There is no tense “future”",
    "sample --checkpoint none": "There is no checkpoint 'none'",
    "evaluate": "Missing argument",
    "evaluate none": "There is no checkpoint 'none'",
    "evaluate classroom --data none.txt": "can't be read",
    "evaluate classroom --data sample_german": "has other tenses than this model",
    "evaluate classroom --test none.txt": "can't be read",
    "evaluate classroom --test words.csv --data train": "not for --test",
    "evaluate classroom --test words.csv --draws 9": "not for --test",
    "evaluate classroom --test words.csv --seed 1": "not for --test",
    "evaluate classroom --draws 0": "0 is not in the range",
    "evaluate classroom --seed x": "'x' is not a valid integer",
    "evaluate classroom --device tpu": "'tpu' is not one of",
    "benchmark now": "unexpected extra argument",
    "train": "Missing option '--out'",
    "train --out words.csv": "The run’s folder can’t be written",
    "train --out run --resume": "There is no run in this folder",
    "train --out run --resume --epochs 3": "keeps its settings",
    "train --out run --resume --column all": "keeps its settings",
    "train --out run --replay other --capitals": "keeps its settings",
    "train --out run --resume --no-names": "keeps its settings",
    "train --out run --resume --replay other": "not both",
    "train --out run --replay other": "There is no run in this folder",
    "train --out run --config none.toml": "can't be read as TOML",
    "train --out run --config words.csv": "can't be read as TOML",
    "train --out run --config .": "is not a file",
    "train --out run --config endless.toml": "epochs must be between 1 and 10000, not a number of thousands of digits",
    "train --out run --config list.json": "A config must be a table of settings",
    "train --out run --config null.json": "A config must be a table of settings",
    "train --out run --config folder.json": "is not a file",
    "train --out run --config deep.toml": "can't be read as TOML",
    "train --out run --config utf16.toml": "is not UTF-8 text",
    "train --out run --config odd.toml": "There is no setting 'speed'",
    "train --out run --data none.txt": "can't be read",
    "train --out run --data words.csv": "Each row needs at least two forms",
    "train --out run --data words.csv --column none": "There is no column “none”",
    "train --out run --capitals": "are for a table of your own, not for train",
    "train --out run --data large --column sp": "are for a table of your own, not for large",
    "train --out run --no-names": "are for a table of your own, not for train",
    "train --out run --set speed": "Write --set NAME=VALUE",
    "train --out run --set kl.maximum=99": "kl.maximum must be between",
    "train --out run --set speed=1": "There is no setting 'speed'",
    "train --out run --init-from none": "There is no checkpoint 'none'",
    "train --out run --config none.json": "can't be read as the settings",
    "train --out run --objective any": "objective must be one of",
    "train --out run --cell transformer": "model.cell must be one of",
    "train --out run --kl spiral": "kl.kind must be one of",
    "train --out run --kl-maximum 99": "kl.maximum must be between",
    "train --out run --kl-maximum nan": "kl.maximum must be a number",
    "train --out run --kl-cycles 0": "cycles must be between",
    "train --out run --kl-rising 2": "rising must be between",
    "train --out run --kl-ramp steep": "ramp must be one of",
    "train --out run --teacher-forcing 1": "requires 2 arguments",
    "train --out run --teacher-forcing 1 2": "end must be between",
    "train --out run --learning-rate -1": "peak must be between",
    "train --out run --optimizer lion": "optimizer must be one of",
    "train --out run --epochs 0": "epochs must be between",
    "train --out run --batch-size 1.5": "'1.5' is not a valid integer",
    "train --out run --letter-dropout 2": "letter_dropout must be between",
    "train --out run --free-bits 11": "free_bits must be between",
    "train --out run --hidden 8": "hidden must be between",
    "train --out run --config other.toml": "sample_german has other tenses or letters than the data: leave this",
    "train --out run --config misspelled.toml": "There is no inflection class 'irregulars'",
    "train --out run --config asleep.toml": "The sleep phase needs every form of every verb, and some are missing",
    "train --out run --config narrow.toml": "hidden must be above 20, the number of tenses, not 16",
    f"train --out run --latent {10**400}": "latent must be between",
    "train --out run --seed -1": "seed must be between",
    "train --out run --threads 0": "0 is not in the range",
    "train --out run --threads 1000000000000": "1000000000000 is not in the range",
    "train --out run --device tpu": "'tpu' is not one of",
    "sweep --out runs": "Missing argument",
    "sweep grid.toml": "Missing option '--out'",
    "sweep none.toml --out runs": "can't be read as TOML",
    "sweep /dev/null --out runs": "is not a file",
    "sweep empty.toml --out runs": "empty.toml: The grid lists no seeds: add seeds = [0, 1, 2].",
    "sweep odd.toml --out runs": "A grid has no 'speed'",
    "sweep grid.toml grid.toml --out runs": "Two of these grids have the same experiment",
    "sweep grid.toml --out words.csv": "can't be written",
    "sweep grid.toml --out runs --engine spark": "'spark' is not one of 'local', 'ray'",
    "sweep grid.toml --out runs --address auto": "--address is for --engine ray",
    "sweep grid.toml --out runs --seeds 0": "0 is not in the range",
    "sweep grid.toml --out runs --jobs 0": "0 is not in the range",
    "sweep grid.toml --out runs --device tpu": "'tpu' is not one of",
    "export": "Missing argument",
    "export run out": "Missing option '--to'",
    "export run --to paper out": "'paper' is not one of",
    "export run --to csv out": "There is no run in run",
    "export none --to projector out": "There is no checkpoint 'none'",
    "export none --to web out": "There is no checkpoint 'none'",
    "export classroom open-vocabulary --to web out": "A page shows one model, not 2",
    "export classroom --to web words.csv": "words.csv can't be written",
}
"""Wrong calls, in a folder with a few files, and a part of the sentence that each is answered with."""


@pytest.fixture(autouse=True)
def files(models_folder, tmp_path, monkeypatch):
    """Write the files that the calls name, and small models under the names of the shipped ones."""
    for name in ("classroom", "open-vocabulary"):
        save_untrained(models_folder / f"{name}.safetensors")
    names = " ".join(map("t{}".format, range(20)))
    texts = {
        "words.csv": "word\nwalk\n",
        "list.txt": "walk\n",
        "tenses.csv": "from,to\nwalk,p\n",
        "grid.toml": "seeds = [0]",
        "odd.toml": "speed = 1",
        "empty.toml": "",
        "endless.toml": f"epochs = 0x{'f' * 5_000}",
        "list.json": "[]",
        "null.json": '{"config": null}',
        "deep.toml": f"a = {'[' * 5_000}",
        "wide.txt": f"# tenses: {names}\n{names}",
        "other.toml": "data = 'wide.txt'\naugmentation = [{data = 'sample_german'}]",
        "misspelled.toml": "augmentation = [{data = 'large', classes = ['irregulars']}]",
        "gaps.txt": "walk walks walking walked\nbeware - - bewared",
        "asleep.toml": "data = 'gaps.txt'\nsleep = 1",
        "narrow.toml": "data = 'wide.txt'\nmodel.hidden = 16",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "utf16.toml").write_text("epochs = 3", encoding="utf-16")
    (tmp_path / "folder.json").mkdir()
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("call", CALLS)
def test_a_wrong_call_is_answered_by_one_sentence_and_begins_no_run(call):
    assert fails_with(run(*shlex.split(call)), CALLS[call])
    assert not Path("run").exists()


def test_the_app_is_not_started_with_a_limit_that_is_refused(monkeypatch):
    monkeypatch.setenv("TENSE_LAB_ROWS", "0")
    assert fails_with(run("app"), "TENSE_LAB_ROWS must be a whole number between 1 and 999,999,999, not '0'.")


@pytest.mark.parametrize("variable", ["TENSE_LAB_CHECKPOINTS", "TENSE_LAB_RUNS", "TENSE_LAB_CURVES"])
def test_the_app_is_not_started_on_a_folder_whose_name_is_not_utf8(variable, monkeypatch):
    monkeypatch.setenv(variable, "here/odd\udcff")
    assert fails_with(run("app"), f"The name of the folder here/odd? is not UTF-8: name another one in {variable}.")


@pytest.mark.parametrize("command", cli.commands)
def test_every_option_with_a_value_is_called_wrongly_once(command):
    calls = [set(shlex.split(call)) for call in CALLS if shlex.split(call)[0] == command]
    options = [each for each in cli.commands[command].params if isinstance(each, click.Option) and not each.is_flag]
    assert calls and all(any(names & set(option.opts) for names in calls) for option in options)
