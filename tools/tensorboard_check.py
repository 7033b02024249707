"""Compares what TensorBoard reads in a run's folder with its metrics.jsonl and timing.jsonl.

tensorboard_check.py RUN...            one line per run; exits 1 at the first scalar that differs
tensorboard_check.py --train PROGRAM   first makes a run of short steps, killed and resumed while TensorBoard looks on
"""

import json
import math
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import numpy
from tensorboard.backend.event_processing import event_accumulator

SCALARS = {event_accumulator.SCALARS: 0}  # keep all, sample none

# The demo's run, made short.
SHORT = ["data.rollout_batch_size=2", "worker.rollout.n=2", "worker.actor.global_batch_size=1",
         "data.max_response_length=40", "trainer.save_freq=5", "trainer.val_freq=5", "trainer.val_rooms=2",
         "trainer.final_rooms=0"]


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def told(run):
    """{tag: [(step, float32 value)]} of the lines, as they should be in TensorBoard."""
    out = {}
    for name, prefix in (("metrics.jsonl", ""), ("timing.jsonl", "timing/")):
        for line in lines(run / name):
            for key, value in line.items():
                if key in ("step", "wall_time") or isinstance(value, bool) or not isinstance(value, (int, float)):
                    continue
                if math.isfinite(value):
                    out.setdefault(prefix + key, []).append((line["step"], float(numpy.float32(value))))
    return out


def shown(accumulator):
    accumulator.Reload()
    return {tag: [(event.step, float(numpy.float32(event.value))) for event in accumulator.Scalars(tag)]
            for tag in accumulator.Tags()["scalars"]}


def compare(run, accumulator=None):
    accumulator = accumulator or event_accumulator.EventAccumulator(str(run / "tensorboard"), SCALARS)
    theirs, ours = shown(accumulator), told(run)
    assert ours, f"{run}: no scalar in metrics.jsonl"
    for tag in sorted(ours.keys() | theirs.keys()):
        if ours.get(tag) != theirs.get(tag):
            sys.exit(f"{run}: '{tag}' differs:\n  lines       {ours.get(tag)}\n  TensorBoard {theirs.get(tag)}")
    times = [event.wall_time for event in accumulator.Scalars(next(iter(ours)))]
    assert times == sorted(times) and abs(times[-1] - time.time()) < 10 * 365 * 86400, f"{run}: wall times {times}"
    print(f"{run}: {len(ours)} tags, {sum(map(len, ours.values()))} scalars, the same in TensorBoard")
    return accumulator


def steps(run):
    path = run / "metrics.jsonl"
    return max((line["step"] for line in lines(path)), default=-1) if path.exists() else -1


def train(program, folder):
    run = folder / "run"
    command = [program, "train", "--config", "configs/demo.yaml", *SHORT, f"trainer.default_local_dir={run}"]
    # Killed some steps past its first checkpoint, which is of step 5.
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([*command, "trainer.max_steps=100000"], stderr=log, stdout=log)
        while process.poll() is None and steps_or_partial(run) < 7:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, (folder / "log").read_text()
    accumulator = event_accumulator.EventAccumulator(str(run / "tensorboard"), SCALARS)
    before = shown(accumulator)["actor/lr"]
    assert before[-1][0] >= 6, before
    last = before[-1][0] + 2
    done = subprocess.run([*command, f"trainer.max_steps={last}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    compare(run, accumulator)  # the same TensorBoard: it forgets what the killed run wrote
    compare(run)
    assert [step for step, _ in told(run)["actor/lr"]] == list(range(1, last + 1))
    inspected = subprocess.run([sys.executable, "-m", "tensorboard.main", "--inspect", "--logdir", str(run)],
                               capture_output=True, text=True)
    assert inspected.returncode == 0 and "critic/score/mean" in inspected.stdout, inspected.stdout + inspected.stderr
    print("tensorboard --inspect reads it")


def steps_or_partial(run):
    try:
        return steps(run)
    except json.JSONDecodeError:  # a line that is being written
        return -1


def main():
    if sys.argv[1:2] == ["--train"]:
        with tempfile.TemporaryDirectory() as folder:
            train(sys.argv[2], pathlib.Path(folder))
        return
    for run in sys.argv[1:]:
        compare(pathlib.Path(run))


main()
