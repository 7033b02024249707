#!/usr/bin/env python3
"""Prints the before/after table of several runs as Markdown: mean and spread over seeds.
usage: results_table.py RUN [RUN ...]   (each holds a summary.json)"""
import json
import statistics
import sys

METRICS = ["reward", "format", "faulty_objects", "colliding_objects", "out_of_room", "broken_relations",
           "unsupported", "blocking", "collision_reference", "constraint_reference"]


def spread(values):
    mean = statistics.fmean(values)
    return f"{mean:.3f} ± {statistics.stdev(values):.3f}" if len(values) > 1 else f"{mean:.3f}"


def main(runs):
    summaries = [json.load(open(f"{run}/summary.json")) for run in runs]
    print(f"{len(runs)} seeds, {summaries[0]['heldout_rooms']} held-out rooms, training "
          f"{min(s['train_seconds'] for s in summaries):.0f}-{max(s['train_seconds'] for s in summaries):.0f} s\n")
    print("| metric | untrained, greedy | untrained, best temperature | trained | change | random | solver |")
    print("|---|---|---|---|---|---|---|")
    for metric in METRICS:
        column = lambda *path: [_get(s, path)[metric] for s in summaries]
        before, best, after = column("before"), column("before_best_temperature"), column("after")
        change = statistics.fmean(a / b - 1 if b else 0 for a, b in zip(after, best))
        print(f"| {metric} | {spread(before)} | {spread(best)} | {spread(after)} | {change:+.0%} | "
              f"{statistics.fmean(column('bounds', 'random')):.3f} | {statistics.fmean(column('bounds', 'solver')):.3f} |")


def _get(value, path):
    for key in path:
        value = value[key]
    return value


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1:])
