#!/usr/bin/env python3
"""Builds the tables of docs/RESULTS.md from the rows of docs/results/cells.jsonl. Python's standard library only.

    results_table.py                                # rebuilds what stands between the page's markers
    results_table.py --print [--rows FILE]          # prints it instead

A row counts only if its recipe is the one that configs/results/cells.json now says, so numbers of different recipes are never
put together; rows left out for that are counted in the text.
"""
import argparse
import hashlib
import json
import math
import os
import pathlib
import re
import statistics
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PLAN = ROOT / "configs" / "results" / "cells.json"
ROWS = ROOT / "docs" / "results" / "cells.jsonl"
PAGE = ROOT / "docs" / "RESULTS.md"
CURVES = ROOT / "docs" / "results" / "curves.svg"
BEGIN = "<!-- results: made by scripts/results_table.py, do not edit -->"
END = "<!-- end of results -->"
FIRST_GUESS_EVAL_S = 90.0  # until a row says better
# A base as it is, and the cell of supervised training from it. Cells say theirs as "base" where it is not the first.
FAMILIES = [("untrained", "supervised"), ("nano", "nano_supervised")]

# key in a row's table, heading, better
QUALITY = [("reward", "reward"), ("format", "format"), ("faulty_objects", "faulty objects"), ("colliding_objects", "colliding"),
           ("out_of_room", "out of room"), ("broken_relations", "broken relations"), ("unsupported", "unsupported"),
           ("opening_blocked", "rooms with a blocked opening"), ("not_walkable", "floor out of reach"),
           ("collision_reference", "collision (reference)"), ("constraint_reference", "constraint (reference)")]


# ------------------------------------------------------------------------------------------------ files

def read_plan():
    return json.loads(PLAN.read_text(encoding="utf-8"))


def read_rows(path):
    rows = []
    if path.exists():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip():
                try:
                    rows.append(json.loads(line))
                except ValueError as error:
                    raise SystemExit(f"{path}:{number}: not JSON: {error}")
    return rows


def write_atomic(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
    os.chmod(name, 0o644)
    os.replace(name, path)


def append_row(path, row):
    """As a whole or not at all: the file is written anew."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    write_atomic(path, text + json.dumps(row) + "\n")


def rounded(value):
    """Five digits are more than any spread here leaves sure."""
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, dict):
        return {key: rounded(v) for key, v in value.items()}
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return value


# ------------------------------------------------------------------------------------------------ recipes

def _digest(path):
    return hashlib.sha256((ROOT / path).read_bytes()).hexdigest()


def recipe(plan, cell):
    """What a cell's numbers come from, in twelve letters."""
    parts = {"run": cell["run"], "overrides": cell.get("overrides", []), "evaluation": plan["evaluation"],
             "evaluation_config": _digest(plan["evaluation"]["config"]),
             "descriptions": [_digest(of["descriptions"]) for of in plan["evaluation"]["sets"]]}
    models = [cell["model"]] if "model" in cell else []
    if cell["run"] in ("train", "pretrain"):
        config = cell.get("config") or plan["configs"][cell["run"]]
        text = (ROOT / config).read_text(encoding="utf-8")
        parts |= {"config": _digest(config), "minutes": plan["minutes"], "train": _digest("data/descriptions/train.json")}
        models = re.findall(r"\bpath: *(models/\S+)|\bmodel_path: *(models/\S+)", text)
        models = [a or b for a, b in models] + [o.split("=", 1)[1] for o in parts["overrides"] if "model_path=" in o]
    parts["models"] = [_digest(f"{model}/model.safetensors") for model in models[-1:]]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]


def by_cell(plan, rows):
    """(current, old): cell -> {seed: row} of the recipe of now, the newest of each; cell -> [row] of others."""
    current = {cell["name"]: {} for cell in plan["cells"]}
    old = {cell["name"]: [] for cell in plan["cells"]}
    recipes = {cell["name"]: recipe(plan, cell) for cell in plan["cells"] if cell["run"] != "unavailable"}
    versions = [row[of["name"]]["rules_version"] for row in rows for of in plan["evaluation"]["sets"] if of["name"] in row]
    for row in rows:
        name = row["cell"]
        if name not in current:
            continue
        same_rules = all(row[of["name"]]["rules_version"] == max(versions) for of in plan["evaluation"]["sets"] if of["name"] in row)
        if row["recipe"] == recipes.get(name) and same_rules:
            current[name][row["seed"]] = row
        else:
            old[name].append(row)
    return current, old


def eval_seconds(rows):
    walls = [row["eval_wall_seconds"] for row in rows if row.get("eval_wall_seconds")]
    return statistics.median(walls) if walls else FIRST_GUESS_EVAL_S


# ------------------------------------------------------------------------------------------------ numbers

def at(row, *path):
    for key in path:
        if isinstance(row, list):
            row = next((item for item in row if all(item.get(k) == v for k, v in key.items())), None) if isinstance(key, dict) else None
        else:
            row = row.get(key) if isinstance(row, dict) else None
        if row is None:
            return None
    return row


def values(rows, *path):
    return [v for v in (at(row, *path) for row in rows) if isinstance(v, (int, float)) and math.isfinite(v)]


def spread(numbers, digits=3):
    """Mean, and with several the standard deviation over seeds."""
    if not numbers:
        return "-"
    mean = f"{statistics.fmean(numbers):.{digits}f}"
    return mean if len(numbers) < 2 else f"{mean} ± {statistics.stdev(numbers):.{digits}f}"


def mean_error(numbers, errors):
    """Mean of the seeds' means, and the mean of their standard errors over rooms: the rooms are the same in all seeds."""
    if not numbers:
        return "-"
    return f"{statistics.fmean(numbers):.3f} (s.e. {statistics.fmean(errors):.3f})" if errors else f"{statistics.fmean(numbers):.3f}"


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)] + ["| " + " | ".join(row) + " |" for row in rows] + [""]


# ------------------------------------------------------------------------------------------------ tables

def quality_table(plan, cells, current, of, answer, bounds=()):
    """A row per cell: the metrics of `answer` ("greedy", "sampled", ...) in the set of rooms `of`."""
    rows = []
    for cell in cells:
        seeds = list(current[cell["name"]].values())
        if not seeds:
            continue
        steps = values(seeds, "steps")
        rows.append([f"`{cell['name']}`", str(len(seeds)), f"{statistics.fmean(steps):.0f}" if max(steps, default=0) > 0 else "",
                     *(spread(values(seeds, of, answer, key)) for key, _ in QUALITY),
                     mean_error(values(seeds, of, answer, "faulty_objects_stderr"), [])])
    done = [row for of_cell in current.values() for row in of_cell.values() if of in row]
    for key, heading in bounds:
        if done:
            rows.append([heading, "", "", *(f"{at(done[0], of, 'bounds', key, metric):.3f}" for metric, _ in QUALITY),
                         f"{at(done[0], of, 'bounds', key, 'faulty_objects_stderr'):.3f}"])
    return table(["cell", "seeds", "steps", *(heading for _, heading in QUALITY), "s.e. of faulty objects over rooms"], rows)


def diversity_table(plan, cells, current, of):
    rows = []
    for cell in cells:
        seeds = list(current[cell["name"]].values())
        if seeds:
            rows.append([f"`{cell['name']}`", *(spread(values(seeds, of, "sampled", key)) for key in ("reward", "format", "faulty_objects")),
                         spread(values(seeds, of, "diversity", "position_spread_m")), spread(values(seeds, of, "diversity", "distinct"))])
    done = [row for of_cell in current.values() for row in of_cell.values() if of in row]
    for key, heading in (("random", "random"), ("solver", "solver")):
        if done:
            rows.append([heading, *(spread(values(done[:1], of, "bounds", key, m)) for m in ("reward", "format", "faulty_objects")),
                         spread(values(done[:1], of, "bounds", key + "_diversity", "position_spread_m")),
                         spread(values(done[:1], of, "bounds", key + "_diversity", "distinct"))])
    return table(["cell", "reward", "format", "faulty objects", "distance between an object's places (m)", "distinct layouts"], rows)


def turns_table(plan, cells, current, of):
    turns = plan["evaluation"]["turns"]
    rows = []
    for cell in cells:
        seeds = list(current[cell["name"]].values())
        if not seeds:
            continue
        def through(answer):
            keys = [answer] + [f"{answer}_turn_{t}" for t in range(2, turns + 1)]
            return " → ".join(f"{statistics.fmean(v):.3f}" if (v := values(seeds, of, key, "faulty_objects")) else "-" for key in keys)
        both = {"feedback": "both", "turn": turns}
        blank = {"feedback": "blank", "turn": turns}
        rows.append([f"`{cell['name']}`", through("greedy"), through("sampled"),
                     mean_error(values(seeds, of, "turn_ablation", both, "faulty_fewer"), values(seeds, of, "turn_ablation", both, "faulty_fewer_stderr")),
                     mean_error(values(seeds, of, "turn_ablation", blank, "faulty_fewer"), values(seeds, of, "turn_ablation", blank, "faulty_fewer_stderr")),
                     *(spread(values(seeds, of, "turn_ablation", both, key)) for key in ("copy_rate", "fix_rate", "break_rate"))])
    return table(["cell", f"greedy, turn 1 → {turns}", f"temperature 1, turn 1 → {turns}", f"fewer after {turns} turns, greedy, paired",
                  "the same with blank feedback", "copied", "fixed", "broken"], rows)


def pictures_table(cells, current, of):
    rows = []
    for cell in cells:
        seeds = list(current[cell["name"]].values())
        if not values(seeds, of, "picture_ablation", {"picture": "true"}, "blocked_rate"):
            continue
        def shown(picture, key):
            return mean_error(values(seeds, of, "picture_ablation", {"picture": picture}, key),
                              values(seeds, of, "picture_ablation", {"picture": picture}, key + "_stderr"))
        def apart(key):
            more = values(seeds, of, "picture_ablation", {"picture": "swapped"}, key)
            errors = values(seeds, of, "picture_ablation", {"picture": "swapped"}, key + "_stderr")
            return [mean_error(more, errors), f"{statistics.fmean(more) / statistics.fmean(errors):.1f}" if errors and statistics.fmean(errors) > 0 else "-"]
        rows.append([f"`{cell['name']}`", *(shown(p, "blocked_rate") for p in ("true", "swapped", "blank")), *apart("blocked_more"),
                     *(shown(p, "door_blocked_rate") for p in ("true", "swapped")), *apart("door_blocked_more"),
                     *(spread(values(seeds, of, "picture_ablation", {"picture": p}, "openings_named")) for p in ("true", "swapped"))])
    return table(["cell", "a door or window blocked, true picture", "another room's", "grey", "more with another's, paired", "in s.e.",
                  "a door blocked, true picture", "another room's", "more with another's, paired", "in s.e.", "openings named, true picture",
                  "another room's"], rows)


def compared(rows, base, *path):
    """Difference of the means of seeds, and its standard error (Welch); nothing if either has no row."""
    a, b = values(rows, *path), values(base, *path)
    if not a or not b:
        return None
    def error2(of, numbers):
        if len(numbers) > 1:
            return statistics.variance(numbers) / len(numbers)
        return 0.0 if all(row["train_seconds"] == 0 for row in of) else None  # a model as it is has no seeds
    errors = [error2(rows, a), error2(base, b)]
    error = None if None in errors else math.sqrt(sum(errors))
    return statistics.fmean(a) - statistics.fmean(b), error


def difference(found, digits=3):
    if found is None:
        return "-"
    mean, error = found
    return f"{mean:+.{digits}f}" + (f" (s.e. {error:.{digits}f})" if error is not None else " (one seed)")


def family(cells, base):
    return [cell for cell in cells if cell.get("base", FAMILIES[0][0]) == base]


def comparison_table(cells, current, of, bases):
    rows = []
    for cell in cells:
        seeds = list(current[cell["name"]].values())
        if not seeds or cell["run"] == "none":
            continue
        line = [f"`{cell['name']}`"]
        for base in bases:
            other = list(current[base].values())
            for key in ("reward", "faulty_objects"):
                line.append("" if base == cell["name"] else difference(compared(seeds, other, of, "greedy", key)))
        rows.append(line)
    return table(["cell", *(f"{key} − `{base}`" for base in bases for key in ("reward", "faulty objects"))], rows) if rows else []


PAIRS = [("granularity of credit, turns paid for their improvement, graded faults", ["grpo_t3_improvement", "object_t3", "axis_t3"]),
         ("the same, faults counted (0 or 1)", ["grpo_t3_counted", "object_t3_counted", "axis_t3_counted"]),
         ("graded against counted, no object credit", ["grpo_t3_counted", "grpo_t3_improvement"]),
         ("graded against counted, per object", ["object_t3_counted", "object_t3"]),
         ("graded against counted, per axis", ["axis_t3_counted", "axis_t3"]),
         ("3D-SPO as reconstructed against GRPO", ["grpo_t3", "spo_t3"]),
         ("turns in training, GRPO", ["grpo_t1", "grpo_t3", "grpo_t5"]),
         ("turns in training, ours", ["axis_t1", "axis_t3", "axis_t5"])]


def pairs_table(current, of):
    keys = ("reward", "faulty_objects", "colliding_objects", "broken_relations", "out_of_room")
    rows = []
    for title, names in PAIRS:
        base = list(current[names[0]].values())
        for name in names[1:]:
            seeds = list(current[name].values())
            if seeds and base:
                rows.append([title, f"`{name}` − `{names[0]}`", *(difference(compared(seeds, base, of, "greedy", key)) for key in keys)])
    return table(["question", "difference", "reward", "faulty objects", "colliding", "broken relations", "out of room"], rows) if rows else []


def verdict(cells, current, of, supervised):
    """Whether RL beats supervised training in the same time, in a sentence that the numbers make."""
    base = list(current[supervised].values())
    trained = [c for c in cells if c["run"] == "train" and current[c["name"]]]
    if not base or not trained:
        return []
    best = max(trained, key=lambda c: statistics.fmean(values(list(current[c["name"]].values()), of, "greedy", "reward")))
    found = compared(list(current[best["name"]].values()), base, of, "greedy", "reward")
    fewer = compared(list(current[best["name"]].values()), base, of, "greedy", "faulty_objects")
    if found[1] is None:
        claim = "With one seed there is no saying whether that is luck."
    else:
        def said(by, gain, error):
            if abs(gain) <= 2 * error:
                return f"by {by} the difference is within two standard errors over seeds"
            return f"by {by} RL {'is better' if gain > 0 else 'is worse'} by more than two standard errors over seeds"
        claim = ("Against supervised training given the same base and time: " + said("reward", *found) + "; " +
                 said("faulty objects", -fewer[0], fewer[1]) + ".")
    several = len(trained) > 1
    name = f"The best RL cell by reward is `{best['name']}`" if several else f"`{best['name']}`"
    return [f"{name}: reward {difference(found)}, faulty objects {difference(fewer)} against `{supervised}`. {claim}" +
            (" (Best of several: this favours RL.)" if several else ""), ""]


def sections(plan, rows):
    cells = plan["cells"]
    current, old = by_cell(plan, rows)
    done = [row for of_cell in current.values() for row in of_cell.values()]
    main_set, other_sets = plan["evaluation"]["sets"][0], plan["evaluation"]["sets"][1:]
    out = [f"{len(done)} rows of `docs/results/cells.jsonl`; `scripts/reproduce.sh --list` says what is missing. {plan['minutes']:g} minutes of "
           "training per seed, validation and checkpoints not counted.", ""]
    left_out = sum(len(rows_of) for rows_of in old.values())
    if left_out:
        out += [f"{left_out} rows are of another recipe or version of the rules and are left out.", ""]
    if done:
        machines = sorted({f"{row['machine']['cpu']}, {row['machine']['cores']} cores" for row in done})
        busy = [row for row in done if row["load_before"] > 0.7]
        out += [f"Machine: {'; '.join(machines)}. Commits: {', '.join(sorted({row['commit'] for row in done}))} (+: with changes that were not "
                f"committed)." + (f" {len(busy)} rows began on a machine that was busy." if busy else ""), ""]
        out += [f"± is the standard deviation over seeds. {main_set['rooms']} rooms, {', '.join(str(of['rooms']) for of in other_sets)} of held-out kinds; shares are of objects (relations, rooms, floor); an unreadable "
                "answer counts as 1 in every one of them. `random` places uniformly in the room, `solver` knows the rules.", ""]
        bounds = (("random", "random"), ("solver", "solver"), ("solver_grid", "solver, on the nano's 0.05 m grid"))
        out += ["### Held-out rooms, one greedy answer", "", *quality_table(plan, cells, current, main_set["name"], "greedy", bounds)]
        out += ["### Against the base and against supervised training", "", "Held-out rooms, one greedy answer; standard errors over seeds.", ""]
        for base, supervised in FAMILIES:
            of_base = family(cells, base)
            out += comparison_table(of_base, current, main_set["name"], [base, supervised])
            out += verdict(of_base, current, main_set["name"], supervised)
        pairs = pairs_table(current, main_set["name"])
        if pairs:
            out += ["### What each part does", "", "Held-out rooms, one greedy answer; standard errors over seeds.", "", *pairs]
        for of in other_sets:
            out += [f"### Held-out kinds of rooms, one greedy answer (`{of['descriptions']}`)", "",
                    *quality_table(plan, cells, current, of["name"], "greedy", bounds)]
        samples = plan["evaluation"]["samples"]
        for of in plan["evaluation"]["sets"]:
            title = "Held-out rooms" if of is main_set else "Held-out kinds of rooms"
            out += [f"### {title}, answers drawn at temperature 1: quality and diversity", "",
                    f"Quality of one answer; diversity of {samples} answers to a room: the distance between an object's places in two readable "
                    "answers, mean over objects, pairs and rooms, and the share of layouts that differ from the others.", "",
                    *diversity_table(plan, cells, current, of["name"])]
        out += ["### Later turns: faulty objects", "", "Held-out rooms. Paired: rooms where both answers parse, standard error over rooms.", "",
                *turns_table(plan, cells, current, main_set["name"])]
        out += ["### Pictures: rooms whose openings are only in the picture", "",
                "Share of rooms with a blocked opening, greedy; standard errors over rooms, paired where one room is compared with itself.", "",
                *pictures_table(cells, current, main_set["name"])]
        if any(row.get("curve") for row in done):
            out += ["### Learning curves", "", "32 held-out rooms, each run's own reward: a cell that changes the reward (`_counted`, `_without_`) is on a scale of "
                    "its own.", "", f"![reward on held-out rooms against seconds of training]({CURVES.relative_to(PAGE.parent)})", ""]
    out += ["### Cells", "", *table(["cell", "what", "seeds", "training (s)", "CPU seconds of training", "evaluation (s of CPU)"], [
        [f"`{cell['name']}`", cell["what"], ", ".join(map(str, sorted(current[cell["name"]]))) or
         ("not run: not available yet" if cell["run"] == "unavailable" else "not run"),
         *(spread(values(list(current[cell["name"]].values()), key), 0) for key in ("train_seconds", "cpu_seconds", "eval_cpu_seconds"))]
        for cell in cells])]
    return out


# ------------------------------------------------------------------------------------------------ curves

COLOURS = ["#1b6ca8", "#c8553d", "#588157", "#7b2d8b", "#b8860b", "#2f4b4f", "#d1495b", "#00798c", "#6c757d", "#8d5524"]


def curves_svg(plan, rows):
    """Reward on held-out rooms against seconds: a line per seed, a colour per cell. Nothing without validations."""
    current, _ = by_cell(plan, rows)
    lines = [(cell["name"], [row["curve"] for row in current[cell["name"]].values() if row.get("curve")]) for cell in plan["cells"]]
    lines = [(name, curves) for name, curves in lines if curves]
    points = [p for _, curves in lines for c in curves for p in c if p[1] is not None]
    if not points:
        return None
    width, height, left, right, top, bottom = 860, 420, 56, 230, 16, 44
    most_s = max(p[0] for p in points) or 1.0
    low, high = min(p[1] for p in points), max(p[1] for p in points)
    low, high = math.floor(low * 20) / 20, math.ceil(high * 20) / 20
    high = high if high > low else low + 0.05
    def x(s):
        return left + s / most_s * (width - left - right)
    def y(r):
        return height - bottom - (r - low) / (high - low) * (height - top - bottom)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="white"/>']
    ticks = round((high - low) / 0.05)
    for i in range(ticks + 1):
        value = low + i * 0.05
        out.append(f'<line x1="{left}" x2="{width - right}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="#e3e3e3"/>'
                   f'<text x="{left - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.2f}</text>')
    for i in range(7):
        s = most_s * i / 6
        out.append(f'<text x="{x(s):.1f}" y="{height - bottom + 18}" text-anchor="middle">{s:.0f}</text>')
    out.append(f'<text x="{(left + width - right) / 2:.0f}" y="{height - 8}" text-anchor="middle">seconds of training</text>'
               f'<text x="14" y="{height / 2:.0f}" transform="rotate(-90 14 {height / 2:.0f})" text-anchor="middle">reward, held-out rooms, greedy</text>')
    for index, (name, curves) in enumerate(lines):
        colour = COLOURS[index % len(COLOURS)]
        dash = ["", ' stroke-dasharray="6 3"', ' stroke-dasharray="2 3"', ' stroke-dasharray="9 3 2 3"'][index // len(COLOURS) % 4]
        for curve in curves:
            path = " ".join(f"{x(p[0]):.1f},{y(p[1]):.1f}" for p in curve if p[1] is not None)
            out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.6"{dash}/>')
        row = top + 14 + 17 * index
        out.append(f'<line x1="{width - right + 14}" x2="{width - right + 38}" y1="{row - 4}" y2="{row - 4}" stroke="{colour}" stroke-width="2"{dash}/>'
                   f'<text x="{width - right + 44}" y="{row}">{name}</text>')
    return "\n".join(out + ["</svg>", ""])


# ------------------------------------------------------------------------------------------------ page

def rebuild(plan, store, only_print=False):
    """Puts the tables between the page's markers, or prints them."""
    rows = read_rows(store)
    text = "\n".join(sections(plan, rows))
    if only_print:
        print(text)
        return
    svg = curves_svg(plan, rows)
    if svg:
        write_atomic(CURVES, svg)
    page = PAGE.read_text(encoding="utf-8")
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise SystemExit(f"{PAGE}: expected the lines '{BEGIN}' and '{END}' once each, in this order")
    head, rest = page.split(BEGIN)
    write_atomic(PAGE, head + BEGIN + "\n\n" + text.rstrip() + "\n\n" + END + rest.split(END)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--print", action="store_true", dest="only_print")
    parser.add_argument("--rows", type=pathlib.Path, default=ROWS)
    asked = parser.parse_args()
    rebuild(read_plan(), asked.rows, asked.only_print)


if __name__ == "__main__":
    main()
