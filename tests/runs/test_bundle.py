"""A run goes into one file and comes back whole; nothing else comes in."""

import csv
import io
import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from cvae.core.config import Augmentation, LearningRateSchedule, ModelConfig, TrainConfig
from cvae.core.errors import BadCheckpoint, BadRun, TenseLabError
from cvae.data.dataset import keep_data
from cvae.data.paradigms import OWN
from cvae.data.vocabulary import Vocabulary
from cvae.inference.sampling import sample
from cvae.inference.word_lists import training_paradigms
from cvae.model.checkpoint import load_checkpoint
from cvae.runs.bundle import README, TABLE, write_bundle, zipped
from cvae.runs.room import adopt
from cvae.runs.run import CONFIG, HISTORY, MODEL, STEPS, Run
from cvae.runs.session import train_in_folder
from cvae.runs.steering import STEERING
from cvae.runs.upload import check_model, keep_upload, read_upload
from tests.app import save_untrained
from tests.conftest import FOUR_VERBS, no_space
from tests.recordings import history
from tests.reliability.uploads import CHANGE, STEP


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run with data of its own, steered by hand."""
    path = tmp_path_factory.mktemp("bundle") / "run"
    path.mkdir()
    model = ModelConfig(embedding=8, hidden=16, latent=3)
    rate = LearningRateSchedule(peak=1e-2)
    config = TrainConfig(model=model, learning_rate=rate, epochs=4, evaluate_every=2, draws=5, batch_size=16)
    run = Run.create(path, keep_data(path, config, FOUR_VERBS))
    list(train_in_folder(run))
    (path / STEPS).write_text(json.dumps(STEP) + "\n")
    (path / STEERING).write_text(json.dumps(CHANGE) + "\n")
    return run


@pytest.fixture(scope="module")
def files(run):
    with zipfile.ZipFile(io.BytesIO(write_bundle(run.path, "<html></html>"))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_run_comes_back_as_it_was(run, tmp_path):
    upload = read_upload(write_bundle(run.path, "<html></html>"))
    assert upload.is_run and upload.info.data["paradigms"] == 4
    path = keep_upload(upload, tmp_path / "back")
    back = Run(tmp_path / "back")
    assert back.config() == run.config() and back.history() == run.history() and back.status() == "finished"
    assert path.read_bytes() == run.model_path.read_bytes()
    for name in (STEPS, STEERING):
        assert json.loads((back.path / name).read_text()) == json.loads((run.path / name).read_text())
    _, info = load_checkpoint(path)
    assert ("be", "is", "being", "was") in training_paradigms(info)
    assert set(upload.files) == {CONFIG, HISTORY, MODEL, STEPS, STEERING, OWN}  # no page of others', no text


def test_the_archive_says_how_to_do_it_again_and_is_always_the_same(run, files):
    said = files[README].decode()
    assert "python -m cvae train --replay run --out again --threads 1" in said
    assert "torch" in said and all(name in said for name in files if name != README)
    assert write_bundle(run.path) == write_bundle(run.path)
    table = files[TABLE].decode().splitlines()
    assert len(table) == 5 and table[0].startswith("epoch,step,seconds,beta")
    assert "heldout_by_kind.irregular" in table[0]
    assert all(cell == "" or float(cell) >= 0 for row in csv.reader(table[1:]) for cell in row)


def test_a_run_is_kept_whose_settings_begin_with_a_mark(run, tmp_path):
    shutil.copytree(run.path, tmp_path / "run")
    (tmp_path / "run" / CONFIG).write_text(run.config_path.read_text(), encoding="utf-8-sig")
    assert write_bundle(tmp_path / "run") == write_bundle(run.path)


def test_what_was_written_trains_again_to_the_same_history(run, tmp_path):
    keep_upload(read_upload(write_bundle(run.path)), tmp_path / "back")
    again = Run.create(tmp_path / "again", keep_data_of(tmp_path / "back", tmp_path / "again"))
    list(train_in_folder(again))
    assert history(again) == history(run)
    assert again.model_path.read_bytes() == run.model_path.read_bytes()


def keep_data_of(source, folder):
    folder.mkdir()
    return keep_data(folder, Run(source).config(), (source / OWN).read_text())


def test_data_from_elsewhere_travel_along(tiny_config, tmp_path):
    run = Run.create(tmp_path / "run", replace(tiny_config, epochs=1))
    list(train_in_folder(run))
    upload = read_upload(write_bundle(run.path))
    assert json.loads(upload.files[CONFIG])["config"]["data"] == OWN
    assert b"sings" in upload.files[OWN]


def test_words_of_any_script_take_no_more_room_in_the_archive(run, tmp_path):
    shutil.copytree(run.path, tmp_path / "run")
    copy = Run(tmp_path / "run")
    copy.history_path.write_text(copy.history_path.read_text().replace('"walk"', '"гулять"'))
    with zipfile.ZipFile(io.BytesIO(write_bundle(copy.path))) as archive:
        assert "гулять".encode() in archive.read(HISTORY)
        assert archive.read(HISTORY) == copy.history_path.read_bytes()


@pytest.mark.parametrize("around", ["", "./", "mine/", "home/me/runs/mine/"])
def test_a_zipped_folder_of_a_run_is_read_without_what_is_not_needed(run, tmp_path, around):
    shutil.copytree(run.path, tmp_path / "run")
    for name in (".lock", ".DS_Store", "notes.txt"):
        (tmp_path / "run" / name).write_bytes(b"x")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(around, "") if around else None
        for path in (tmp_path / "run").iterdir():
            archive.writestr(around + path.name, path.read_bytes())
            archive.writestr(f"__MACOSX/{around}._{path.name}", b"x")
        archive.writestr(f"{around}plots/loss.png", b"x")
        assert {around + name for name in ("state.safetensors", "status.json")} <= {*archive.namelist()}
    assert read_upload(content.getvalue()).files == read_upload(write_bundle(run.path)).files


def test_a_zip_of_several_runs_is_refused(files):
    both = {f"{folder}/{name}": data for folder in ("one", "two") for name, data in files.items()}
    with pytest.raises(BadRun, match="in more than one folder: zip the folder of a single run"):
        read_upload(zipped(both))


def test_a_run_without_an_epoch_is_not_kept(tiny_config, tmp_path):
    with pytest.raises(BadRun, match="nothing to keep"):
        write_bundle(Run.create(tmp_path / "run", tiny_config).path)


def test_a_model_comes_back_alone(run, tmp_path):
    upload = read_upload(run.model_path.read_bytes())
    assert not upload.is_run
    model, _ = load_checkpoint(keep_upload(upload, tmp_path / "alone"))
    assert sample(model, 3) == sample(load_checkpoint(run.model_path)[0], 3)
    with pytest.raises(BadRun, match="already"):
        keep_upload(upload, tmp_path / "alone")


def lines(changes):
    """Return one history line after another with other values."""

    def change(content):
        rows = [json.loads(line) for line in content.splitlines()]
        return "".join(json.dumps(row | changes) + "\n" for row in rows).encode()

    return change


def many_steps(count):
    """More points than epochs have room for: 16 MB of them took each look at the run 15 seconds."""
    return b"".join(json.dumps(STEP | {"step": step}).encode() + b"\n" for step in range(1, count + 1))


def setting(**values):
    def change(content):
        document = json.loads(content)
        document["config"] |= values
        return json.dumps(document).encode()

    return change


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (CONFIG, lambda _: b"{", "config.json is not JSON"),
        (CONFIG, lambda _: b"[" * 100_000, "config.json is not JSON"),
        (CONFIG, lambda _: b"[]", "config.json is not a valid record"),
        (CONFIG, lambda _: b"{}", "config.json has no 'config'"),
        (CONFIG, setting(epochs=-1), "epochs must be between"),
        (CONFIG, setting(data="nothing"), "“nothing”, which is not in the ZIP"),
        (CONFIG, setting(data="/etc/passwd"), "“/etc/passwd”, which is not in the ZIP"),
        (CONFIG, setting(data="../data.txt"), "“../data.txt”, which is not in the ZIP"),
        (CONFIG, setting(initial="/dev/zero"), "weights “/dev/zero”, which are not in the ZIP"),
        (CONFIG, setting(augmentation=[Augmentation("/dev/zero").__dict__ | {"classes": []}]), "“/dev/zero”, which"),
        (CONFIG, setting(augmentation=[{"data": "train", "classes": ["\ud800"]}]), "must not contain control"),
        (CONFIG, setting(model={"hidden": 64}), "a different model"),
        (CONFIG, setting(epochs=2), "from 1 to at most 2"),
        (HISTORY, lambda text: text + b" " * (4 * 2**20), "larger than 4,096 KB"),
        (STEPS, lambda text: text + b" " * (4 * 2**20), "larger than 4,096 KB"),
        (HISTORY, lambda _: b"", "does not count its epochs"),
        (HISTORY, lambda text: text + text, "does not count its epochs"),
        (HISTORY, lambda _: b"\xff\xfe\n", "Line 1 of history.jsonl is not JSON"),
        (HISTORY, lambda _: b"[1]\n", "Line 1 of history.jsonl is not a valid record"),
        (HISTORY, lambda _: b'{"epoch": 1}\n', "Line 1 of history.jsonl has no 'step'"),
        (HISTORY, lines({"kl": float("nan")}), "has no usable 'kl'"),
        (HISTORY, lines({"kl": 10**400}), "has no usable 'kl'"),
        (HISTORY, lines({"kl": "<script>"}), "has no usable 'kl'"),
        (HISTORY, lines({"kl": None}), "has no usable 'kl'"),
        (HISTORY, lines({"bleu4": [1]}), "has no usable 'bleu4'"),
        (HISTORY, lines({"samples": [["go", 3]]}), "has no usable 'samples'"),
        (HISTORY, lines({"samples": [["go", "\ud800"]]}), "has no usable 'samples'"),
        (HISTORY, lines({"samples": "go"}), "has no usable 'samples'"),
        (HISTORY, lines({"heldout_by_kind": {"y": "x"}}), "has no usable 'heldout_by_kind'"),
        (HISTORY, lines({"kl_per_dimension": [float("inf")]}), "has no usable 'kl_per_dimension'"),
        (HISTORY, lines({"kl_per_dimension": [1.0]}), "other words or figures than the model gives"),
        (STEPS, lambda _: b'{"step": 1}\n', "of steps.jsonl has no 'epochs'"),
        (STEPS, lines({"beta": -1}), "of steps.jsonl has no usable 'beta'"),
        (STEPS, lines({"teacher_forcing": -1}), "of steps.jsonl has no usable 'teacher_forcing'"),
        (STEPS, lambda text: text + text, "step 2 comes after 2"),
        (STEPS, lambda _: many_steps(100), "more points than 4 epochs have"),
        (STEERING, lines({"beta": "high"}), "of steering.jsonl has no usable 'beta'"),
        (OWN, lambda _: b"a b\n", "Line 1: 2 columns"),
        (OWN, lambda _: b"# tenses: x y\na b\n", "other tenses or letters than the model"),
        (OWN, lambda _: b"\xff", "not UTF-8"),
        (MODEL, lambda weights: weights[:-4], "damaged"),
        (MODEL, lambda _: b"pickle", "not a .safetensors file"),
    ],
)
def test_a_spoilt_part_is_named_in_one_sentence(files, name, change, message):
    with pytest.raises(TenseLabError, match=message):
        read_upload(zipped(files | {name: change(files[name])}))


@pytest.mark.parametrize("name", [CONFIG, HISTORY, MODEL])
def test_a_missing_part_is_named(files, name):
    with pytest.raises(BadRun, match=f"has no {name}"):
        read_upload(zipped({other: data for other, data in files.items() if other != name}))


def test_any_cut_or_spoilt_byte_is_refused_or_read_as_before(run):
    content = write_bundle(run.path)
    whole = read_upload(content).files
    for place in [*range(0, len(content), len(content) // 60)]:
        for spoilt in (content[:place], content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]):
            try:
                assert read_upload(spoilt).files == whole
            except TenseLabError as error:
                assert str(error)


def test_a_disk_that_is_full_is_said_in_one_sentence(run, tmp_path, monkeypatch):
    upload = read_upload(write_bundle(run.path))

    monkeypatch.setattr("cvae.runs.upload.write_atomically", no_space)
    with pytest.raises(BadRun, match="The disk is full"):
        keep_upload(upload, tmp_path / "full")
    monkeypatch.setattr("cvae.runs.room.write_json", no_space)
    with pytest.raises(BadRun, match="The disk is full"):
        adopt(tmp_path / "runs", Path.mkdir, "an upload")
    assert not [path for path in (tmp_path / "runs").iterdir() if path.is_dir()]
    monkeypatch.setattr(Path, "write_bytes", no_space)
    with pytest.raises(BadRun, match="The disk is full"):
        check_model(run.model_path.read_bytes())


def test_a_model_of_more_forms_than_the_app_shows_is_refused(tmp_path):
    save_untrained(tmp_path / "wide.safetensors", Vocabulary("abc", tuple("abcdefghi")))
    with pytest.raises(BadCheckpoint, match="9 tenses, but at most 8 can be used here"):
        read_upload((tmp_path / "wide.safetensors").read_bytes())
