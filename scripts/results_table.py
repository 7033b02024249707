#!/usr/bin/env python3
"""Prints the tables of docs/RESULTS.md from one or several runs: mean and, with several, standard deviation over seeds.
usage: results_table.py RUN [RUN ...]   (each holds a summary.json)"""
import json
import statistics
import sys

METRICS = ["reward", "format", "faulty_objects", "colliding_objects", "out_of_room", "broken_relations",
           "unsupported", "blocking", "unusable_objects", "misaligned_objects", "not_walkable", "collision_reference", "constraint_reference"]


def spread(values, digits=3):
    mean = statistics.fmean(values)
    if len(values) < 2:
        return f"{mean:.{digits}f}"
    return f"{mean:.{digits}f} ± {statistics.stdev(values):.{digits}f}"


def before_after(summaries):
    print("| metric | untrained, greedy | untrained, best temperature | trained | change | random | solver |")
    print("|---|---|---|---|---|---|---|")
    for metric in METRICS:
        column = lambda *path: [_get(s, path)[metric] for s in summaries]
        before, best, after = column("before"), column("before_best_temperature"), column("after")
        changes = [a / b - 1 if b else 0 for a, b in zip(after, best)]
        change = f"{statistics.fmean(changes):+.0%}"
        if len(changes) > 1:
            change += f" ({min(changes):+.0%} to {max(changes):+.0%})"
        print(f"| {metric} | {spread(before)} | {spread(best)} | {spread(after)} | {change} | "
              f"{statistics.fmean(column('bounds', 'random')):.3f} | {statistics.fmean(column('bounds', 'solver')):.3f} |")
    errors = [(s["after"]["reward"] - s["before_best_temperature"]["reward"]) /
              (s["after"]["reward_stderr"] ** 2 + s["before_best_temperature"]["reward_stderr"] ** 2) ** 0.5
              for s in summaries]
    print(f"\nReward rose by {', '.join(f'{e:.1f}' for e in errors)} standard errors of the difference (unpaired).")


def later_turns(summaries):
    print("| feedback | turn | rooms | reward, turn 1 -> later | faulty objects, turn 1 -> later | "
          "fewer faulty (mean s.e. over rooms) | copied | fixed | broken |")
    print("|---|---|---|---|---|---|---|---|---|")
    for i, row in enumerate(summaries[0]["turn_ablation"]):
        of = lambda key: [s["turn_ablation"][i][key] for s in summaries]
        mean = lambda key: statistics.fmean(v for v in of(key) if v is not None)
        print(f"| {row['feedback']} | {row['turn']} | {mean('rooms'):.0f} | {mean('reward_1'):.3f} -> {mean('reward_2'):.3f} | "
              f"{mean('faulty_1'):.3f} -> {mean('faulty_2'):.3f} | {', '.join(f'{v:+.3f}' for v in of('faulty_fewer'))} "
              f"({mean('faulty_fewer_stderr'):.3f}) | {mean('copy_rate'):.2f} | {mean('fix_rate'):.3f} | "
              f"{mean('break_rate'):.3f} |")


def pictures(summaries):
    print("| picture | rooms | rooms with a blocked opening | objects that block one | "
          "openings named (wall, centre within 0.3 m) |")
    print("|---|---|---|---|---|")
    for i, row in enumerate(summaries[0]["picture_ablation"]):
        of = lambda key: statistics.fmean(s["picture_ablation"][i][key] for s in summaries)
        print(f"| {row['picture']} | {row['rooms']} | {of('blocked_rate'):.3f} ± {of('blocked_rate_stderr'):.3f} | "
              f"{of('blocking_objects'):.3f} ± {of('blocking_objects_stderr'):.3f} | "
              f"{of('openings_named'):.3f} ± {of('openings_named_stderr'):.3f} |")


def main(runs):
    summaries = [json.load(open(f"{run}/summary.json")) for run in runs]
    seconds = [s["train_seconds"] for s in summaries]
    print(f"{len(runs)} seeds, {summaries[0]['heldout_rooms']} held-out rooms, "
          f"training {min(seconds):.0f}-{max(seconds):.0f} s\n")
    before_after(summaries)
    print()
    later_turns(summaries)
    print()
    pictures(summaries)


def _get(value, path):
    for key in path:
        value = value[key]
    return value


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1:])
