"""What the README and the documentation show works as it stands there."""

import json
import re
import shlex
import tomllib
from importlib.util import find_spec
from itertools import pairwise

import pytest

from cvae.cli.main import cli
from cvae.core.config import TrainConfig
from cvae.core.dotted import flatten
from cvae.core.files import digest_of
from cvae.core.settings import ROOT
from cvae.experiments.grid import read_grid
from cvae.model.checkpoint import find_checkpoints, read_info
from docs.model_cards import CARD, FOLDER, TWINS
from docs.notebook import run
from tests.reliability.claims import DOCUMENT, read_claims

README = (ROOT / "README.md").read_text()
DOCUMENTS = "\n".join(
    [README, *(path.read_text() for path in [ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])]
)


def test_the_notebook_of_the_readme_runs_and_spells_an_invented_verb(monkeypatch, capsys):
    [code] = [block for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "load_checkpoint" in block]
    assert len([line for line in code.splitlines() if line.strip()]) == 5
    monkeypatch.chdir(ROOT)
    exec(compile(code, "README.md", "exec"), {})
    said = capsys.readouterr().out
    assert all(f"'{tense}': 'blorf" in said for tense in ("sp", "tp", "pg", "p"))


def test_every_file_that_the_readme_names_is_there():
    named = re.findall(r"\]\(((?!http|#)[^)]+)\)", README)
    assert named and not [path for path in named if not (ROOT / path).exists()]


@pytest.mark.parametrize("name", ["open-vocabulary", "classroom"])
def test_the_scores_in_the_readme_are_those_of_the_shipped_files(name):
    scores = read_info(ROOT / "checkpoints" / f"{name}.safetensors").scores
    figure = f"{scores['gaussian_score']:.3f} ({scores['distinct']:.0f})"
    assert re.search(rf"^\| `{name}`: Gaussian score [^|]*\| {re.escape(figure)} \|", README, re.MULTILINE)


COMMANDS = sorted(
    {
        re.split(r"#|; ", line)[0].strip()
        for line in re.findall(r"^(?:for .*)?python -m cvae (.*)$", DOCUMENTS.replace("\\\n", ""), re.MULTILINE)
    }
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_a_command_in_the_documents_exists(command):
    name, *arguments = shlex.split(command)
    known = {option for parameter in cli.commands[name].params for option in parameter.opts}
    assert not [option for option in arguments if option.startswith("-") and option not in known]
    settings = [value.partition("=")[0] for option, value in pairwise(arguments) if option == "--set"]
    assert set(settings) <= flatten(TrainConfig().to_json()).keys()


def test_every_grid_of_a_sweep_in_the_documents_can_be_read():
    named = set(re.findall(r"cvae sweep (\S+\.toml)", DOCUMENTS))
    assert len(named) > 1 and all(read_grid(path).trials for name in named for path in ROOT.glob(name))


@pytest.mark.parametrize("module", sorted(set(re.findall(r"python -m ([\w.]+\w)", DOCUMENTS))))
def test_every_module_that_the_documents_run_is_there(module):
    assert find_spec(module)


def test_the_commands_of_the_rows_on_reliability_come_to_an_end():
    commands = {claim.command for claim in read_claims(DOCUMENT.read_text())}
    assert len(commands) > 20 and not [command for command in commands if " cvae app" in command]


def test_every_target_of_make_in_the_documents_is_in_the_makefile():
    named = set(re.findall(r"(?:^|`)make ([\w-]+)", DOCUMENTS, re.MULTILINE))
    assert len(named) > 5
    assert named <= set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_the_hook_of_the_type_checker_runs_for_every_file_that_it_checks():
    [pattern] = re.findall(r"files: (.*)", (ROOT / ".pre-commit-config.yaml").read_text())
    checked = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["files"]
    paths = [path for name in checked for path in [ROOT / name, *(ROOT / name).rglob("*.py")] if path.suffix == ".py"]
    assert len(paths) > 150
    assert not [path for path in paths if not re.fullmatch(pattern, path.relative_to(ROOT).as_posix())]


def test_the_card_of_the_models_is_of_the_models_that_are_shipped():
    card = CARD.read_text()
    shipped = find_checkpoints(FOLDER) | find_checkpoints(FOLDER / TWINS)
    stale = [name for name, path in shipped.items() if digest_of(path) not in card]
    assert not stale, "Run `python -m docs.model_cards`."
    lists = [re.findall(r"\w+", line) for line in card.splitlines() if line.startswith("| Training data")]
    assert lists and all(len(words) == len(set(words)) for words in lists)
    assert card.startswith("---\nlanguage: en\nlicense: mit\n") and card.count("\n---\n") == 1


def test_every_cell_of_the_tour_runs_and_its_outputs_are_kept():
    tour = json.loads((ROOT / "docs" / "tour.ipynb").read_text())
    for kept, new in zip(tour["cells"], run(tour)["cells"], strict=True):
        assert [output["output_type"] for output in kept.get("outputs", [])] == [
            output["output_type"] for output in new.get("outputs", [])
        ]
    assert sum(bool(cell.get("outputs")) for cell in tour["cells"]) == 4
