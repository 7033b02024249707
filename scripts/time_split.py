#!/usr/bin/env python3
"""Where the time of a training run goes, from its timing.jsonl: scripts/time_split.py RUN [--skip STEPS]

One line per part: seconds per step, and its share of a step. CPU seconds are shares of what all threads have. What is
done between steps (saving, logging, validation) is given as a share of the steps' seconds.
"""

import argparse
import json
import pathlib


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("--skip", type=int, default=1, help="first steps to leave out (default: 1, which warms up)")
    arguments = parser.parse_args()
    lines = [json.loads(line) for line in (arguments.run / "timing.jsonl").read_text().splitlines()]
    first = min(line["step"] for line in lines if "step_seconds" in line)
    late = [line for line in lines if line["step"] >= first + arguments.skip]
    steps = [line for line in late if "step_seconds" in line]
    if not steps:
        raise SystemExit(f"{arguments.run}: no step after the first {arguments.skip}")

    def total(key):
        return sum(line.get(key, 0.0) for line in late)

    seconds = total("step_seconds")
    threads = steps[-1]["threads"]
    between = {"saving": total("save_seconds"), "logging": total("log_seconds"),
               "validation": total("validation_seconds")}
    print(f"{len(steps)} steps of {seconds / len(steps):.2f} s on {threads} threads")

    def row(name, value, of, note=""):
        print(f"  {name:<34} {value / len(steps):8.3f} s  {100 * value / of:5.1f} %{note}")

    row("writing answers", total("generation_seconds"), seconds)
    row("environment (wall)", total("environment_seconds"), seconds)
    row("waiting for the judge", total("judge_seconds"), seconds)
    row("reading answers, reference", total("reference_seconds"), seconds)
    row("update", total("update_seconds"), seconds)
    print("  of all threads' CPU:")
    row("making rooms (CPU)", total("rooms_cpu_seconds"), threads * seconds)
    row("environment and physics (CPU)", total("environment_cpu_seconds"), threads * seconds)
    print("  between steps, beside them:")
    for name, value in between.items():
        row(name, value, seconds)
    print(f"  answers written in rollouts  {total('answer_tokens') / total('rollout_seconds'):10.0f} tokens/s")
    print(f"  answers written, generation  {total('answer_tokens') / total('generation_seconds'):10.0f} tokens/s")
    print(f"  learned from in updates      {total('update_tokens') / total('update_seconds'):10.0f} tokens/s")


main()
