#!/usr/bin/env python3
"""Runs cells of docs/RESULTS.md; see scripts/reproduce.sh, which calls it. Python's standard library only."""
import argparse
import datetime
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import time

import results_table
from results_table import ROOT

BUSY_LOAD = 0.7  # more running processes than this before a cell, and its time is not its own


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/reproduce.sh", description="Trains and evaluates the cells of docs/RESULTS.md.")
    parser.add_argument("--cells", help="names, comma between; 'required' (default), 'all', or a group's name")
    parser.add_argument("--seeds", help="comma between; default: those of configs/results/cells.json")
    parser.add_argument("--minutes", type=float, help="of training; other than the declared ones is a try, kept apart in runs/")
    parser.add_argument("--rooms", type=int, help="of every evaluation; other than the declared ones is a try, kept apart in runs/")
    parser.add_argument("--program", default=str(ROOT / "build/release/bin/metaspatial"), help="the built metaspatial")
    parser.add_argument("--list", action="store_true", help="say what there is, what is done and how long the rest takes")
    parser.add_argument("--check", action="store_true", help="ask the program whether it takes the cells' configs, and run nothing")
    parser.add_argument("--tables", action="store_true", help="rebuild docs/RESULTS.md from the rows that are there, and run nothing")
    return parser.parse_args()


def chosen_cells(plan, words, listing):
    cells = []
    for word in words.split(","):
        found = [c for c in plan["cells"] if word in (c["name"], c["group"]) or word == "all" or (word == "required" and c["required"])]
        if not found:
            sys.exit(f"no cell or group '{word}'; scripts/reproduce.sh --list names them")
        cells += [c for c in found if c not in cells and (c["run"] != "unavailable" or listing or word == c["name"])]
    return cells


def machine():
    model = "unknown"
    for line in open("/proc/cpuinfo", encoding="utf-8"):
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return {"cpu": model, "cores": len(os.sched_getaffinity(0))}


def commit():
    def git(*words):
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    # The rows themselves and the page made of them change with every cell.
    changed = [line for line in git("status", "--porcelain", "-uno").splitlines()
               if not line.endswith(("docs/RESULTS.md", "docs/results/cells.jsonl"))]
    return git("rev-parse", "--short=12", "HEAD") + ("+" if changed else "")


class Failed(Exception):
    pass


def run(command, log):
    """Runs to its end, its output kept in a file. Returns wall and CPU seconds; raises Failed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.monotonic()
    with open(log, "ab") as out:
        code = subprocess.call([str(word) for word in command], cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    if code != 0:
        tail = pathlib.Path(log).read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
        raise Failed("\n".join([f"failed ({code}): {' '.join(str(w) for w in command)}", *tail, f"all of it: {log}"]))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic() - begin, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def lines_of(path):
    rows = []
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                rows.append(json.loads(line))
            except ValueError:
                break  # cut off by a crash
    return rows


def curve(folder):
    """Validations during training: seconds, and what was measured then."""
    seconds = {}
    for line in lines_of(folder / "timing.jsonl"):
        seconds[line["step"]] = line.get("seconds", 0.0)
    keys = ["val/reward", "val/faulty_objects", "val/colliding_objects", "val/broken_relations"]
    return [[round(seconds.get(line["step"], 0.0), 1), *(line.get(key) for key in keys)]
            for line in lines_of(folder / "metrics.jsonl") if "val/reward" in line]


def refused(plan, cell, program):
    """What the program says against a cell's config, before hours have gone by; None if it takes it."""
    if cell["run"] not in ("train", "pretrain"):
        return None
    nowhere = "/nowhere/descriptions.json"  # what a run that gets past its config asks for first
    key = "data.train_files" if cell["run"] == "train" else "data.descriptions"
    done = subprocess.run([str(program), cell["run"], "--config", cell.get("config") or plan["configs"][cell["run"]], *cell["overrides"],
                           f"{key}={nowhere}", "trainer.max_seconds=1", "trainer.default_local_dir=/nowhere"], cwd=ROOT, capture_output=True, text=True)
    return None if done.returncode != 0 and nowhere in done.stderr else (done.stderr.strip() or "it ran without descriptions")


def train(plan, cell, seed, folder, program):
    """Returns the model's folder and facts for the row."""
    if cell["run"] == "none":
        return ROOT / cell["model"], {"train_seconds": 0.0, "steps": 0}
    model = folder if cell["run"] == "pretrain" else folder / "model"
    facts = folder / "trained.json"
    if not facts.exists():
        config = cell.get("config") or plan["configs"][cell["run"]]
        wall, cpu = run([program, cell["run"], "--config", config, *cell["overrides"], f"data.seed={seed}",
                         f"trainer.max_seconds={60 * plan['minutes']:g}", f"trainer.default_local_dir={folder}"], folder / "train.log")
        timing = lines_of(folder / "timing.jsonl")
        last = max(timing, key=lambda line: line["step"])
        told = {"train_seconds": round(last["seconds"], 1), "steps": last["step"], "wall_seconds": round(wall, 1),
                "cpu_seconds": round(cpu, 1)}
        results_table.write_atomic(facts, json.dumps(told) + "\n")
    return model, json.loads(facts.read_text(encoding="utf-8"))


def evaluate(plan, model, folder, program):
    how, out, wall, cpu = plan["evaluation"], {}, 0.0, 0.0
    for of in how["sets"]:
        path = folder / f"{of['name']}.json"
        if not path.exists():
            partial = path.with_suffix(".partial")
            w, c = run([program, "eval", "--model", model, "--config", how["config"], "--descriptions", of["descriptions"], "--rooms", of["rooms"],
                        "--turns", how["turns"], "--samples", how["samples"], "--tables", ",".join(of["tables"]), "-o", partial],
                       folder / "eval.log")
            wall, cpu = wall + w, cpu + c
            partial.replace(path)
        out[of["name"]] = results_table.rounded(json.loads(path.read_text(encoding="utf-8")))
        out[of["name"]].pop("model", None)  # a path of this machine
    return out, wall, cpu


def main():
    asked = arguments()
    plan = results_table.read_plan()
    declared_minutes = plan["minutes"]
    if asked.minutes is not None:
        plan["minutes"] = asked.minutes
    if asked.rooms is not None:
        for of in plan["evaluation"]["sets"]:
            of["rooms"] = asked.rooms
    a_try = asked.rooms is not None or plan["minutes"] != declared_minutes
    store = results_table.ROWS if not a_try else ROOT / "runs" / "results" / "tries.jsonl"
    if asked.tables:
        results_table.rebuild(plan, store, a_try)
        return
    program = pathlib.Path(asked.program).resolve()
    cells = chosen_cells(plan, asked.cells or ("all" if asked.list else "required"), asked.list)
    seeds = [int(s) for s in asked.seeds.split(",")] if asked.seeds else plan["seeds"]
    rows = results_table.read_rows(store)
    current, old = results_table.by_cell(plan, rows)
    eval_seconds = results_table.eval_seconds(rows)

    def minutes_of(cell):
        return (0 if cell["run"] == "none" else plan["minutes"] + 0.1) + eval_seconds / 60

    todo = [(cell, seed) for seed in seeds for cell in cells if cell["run"] != "unavailable"
            and seed in [s for s in seeds if s in cell.get("seeds", seeds)] and seed not in current[cell["name"]]]
    if asked.list:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # the list may be cut off, as by `head`
        for cell in cells:
            done = sorted(current[cell["name"]])
            note = "not available" if cell["run"] == "unavailable" else (
                f"seeds done: {', '.join(map(str, done)) or 'none'}; {minutes_of(cell):.0f} min a seed")
            if old[cell["name"]]:
                note += f"; {len(old[cell['name']])} rows of another recipe"
            print(f"{cell['name']:26} {cell['group']:14} {note}\n{'':26} {cell['what']}")
        print(f"to do: {len(todo)} runs, {sum(minutes_of(c) for c, _ in todo):.0f} min")
        return
    for cell in cells:
        if cell["run"] == "unavailable":
            print(f"{cell['name']}: not available: {cell['what']}")
    if not program.exists():
        sys.exit(f"{program} is not built: make build, or --program")
    complaints = {cell["name"]: refused(plan, cell, program) for cell in cells if asked.check or any(cell is c for c, _ in todo)}
    complaints = {name: words for name, words in complaints.items() if words}
    for name, words in complaints.items():
        print(f"{name}: not run: {words}", file=sys.stderr)
    if asked.check:
        sys.exit(1 if complaints else 0)
    todo = [(cell, seed) for cell, seed in todo if cell["name"] not in complaints]
    failures = len(complaints)
    load = os.getloadavg()[0]
    if todo and load > BUSY_LOAD:
        print(f"warning: the machine is busy (load {load:.1f}); these cells are given seconds, not steps")
    here = machine()
    for at, (cell, seed) in enumerate(todo):
        left = sum(minutes_of(c) for c, _ in todo[at:])
        ends = datetime.datetime.now() + datetime.timedelta(minutes=left)
        print(f"[{at + 1}/{len(todo)}] {cell['name']}, seed {seed}: {minutes_of(cell):.1f} min; {left:.0f} min left, done at {ends:%H:%M}", flush=True)
        recipe = results_table.recipe(plan, cell)
        folder = ROOT / "runs" / "results" / f"{cell['name']}-{seed}-{recipe}"
        folder.mkdir(parents=True, exist_ok=True)
        load = os.getloadavg()[0]
        try:
            model, facts = train(plan, cell, seed, folder, program)
            measured, wall, cpu = evaluate(plan, model, folder, program)
        except Failed as failure:
            print(failure, file=sys.stderr, flush=True)
            failures += 1
            continue
        row = {"cell": cell["name"], "seed": seed, "recipe": recipe, "commit": commit(), "date": datetime.date.today().isoformat(),
               "machine": here, "load_before": round(load, 2), **facts, "eval_wall_seconds": round(wall, 1),
               "eval_cpu_seconds": round(cpu, 1), **measured}
        of_training = curve(folder)
        if of_training:
            row["curve"] = results_table.rounded(of_training)
        results_table.append_row(store, row)
        greedy = measured[plan["evaluation"]["sets"][0]["name"]]["greedy"]
        print(f"    {facts['steps']} steps; reward {greedy['reward']:.3f}, faulty {greedy['faulty_objects']:.3f}, "
              f"colliding {greedy['colliding_objects']:.3f} on held-out rooms; evaluated in {wall:.0f} s ({cpu:.0f} s of CPU)", flush=True)
        if not a_try:
            results_table.rebuild(plan, store)
    if not todo and not failures:
        print("all of these cells are done; --list says more")
    results_table.rebuild(plan, store, a_try)
    if failures:
        sys.exit(f"{failures} cells failed; what they wrote stays, and the next call goes on from there")


if __name__ == "__main__":
    main()
