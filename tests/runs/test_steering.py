"""Steering by hand: what is asked takes effect at the next step, is on record, and can be done again to the bit."""

import time
from contextlib import closing
from dataclasses import replace
from threading import Thread

import pytest
from click.testing import CliRunner

from cvae.cli.main import cli
from cvae.core.errors import BadRun
from cvae.runs import workers
from cvae.runs.run import Run
from cvae.runs.session import Paused, follow_folder, replay_in, start_replay, train_in_folder
from cvae.runs.steering import Control, ControlReader, ManualKnobs, Steering
from cvae.training.records import EpochRecord, StepRecord
from tests.recordings import history, points


@pytest.fixture(autouse=True)
def a_point_each_step(monkeypatch):
    monkeypatch.setattr("cvae.training.records.PER_EPOCH", 1000)


def steered(path, config, changes):
    """A run whose knobs are changed after certain steps: {steps done: ManualKnobs}."""
    run = Run.create(path, config)
    for moment in follow_folder(run):
        if isinstance(moment, StepRecord) and moment.step in changes:
            run.steering.ask(Control(hand=changes[moment.step]))
    return run


def test_a_change_takes_effect_at_the_next_step_and_is_on_record(quick_config, tmp_path):
    run = steered(
        tmp_path / "run",
        quick_config,
        {3: ManualKnobs(beta=0.1), 7: ManualKnobs(beta=0.2, teacher_forcing=0.5), 12: ManualKnobs()},
    )
    assert [point.step for point in run.steps()] == list(range(1, run.history()[-1].step + 1))
    assert [point.beta for point in run.steps()][:13] == [0.5] * 3 + [0.1] * 4 + [0.2] * 5 + [0.5]
    assert [point.teacher_forcing for point in run.steps()][:13] == [1.0] * 7 + [0.5] * 5 + [1.0]
    assert run.steering.changes() == [
        (3, ManualKnobs(beta=0.1)), (7, ManualKnobs(beta=0.2, teacher_forcing=0.5)), (12, ManualKnobs()),
    ]  # fmt: skip


def test_of_two_who_ask_at_once_neither_is_lost(tmp_path):
    steering = Steering(tmp_path)
    stop = Thread(target=steering.ask_anew, args=(lambda asked: replace(asked, stop=True),))

    def turn(asked):
        stop.start()  # another one asks between the reading and the writing
        stop.join(0.5)
        return replace(asked, hand=ManualKnobs(beta=0.1))

    steering.ask_anew(turn)
    stop.join()
    assert steering.asked() == Control(stop=True, hand=ManualKnobs(beta=0.1))


def test_a_learning_rate_by_hand_is_used(quick_config, tmp_path):
    frozen = steered(tmp_path / "frozen", replace(quick_config, optimizer="sgd"), {1: ManualKnobs(learning_rate=0.0)})
    assert {point.learning_rate for point in frozen.steps()[1:]} == {0.0}
    assert frozen.history()[3].samples == frozen.history()[7].samples != ()


def test_a_steered_run_differs_from_one_left_alone(quick_config, tmp_path):
    alone = steered(tmp_path / "alone", quick_config, {})
    hand = steered(tmp_path / "hand", quick_config, {3: ManualKnobs(beta=5.0)})
    assert points(alone)[:3] == points(hand)[:3] and history(alone) != history(hand)


def test_a_replay_from_the_folder_alone_gives_the_same_history(quick_config, tmp_path):
    run = steered(
        tmp_path / "run",
        quick_config,
        {3: ManualKnobs(beta=0.1), 20: ManualKnobs(teacher_forcing=0.3), 41: ManualKnobs(beta=0.9)},
    )
    again = start_replay(run, tmp_path / "again")
    list(replay_in(again, run))
    assert history(again) == history(run) and points(again) == points(run)
    assert again.status() == "finished"
    assert again.model_path.read_bytes() == run.model_path.read_bytes()


def test_the_command_line_replays_too(quick_config, tmp_path):
    run = steered(tmp_path / "run", quick_config, {3: ManualKnobs(beta=0.1)})
    result = CliRunner().invoke(cli, ["train", "--replay", str(run.path), "--out", str(tmp_path / "again")])
    assert result.exit_code == 0, result.output
    assert history(Run(tmp_path / "again")) == history(run)
    wrong = CliRunner().invoke(cli, ["train", "--replay", str(run.path), "--out", str(tmp_path / "x"), "--epochs", "3"])
    assert wrong.exit_code == 2 and "keeps its settings" in wrong.output


def test_a_stopped_run_is_replayed_as_far_as_it_went(quick_config, tmp_path):
    run = Run.create(tmp_path / "run", quick_config)
    with closing(train_in_folder(run)) as records:
        for _ in range(3):
            next(records)
    again = start_replay(run, tmp_path / "again")
    list(replay_in(again, run))
    assert history(again) == history(run) and again.status() == "stopped"
    result = CliRunner().invoke(cli, ["train", "--replay", str(run.path), "--out", str(tmp_path / "said")])
    assert result.exit_code == 0 and "\n\n" not in result.stderr  # its last epoch was not scored: no gap is known


def test_a_run_that_cannot_be_read_is_named_and_leaves_no_folder(quick_config, tmp_path):
    run = Run.create(tmp_path / "run", quick_config)
    run.steering.log_path.mkdir()
    with pytest.raises(BadRun, match="run can't be read: Is a directory"):
        start_replay(run, tmp_path / "again")
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("last", [5, 23, 30])
def test_a_resumed_run_does_the_same_steps_with_the_same_hand(quick_config, tmp_path, last):
    changes = {
        3: ManualKnobs(beta=0.1),
        14: ManualKnobs(beta=0.3),
        22: ManualKnobs(),
        29: ManualKnobs(learning_rate=1e-3),
    }
    whole = steered(tmp_path / "whole", quick_config, {at: hand for at, hand in changes.items() if at < last})
    run = Run.create(tmp_path / "run", quick_config)
    with closing(follow_folder(run)) as moments:
        for moment in moments:
            if isinstance(moment, StepRecord) and moment.step in changes and moment.step < last:
                run.steering.ask(Control(hand=changes[moment.step]))
            if isinstance(moment, StepRecord) and moment.step == last:
                break
    list(train_in_folder(run))
    assert history(run) == history(whole) and points(run) == points(whole)


def test_what_is_asked_while_nothing_runs_waits_until_the_known_steps_are_done_again(quick_config, tmp_path):
    run = Run.create(tmp_path / "run", quick_config)
    with closing(follow_folder(run)) as moments:
        while True:
            if isinstance(moment := next(moments), StepRecord) and moment.step == 14:
                break
    assert run.history()[-1].step < 14
    run.steering.ask(Control(hand=ManualKnobs(beta=0.9)))
    list(train_in_folder(run))
    assert run.steering.changes() == [(14, ManualKnobs(beta=0.9))]
    assert [point.beta for point in run.steps()][12:16] == [0.5, 0.5, 0.9, 0.9]


def test_a_pause_holds_between_two_steps_and_costs_no_seconds(quick_config, tmp_path, monkeypatch):
    waited, now = 0, time.perf_counter
    monkeypatch.setattr("cvae.runs.session.MOMENT", 0.001)
    # A clock by which each moment of the pause lasts a thousand seconds.
    monkeypatch.setattr("cvae.training.loop.time.perf_counter", lambda: now() + 1000 * waited)
    run = Run.create(tmp_path / "run", quick_config)
    for moment in follow_folder(run):
        if isinstance(moment, StepRecord) and moment.step == 5:
            run.steering.ask(Control(pause=True))
            before = moment.seconds
        if isinstance(moment, Paused):
            waited += 1
            assert run.status() == "paused"
            if waited == 20:
                run.steering.ask(Control())
        if isinstance(moment, StepRecord) and moment.step == 6:
            assert waited == 20 and moment.seconds - before < 1000
    assert run.status() == "finished"
    assert history(run) == history(steered(tmp_path / "whole", quick_config, {}))


def test_a_run_pauses_after_each_epoch_that_is_asked_for(quick_config, tmp_path):
    run = Run.create(tmp_path / "run", quick_config)
    run.steering.ask(Control(pause_at=1))
    epochs = 0
    for moment in follow_folder(run):
        epochs += isinstance(moment, EpochRecord)
        if isinstance(moment, Paused):
            assert len(run.history()) == epochs == run.steering.asked().pause_at
            run.steering.ask(Control(pause_at=epochs + 1 if epochs < 3 else None))
    assert epochs == 8


def test_a_stop_ends_the_run_and_it_can_go_on(quick_config, tmp_path):
    run = Run.create(tmp_path / "run", quick_config)
    for moment in follow_folder(run):
        if isinstance(moment, StepRecord) and moment.step == 25:
            run.steering.ask(Control(stop=True, hand=ManualKnobs(beta=0.2)))
    assert run.status() == "stopped" and 0 < len(run.history()) < 8
    run.go_on()
    assert run.steering.asked() == Control(hand=ManualKnobs(beta=0.2))
    list(train_in_folder(run))
    assert run.status() == "finished" and run.steps()[-1].beta == 0.2


def test_a_control_file_is_read_only_when_it_has_changed(tmp_path, monkeypatch):
    steering = Steering(tmp_path)
    reads = []
    monkeypatch.setattr(Steering, "asked", lambda self: reads.append(1) or Control(hand=ManualKnobs(beta=0.1)))
    reader = ControlReader(steering, known=0)
    steering.ask(Control())
    for step in range(50):
        reader.look(step)
    assert len(reads) == 1
    steering.ask(Control())
    reader.look(50)
    assert len(reads) == 2


def test_a_half_written_control_file_is_left_aside_until_it_is_whole(tmp_path):
    steering = Steering(tmp_path)
    reader = ControlReader(steering, known=0)
    steering.ask(Control(hand=ManualKnobs(beta=0.5)))
    reader.look(0)
    steering.control_path.write_text('{"pause": tr')
    assert reader.look(1) == Control(hand=ManualKnobs(beta=0.5))
    steering.ask(Control(hand=ManualKnobs(beta=0.6)))
    reader.look(2)
    assert [hand.beta for _, hand in steering.changes()] == [0.5, 0.6]


def test_a_steering_line_that_was_cut_off_never_came_into_force(tmp_path):
    steering = Steering(tmp_path)
    steering.record(4, ManualKnobs(beta=0.5))
    with steering.log_path.open("a") as file:
        file.write('{"step": 9, "be')
    reader = ControlReader(steering, known=12)
    reader.look(10)
    assert reader.knobs == ManualKnobs(beta=0.5)
    steering.record(12, ManualKnobs())
    assert steering.changes() == [(4, ManualKnobs(beta=0.5)), (12, ManualKnobs())]


def test_a_request_takes_the_place_of_one_that_cannot_be_used_and_keeps_the_knobs_of_another(quick_config, folder):
    run = Run.create(folder / "run", quick_config)
    for written, hand in (("{", ManualKnobs()), ('{"hand": {"beta": 0.5}}', ManualKnobs(beta=0.5))):
        run.steering.control_path.write_text(written)
        workers.stop(run)
        assert run.steering.asked() == Control(stop=True, hand=hand)
        run.steering.control_path.write_text(written)
        run.go_on()
        assert run.steering.asked() == Control(hand=hand)


@pytest.mark.parametrize(
    "content",
    [
        "", "[]", "null", '{"pause": 1}', '{"pause_at": "soon"}', '{"pause_at": -1}', '{"hand": 3}',
        '{"hand": {"beta": 11}}', '{"hand": {"teacher_forcing": -0.1}}', '{"hand": {"learning_rate": NaN}}',
        '{"hand": {"beta": true}}', '{"hand": {"beta": "0.5"}}', "[" * 100_000,
    ],
)  # fmt: skip
def test_a_control_that_cannot_be_used_is_a_sentence_and_changes_nothing(tmp_path, content):
    steering = Steering(tmp_path)
    steering.ask(Control(hand=ManualKnobs(beta=0.5)))
    reader = ControlReader(steering, known=0)
    reader.look(0)
    steering.control_path.write_text(content)
    with pytest.raises(BadRun, match=r"^control\.json "):
        steering.asked()
    assert reader.look(1) == Control(hand=ManualKnobs(beta=0.5))


def test_a_run_whose_loss_is_no_number_fails_with_a_sentence(quick_config, tmp_path):
    config = replace(quick_config, optimizer="sgd", gradient_clip=1e6, epochs=200)
    run = Run.create(tmp_path / "diverging", config)
    run.steering.ask(Control(hand=ManualKnobs(learning_rate=10.0, beta=10.0)))
    with pytest.raises(BadRun, match="no longer a number"):
        list(train_in_folder(run))
    assert run.status() == "failed" and "learning rate" in run.status_path.read_text()
