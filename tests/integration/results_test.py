#!/usr/bin/env python3
"""The tables of docs/RESULTS.md from made-up rows: by hand, without running anything."""
import json
import math
import pathlib
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "scripts"))
sys.dont_write_bytecode = True
import results_table  # noqa: E402


def metrics(faulty, reward=0.5):
    keys = {key: 0.25 for key, _ in results_table.QUALITY} | {"faulty_objects": faulty, "reward": reward}
    return keys | {key + "_stderr": 0.01 for key in keys}


def row(plan, name, seed, faulty, reward=0.5, rules=2, recipe=None, train_seconds=360.0):
    cell = next(c for c in plan["cells"] if c["name"] == name)
    bounds = {"random": metrics(0.9), "solver": metrics(0.0), "solver_grid": metrics(0.001),
              "random_diversity": {"position_spread_m": 2.0, "distinct": 1.0}, "solver_diversity": {"position_spread_m": 1.0, "distinct": 1.0}}
    measured = {"greedy": metrics(faulty, reward), "greedy_turn_2": metrics(faulty / 2), "greedy_turn_3": metrics(faulty / 4),
                "sampled": metrics(faulty), "diversity": {"position_spread_m": 0.5, "distinct": 0.75}, "bounds": bounds, "rules_version": rules,
                "picture_ablation": [{"picture": p, "blocked_rate": 0.3, "blocked_rate_stderr": 0.05, "blocked_more": more, "blocked_more_stderr": 0.05,
                                      "openings_named": 1.0} for p, more in (("true", 0.0), ("swapped", 0.2), ("blank", 0.1))],
                "turn_ablation": []}
    return {"cell": name, "seed": seed, "recipe": recipe or results_table.recipe(plan, cell), "commit": "abc", "machine": {"cpu": "a", "cores": 2},
            "load_before": 0.1, "train_seconds": train_seconds, "steps": 33, "cpu_seconds": 700.0, "eval_wall_seconds": 50.0, "eval_cpu_seconds": 90.0,
            "heldout": measured, "heldout_kinds": measured}


class Tables(unittest.TestCase):
    def setUp(self):
        self.plan = results_table.read_plan()

    def line(self, text, begins):
        found = [l for l in text if l.startswith(begins)]
        self.assertTrue(found, begins)
        return [part.strip() for part in found[0].strip("|").split("|")]

    def test_means_and_spread_over_seeds(self):
        rows = [row(self.plan, "grpo_t3", seed, faulty) for seed, faulty in ((1, 0.4), (2, 0.5), (3, 0.6))]
        text = results_table.sections(self.plan, rows)
        cells = self.line(text, "| `grpo_t3` |")
        self.assertEqual(cells[1], "3")
        self.assertEqual(cells[5], "0.500 ± 0.100")  # the sample's standard deviation of 0.4, 0.5, 0.6

    def test_rows_of_another_recipe_or_of_other_rules_are_left_out(self):
        rows = [row(self.plan, "grpo_t3", 1, 0.4), row(self.plan, "grpo_t3", 2, 0.9, recipe="else"), row(self.plan, "object_t3", 1, 0.9, rules=1)]
        current, old = results_table.by_cell(self.plan, rows)
        self.assertEqual(set(current["grpo_t3"]), {1})
        self.assertEqual(current["object_t3"], {})
        self.assertEqual(sum(map(len, old.values())), 2)
        self.assertIn("2 rows are of another recipe", "\n".join(results_table.sections(self.plan, rows)))

    def test_a_recipe_changes_with_what_it_is_made_of(self):
        cell = next(c for c in self.plan["cells"] if c["name"] == "grpo_t3")
        before = results_table.recipe(self.plan, cell)
        self.assertEqual(before, results_table.recipe(self.plan, dict(cell, what="in other words")))
        self.assertNotEqual(before, results_table.recipe(self.plan, dict(cell, overrides=["algorithm.gamma=0.9"])))
        self.assertNotEqual(before, results_table.recipe(dict(self.plan, minutes=7), cell))
        self.assertNotEqual(before, results_table.recipe(self.plan, dict(cell, overrides=["worker.actor.model.model_path=models/nano"])))

    def test_differences_have_the_standard_error_of_welch(self):
        a = [row(self.plan, "grpo_t3", s, 0.5, reward) for s, reward in enumerate((0.80, 0.82))]
        b = [row(self.plan, "supervised", s, 0.5, reward) for s, reward in enumerate((0.70, 0.74))]
        mean, error = results_table.compared(a, b, "heldout", "greedy", "reward")
        self.assertAlmostEqual(mean, 0.09)
        # Variances of the means: 0.0002 / 2 and 0.0008 / 2.
        self.assertAlmostEqual(error, math.sqrt(0.0001 + 0.0004))
        self.assertIsNone(results_table.compared(a[:1], b, "heldout", "greedy", "reward")[1])
        # A model that was not trained has no seeds that could differ.
        untrained = [row(self.plan, "untrained", 1, 0.8, 0.6, train_seconds=0.0)]
        self.assertAlmostEqual(results_table.compared(a, untrained, "heldout", "greedy", "reward")[1], 0.01)

    def test_the_verdict_says_what_the_numbers_say(self):
        cells = results_table.family(self.plan["cells"], "untrained")
        def verdict(reward, faulty):
            rows = ([row(self.plan, "grpo_t3", s, faulty + 0.01 * s, reward + 0.01 * s) for s in range(3)] +
                    [row(self.plan, "supervised", s, 0.5 + 0.01 * s, 0.7 + 0.01 * s) for s in range(3)])
            return results_table.verdict(cells, results_table.by_cell(self.plan, rows)[0], "heldout", "supervised")[0]
        self.assertIn("by reward RL is better by more than two standard errors over seeds; by faulty objects RL is worse", verdict(0.8, 0.6))
        self.assertIn("by reward RL is worse", verdict(0.6, 0.5))
        self.assertIn("by faulty objects RL is better", verdict(0.6, 0.4))
        self.assertIn("by reward the difference is within two standard errors", verdict(0.705, 0.5))

    def test_every_base_has_its_own_comparison(self):
        rows = [row(self.plan, name, s, 0.5, reward + 0.01 * s) for name, reward in
                (("grpo_t3", 0.6), ("supervised", 0.7), ("nano_axis_t1", 0.9), ("nano_supervised", 0.8)) for s in range(3)]
        text = "\n".join(results_table.sections(self.plan, rows))
        self.assertIn("`grpo_t3`: reward -0.100", text)
        self.assertIn("`nano_axis_t1`: reward +0.100", text)

    def test_pictures_turns_and_what_was_not_run(self):
        text = results_table.sections(self.plan, [row(self.plan, "axis_t3", 1, 0.4)])
        pictures = self.line(text[text.index("### Pictures: rooms whose openings are only in the picture"):], "| `axis_t3` |")
        self.assertEqual(pictures[4:6], ["0.200 (s.e. 0.050)", "4.0"])
        turns = self.line(text[text.index("### Later turns: faulty objects"):], "| `axis_t3` |")
        self.assertEqual(turns[1], "0.400 → 0.200 → 0.100")
        cells = text[text.index("### Cells"):]
        self.assertEqual(self.line(cells, "| `grpo_t1` |")[2], "not run")
        self.assertEqual(self.line(cells, "| `axis_t3` |")[2], "1")

    def test_curves_are_drawn_from_the_rows_alone(self):
        rows = [row(self.plan, "axis_t3", 1, 0.4) | {"curve": [[0.0, 0.55, 0.8, 0.6, 0.4], [360.0, 0.8, 0.5, 0.2, 0.1]]}]
        svg = results_table.curves_svg(self.plan, rows)
        self.assertIn(">axis_t3</text>", svg)
        self.assertEqual(svg.count("<polyline"), 1)
        self.assertIsNone(results_table.curves_svg(self.plan, [row(self.plan, "axis_t3", 1, 0.4)]))

    def test_rows_are_added_whole(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "deep" / "rows.jsonl"
            results_table.append_row(path, {"a": 1})
            results_table.append_row(path, {"a": 2})
            self.assertEqual(results_table.read_rows(path), [{"a": 1}, {"a": 2}])
            path.write_text('{"a": 1}\n{"a"', encoding="utf-8")
            self.assertRaises(SystemExit, results_table.read_rows, path)

    def test_the_page_is_what_its_rows_give(self):
        page = results_table.PAGE.read_text(encoding="utf-8")
        text = "\n".join(results_table.sections(self.plan, results_table.read_rows(results_table.ROWS)))
        self.assertIn(results_table.BEGIN + "\n\n" + text.rstrip() + "\n\n" + results_table.END, page,
                      "run scripts/results_table.py: docs/RESULTS.md is not what docs/results/cells.jsonl says")


class Script(unittest.TestCase):
    def run_script(self, *words):
        return subprocess.run([str(SOURCE / "scripts" / "reproduce.sh"), *words], capture_output=True, text=True)

    def test_every_cell_is_listed_with_its_time(self):
        done = self.run_script("--list")
        self.assertEqual(done.returncode, 0, done.stderr)
        for cell in results_table.read_plan()["cells"]:
            self.assertIn(cell["name"], done.stdout)
        self.assertIn("to do: ", done.stdout)

    def test_unknown_cells_are_one_line(self):
        done = self.run_script("--cells", "magic")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertIn("magic", done.stderr)


if __name__ == "__main__":
    unittest.main()
