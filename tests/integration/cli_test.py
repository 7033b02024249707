#!/usr/bin/env python3
"""The program from outside: exit codes, messages, files. METASPATIAL names the program."""
import http.server
import json
import os
import pathlib
import select
import struct
import subprocess
import tempfile
import threading
import time
import unittest
import zlib

PROGRAM = os.environ.get("METASPATIAL", "build/release/bin/metaspatial")
DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
SCENE = DATA / "two_chairs.json"
DONE, INPUT, USAGE, SYSTEM = 0, 1, 2, 3


def run(*arguments, text_in=None, cwd=None):
    return subprocess.run([PROGRAM, *map(str, arguments)], input=text_in, cwd=cwd, capture_output=True, text=True,
                          errors="replace", timeout=120)


class Cli(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.dir = pathlib.Path(self.folder.name)

    def file(self, name, content):
        path = self.dir / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def assert_fails(self, done, code):
        """The exit code, nothing on stdout, and one line on stderr that begins with the program's name."""
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"\Ametaspatial: [^\n]+\n\Z")


class Help(Cli):
    def test_every_command_has_an_example(self):
        for command in ("check", "judge", "score", "render", "export", "curate", "generate", "merge"):
            with self.subTest(command):
                done = run(command, "--help")
                self.assertEqual(done.returncode, DONE)
                self.assertIn("metaspatial " + command, done.stdout.split("Example")[1])

    def test_wrong_usage(self):
        for arguments in (["fly"], ["check", "--fast"], ["check"], ["render"], ["generate", "--solver"],
                          ["render", SCENE, "--width", "x"], ["check", "--rules", "mine"],
                          ["check", "--rules", "reference"], ["generate", "a room", "--solver", "--size", "6x4"],
                          ["generate", "a room", "--solver", "-o", "room.txt"], ["export", SCENE, "-o", "room.obj"]):
            with self.subTest(arguments):
                self.assert_fails(run(*arguments, cwd=self.dir), USAGE)
        self.assertEqual(list(self.dir.iterdir()), [])


class Check(Cli):
    def test_names_the_fault_and_its_size(self):
        # chair_2 spans x 2.4..2.8, table_1 1.4..2.6: 0.20 m deep.
        done = run("check", SCENE)
        self.assertEqual(done.returncode, DONE)
        self.assertIn("overlaps", done.stdout)
        self.assertIn("0.20 m", done.stdout)

    def test_json_has_the_same_in_numbers(self):
        done = run("check", "--json", SCENE)
        report = json.loads(done.stdout)
        self.assertEqual(report["objects"], 3)
        self.assertAlmostEqual(report["colliding_objects"], 2 / 3)
        overlap = [fault for fault in report["faults"] if fault["kind"] == "overlap"]
        self.assertEqual([(fault["object"], fault["other"]) for fault in overlap], [("table_1", "chair_2")])
        self.assertAlmostEqual(overlap[0]["magnitude_m"], 0.2)

    def test_people_read_faults_by_object_the_worst_first(self):
        lines = run("check", SCENE).stdout.splitlines()
        self.assertEqual(lines[0], f"{SCENE}: 3 objects, 2 faulty")
        # Each of the two says the overlap, with the way out that is its own.
        self.assertIn("    table_1 overlaps chair_2 by 0.20 m; 0.20 m west would free it", lines)
        self.assertIn("    chair_2 overlaps table_1 by 0.20 m; 0.20 m east would free it", lines)
        self.assertLess(lines.index("  table_1"), lines.index("  chair_2"))
        self.assertNotIn("\x1b", "".join(lines))
        self.assertIn("\x1b[31m", run("check", "--color", "always", SCENE).stdout)

    def test_meshes_and_gravity_on_request(self):
        scene = json.loads(SCENE.read_text())
        scene[1]["position"]["z"] += 1
        floating = self.file("floating.json", json.dumps(scene))
        plain = json.loads(run("check", "--json", floating).stdout)
        self.assertNotIn("mesh_contacts", plain)
        self.assertNotIn("settling", plain)
        report = json.loads(run("check", "--json", "--meshes", "--settle", floating).stdout)
        # chair_2 is pushed in under the table: the boxes overlap, what is drawn does not. Deeper in, it does.
        self.assertEqual(report["mesh_contacts"], [])
        scene[2]["position"]["x"] = 2.1
        deeper = json.loads(run("check", "--json", "--meshes", self.file("deeper.json", json.dumps(scene))).stdout)
        self.assertEqual([(c["object"], c["other"]) for c in deeper["mesh_contacts"]], [("table_1", "chair_2")])
        self.assertAlmostEqual(report["settling"]["objects"]["chair_1"]["moved_m"], 1, delta=0.02)
        self.assertFalse(report["settling"]["objects"]["chair_1"]["stable"])
        self.assertIn("gravity: chair_1 falls 1.00 m", run("check", "--settle", floating).stdout)

    def test_walkable_floor_and_contradictions_are_told(self):
        scene = json.loads(SCENE.read_text())
        scene[0]["placement"]["room_layout_elements"] = [
            {"layout_element_id": wall, "preposition": "on"} for wall in ("north_wall", "south_wall")]
        report = json.loads(run("check", "--json", self.file("torn.json", json.dumps(scene))).stdout)
        self.assertEqual(report["room_faults"][0], "table_1 cannot be on the north_wall and on the south_wall")
        self.assertEqual(report["unsatisfiable_relations"], 2)
        self.assertEqual((report["walk"]["from_door"], report["walk"]["navigability"]), (False, 1))

    def test_a_config_changes_the_tolerances(self):
        config = self.file("loose.yaml", "reward: {rules: {overlap_slop_m: 0.3, relation_slop_m: 0.3}}")
        self.assertEqual(json.loads(run("check", "--json", "--config", config, SCENE).stdout)["faults"], [])

    def test_a_polygonal_floor(self):
        room = SCENE.parent.parent.parent / "data" / "rooms" / "l_shaped.json"
        self.assertEqual(json.loads(run("check", "--json", room).stdout)["faulty_objects"], 0)
        row = json.loads(room.read_text())
        row["floor"] = [[0, 0], [1, 1], [1, 0]]
        done = run("check", self.file("bad_floor.json", json.dumps(row)))
        self.assert_fails(done, INPUT)
        self.assertIn("floor", done.stderr)
        self.assertEqual(run("render", room, "-o", self.dir / "l.png", "--view", "top").returncode, DONE)
        self.assertEqual(run("export", room, "-o", self.dir / "l.glb").returncode, DONE)

    def test_faults_fail_only_on_request(self):
        self.assertEqual(run("check", SCENE).returncode, DONE)
        self.assertEqual(run("check", "--fail-on-faults", SCENE).returncode, INPUT)

    def test_a_bad_file_among_good_ones_does_not_stop_the_others(self):
        bad = self.file("bad.json", "{")
        done = run("check", "--json", bad, SCENE)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(rows), 2)
        self.assertIn("error", rows[0])
        self.assertEqual(rows[1]["objects"], 3)
        self.assertEqual(done.returncode, INPUT)

    def test_hostile_files(self):
        scene = json.loads(SCENE.read_text())

        def changed(field, value):
            copy = json.loads(json.dumps(scene))
            copy[0][field] = value
            return json.dumps(copy)

        cases = {
            "empty": "", "space": "   ", "null": "null", "number": "3", "string": '"room"', "object": "{}",
            "truncated": json.dumps(scene)[:200], "deep": "[" * 100000, "binary": bytes(range(256)) * 20,
            "nan": changed("position", {"x": 1, "y": 1, "z": 1}).replace('"x": 1', '"x": NaN'),
            "huge": changed("position", {"x": 1, "y": 1, "z": 1}).replace('"x": 1', '"x": 1e999'),
            "negative": changed("size_in_meters", {"length": -1, "width": 1, "height": 1}),
            "text_size": changed("size_in_meters", {"length": "big", "width": 1, "height": 1}),
            "no_size": changed("size_in_meters", None),
            "twice": changed("new_object_id", "chair_1"),
            "no_position": json.dumps([{k: v for k, v in entry.items() if entry is not scene[0] or k != "position"}
                                       for entry in scene]),
        }
        for name, content in cases.items():
            with self.subTest(name):
                self.assert_fails(run("check", self.file(name + ".json", content)), INPUT)
        self.assert_fails(run("check", self.dir), INPUT)
        self.assert_fails(run("check", self.dir / "absent.json"), INPUT)


class Scoring(Cli):
    ANSWER = [{"new_object_id": "table_1", "x": 2.0, "y": 1.5, "z": 0.4},
              {"new_object_id": "chair_1", "x": 1.1, "y": 1.5, "z": 0.45},
              {"new_object_id": "chair_2", "x": 2.9, "y": 1.5, "z": 0.45}]

    def response(self, answer):
        return "<think>the chairs stand beside the table</think><answer>" + json.dumps(answer) + "</answer>"

    def rows(self, lines, *arguments):
        responses = self.file("responses.jsonl", "".join(line + "\n" for line in lines))
        done = run("score", responses, *arguments)
        self.assertEqual(done.returncode, DONE, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]


class Score(Scoring):
    def test_a_better_answer_scores_higher(self):
        worse = json.loads(json.dumps(self.ANSWER))
        worse[2]["x"] = 2.6
        good, bad, unreadable = self.rows([
            json.dumps({"id": "good", "scene": str(SCENE), "response": self.response(self.ANSWER)}),
            json.dumps({"id": "bad", "scene": str(SCENE), "response": self.response(worse)}),
            json.dumps({"id": "unreadable", "room": json.loads(SCENE.read_text()), "response": "I would rather not."})])
        self.assertEqual([good["id"], bad["id"], unreadable["id"]], ["good", "bad", "unreadable"])
        self.assertEqual((good["format"], good["faults"]), (1, []))
        self.assertEqual(set(good["objects"]), {"table_1", "chair_1", "chair_2"})
        self.assertTrue(any("overlaps" in fault for fault in bad["faults"]))
        self.assertGreater(good["total"], bad["total"])
        self.assertGreater(bad["total"], unreadable["total"])

    def test_a_bad_row_becomes_a_row_with_an_error(self):
        good = json.dumps({"id": 7, "scene": str(SCENE), "response": self.response(self.ANSWER)})
        rows = self.rows(["{", "[]", '{"id": 3}', json.dumps({"id": 4, "scene": "absent.json", "response": ""}),
                          json.dumps({"id": 5, "room": [], "response": ""}), "", good])
        self.assertEqual(["error" in row for row in rows], [True, True, True, True, True, False])
        self.assertIn("line 1", rows[0]["error"])
        self.assertEqual([row["id"] for row in rows], [1, 2, 3, 4, 5, 7])

    def test_a_scene_file_is_looked_for_beside_the_responses(self):
        self.file("room.json", SCENE.read_text())
        rows = self.rows([json.dumps({"id": 1, "scene": "room.json", "response": self.response(self.ANSWER)})])
        self.assertEqual(rows[0]["faults"], [])

    def test_standard_input_and_an_output_file(self):
        out = self.dir / "deep" / "rewards.jsonl"
        line = json.dumps({"id": 1, "scene": str(SCENE), "response": self.response(self.ANSWER)})
        done = run("score", "-", "-o", out, text_in=line)
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertEqual(json.loads(out.read_text())["format"], 1)
        self.assertIn("1 answers, 1 readable", done.stdout)

    def test_hostile_responses_are_low_rewards(self):
        texts = ["", "\x00\x01", "<answer>" * 10000, "<think></think><answer>" + "[" * 50000 + "</answer>",
                 self.response([]), self.response(self.ANSWER * 2), self.response({"new_object_id": "table_1"}),
                 self.response(self.ANSWER).replace("2.9", "1e400"), self.response(self.ANSWER).replace("2.9", "NaN")]
        rows = self.rows([json.dumps({"id": i, "scene": str(SCENE), "response": text}) for i, text in enumerate(texts)])
        for row, text in zip(rows, texts):
            with self.subTest(text[:60]):
                self.assertNotIn("error", row)
                self.assertLess(row["format"], 1)
                self.assertLess(row["total"], 0.5)


class ScoreStreams(Scoring):
    """What `score` does while its input is still being written."""

    def line(self, number, x=2.9, **fields):
        answer = json.loads(json.dumps(self.ANSWER))
        answer[2]["x"] = x
        return json.dumps({"id": number, "scene": str(SCENE), "response": self.response(answer), **fields}) + "\n"

    def start(self, *arguments):
        process = subprocess.Popen([PROGRAM, "score", *map(str, arguments)], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        self.addCleanup(process.wait)
        for stream in (process.stdin, process.stdout, process.stderr):
            self.addCleanup(stream.close)
        self.addCleanup(process.kill)
        return process

    def answer_of(self, process):
        """The next line, which must come without more being written."""
        line = b""
        while not line.endswith(b"\n"):
            self.assertTrue(select.select([process.stdout], [], [], 30)[0], "no answer came")
            piece = process.stdout.read(1 << 16)
            self.assertTrue(piece, "it ended without an answer")
            line += piece
        return json.loads(line)

    def test_every_line_is_answered_before_the_next_is_written(self):
        process = self.start("-")
        for number, x in enumerate([2.9, 2.6, 2.9, 2.0]):
            process.stdin.write(self.line(number, x).encode())
            answer = self.answer_of(process)
            self.assertEqual((answer["id"], answer["faults"] == []), (number, x == 2.9))
        process.stdin.write(b"{\n")
        self.assertIn("standard input, line 5", self.answer_of(process)["error"])
        process.stdin.write(b"\n" + self.line(6).encode()[:100])  # a line in two pieces, after a blank one
        time.sleep(0.05)
        process.stdin.write(self.line(6).encode()[100:])
        self.assertEqual(self.answer_of(process)["id"], 6)
        process.stdin.write(self.line(7).encode()[:-1])  # a last line without its newline
        process.stdin.close()
        self.assertEqual(self.answer_of(process)["id"], 7)
        self.assertEqual(process.wait(30), DONE)

    def test_a_scene_that_changes_between_two_lines_is_read_again(self):
        scene = json.loads(SCENE.read_text())
        process = self.start("-", "--dir", self.dir)
        for number, length in enumerate([1.2, 1.9, 1.2]):  # a longer table reaches the chairs
            scene[0]["size_in_meters"]["length"] = length
            self.file("room.json", json.dumps(scene))
            process.stdin.write(self.line(number, scene="room.json").encode())
            self.assertEqual(self.answer_of(process)["faults"] == [], length == 1.2)

    def test_memory_does_not_grow_with_the_stream(self):
        process = self.start("-")
        lines = 50000
        block = "".join(self.line(i) for i in range(500)).encode()

        def write():
            for _ in range(lines // 500):
                process.stdin.write(block)
            process.stdin.write(b'{"id": "long", "response": "' + b"x" * (40 << 20) + b'"}\n' + self.line("last").encode())
            process.stdin.flush()

        writer = threading.Thread(target=write)
        writer.start()
        rows, tail = 0, b""
        while b'"last"' not in tail:
            piece = process.stdout.read(1 << 16)
            self.assertTrue(piece)
            rows += piece.count(b"\n")
            tail = tail[-10000:] + piece
        writer.join()
        status = pathlib.Path("/proc/%d/status" % process.pid).read_text()
        peak_kb = int(status.split("VmHWM:")[1].split()[0])
        self.assertEqual(rows, lines + 2)
        self.assertIn(b"longer than 16 MiB", tail)
        # The input is 58 MB, the output 43 MB; the program itself needs 11 MB, and the long line up to 32.
        self.assertLess(peak_kb, 64 << 10)

    def test_the_same_rows_in_the_same_order_however_they_come(self):
        lines = [self.line(i, 2.9 - 0.001 * (i % 700)) if i % 13 else "[]\n" for i in range(1500)]
        whole = self.file("responses.jsonl", "".join(lines))
        out = self.dir / "rewards.jsonl"
        done = run("score", whole, "-o", out)
        self.assertIn("1384 answers, 1384 readable", done.stdout)
        self.assertIn("116 rows could not be read", done.stdout)
        rows = [json.loads(row) for row in out.read_text().splitlines()]
        self.assertEqual([row["id"] for row in rows], [i if i % 13 else i + 1 for i in range(1500)])
        piped = run("score", "-", "-o", "-", text_in="".join(lines)).stdout
        self.assertTrue(piped.replace("standard input", str(whole)) == out.read_text(), "the rows differ")

    def test_an_output_file_appears_whole_or_not_at_all(self):
        out = self.file("rewards.jsonl", "old")
        process = self.start("-", "-o", out)
        process.stdin.write(self.line(1).encode())
        time.sleep(0.1)
        self.assertEqual(out.read_text(), "old")
        process.stdin.close()
        self.assertEqual(process.wait(30), DONE)
        self.assertEqual(json.loads(out.read_text())["id"], 1)
        self.assertEqual([path.name for path in self.dir.iterdir()], ["rewards.jsonl"])
        blocker = self.file("blocker", "a file, not a folder")
        self.assert_fails(run("score", "-", "-o", blocker / "rewards.jsonl", text_in=self.line(1)), SYSTEM)
        self.assert_fails(run("score", self.dir / "absent.jsonl", "-o", self.dir / "new.jsonl"), INPUT)
        self.assertFalse((self.dir / "new.jsonl").exists())
        self.assert_fails(run("score", self.dir), INPUT)

    def test_a_reader_who_leaves_ends_it_quietly(self):
        process = self.start("-")
        process.stdin.write(self.line(1).encode())
        self.answer_of(process)
        process.stdout.close()
        process.stdin.write(self.line(2).encode())
        self.assertEqual(process.wait(30), SYSTEM)
        self.assertEqual(process.stderr.read(), b"")

    def test_a_layout_may_stand_for_the_response(self):
        fields = {"id": 1, "scene": str(SCENE), "layout": self.ANSWER}
        good, bad, neither = self.rows([json.dumps(fields), json.dumps({**fields, "layout": self.ANSWER[:2]}),
                                        json.dumps({**fields, "layout": None})])
        by_response, = self.rows([self.line(1).strip()])
        self.assertEqual(good, by_response)
        self.assertIn("layout", bad["error"])
        self.assertIn('"response" is missing', neither["error"])

    def test_a_config_says_what_counts(self):
        worse = self.line(1, 2.6).strip()
        plain, = self.rows([worse])
        config = self.file("train.yaml", "trainer:\n  max_steps: 3\nreward:\n  physics_weight: 0\n"
                                         "  looks_weight: 0\n  stages:\n    enabled: true\n")
        format_only, = self.rows([worse], "--config", config)
        self.assertEqual(format_only["total"], 1)
        self.assertEqual(format_only["physics"], plain["physics"])
        rules = self.file("rules.yaml", "reward: {rules: {overlap_slop_m: 0.5, relation_slop_m: 0.5}}")
        tolerant, = self.rows([worse], "--config", rules)
        self.assertEqual((tolerant["faults"], len(plain["faults"]) > 0), ([], True))
        no_looks, = self.rows([worse], "--config", self.file("looks.yaml", "env: {looks: false}"))
        self.assertEqual(no_looks, self.rows([worse], "--no-looks")[0])
        repository = pathlib.Path(__file__).resolve().parent.parent.parent
        # The demo's reward leaves use out.
        demo, = self.rows([worse], "--config", repository / "configs" / "demo.yaml")
        no_use = self.file("no_use.yaml", "reward: {object: {use_weight: 0}}")
        self.assertEqual([demo], self.rows([worse], "--config", no_use))
        self.assertEqual(demo["objects"]["table_1"]["relation"], plain["objects"]["table_1"]["relation"])
        responses = self.file("responses.jsonl", worse)
        for text, named in (("reward: {looks_wieght: 1}", "reward.looks_wieght"),
                            ("reward: {format_weight: 0}", "reward.format_weight"), ("reward: [", "line 1")):
            done = run("score", responses, "--config", self.file("bad.yaml", text))
            self.assert_fails(done, INPUT)
            self.assertIn(named, done.stderr)


def png_size(path):
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n", head
    return struct.unpack(">II", head[16:24])


def read_gray16(path):
    """Rows of a 16-bit grey PNG, read by the specification: check sums, deflate, row filters 0 and 1."""
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed, size = 8, b"", None
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length:at + 12 + length])[0] == zlib.crc32(kind + body)
        if kind == b"IHDR":
            size = struct.unpack(">II", body[:8])
            assert body[8:] == b"\x10\x00\x00\x00\x00"
        if kind == b"IDAT":
            packed += body
        at += 12 + length
    raw = zlib.decompress(packed)
    width, height = size
    assert len(raw) == height * (1 + 2 * width)
    rows = []
    for y in range(height):
        row = bytearray(raw[y * (1 + 2 * width) + 1:(y + 1) * (1 + 2 * width)])
        if raw[y * (1 + 2 * width)] == 1:
            for i in range(2, len(row)):
                row[i] = (row[i] + row[i - 2]) & 255
        rows.append(struct.unpack(f">{width}H", bytes(row)))
    return rows


def read_glb(path):
    data = path.read_bytes()
    magic, version, length = struct.unpack("<III", data[:12])
    assert (magic, version, length) == (0x46546C67, 2, len(data))
    size, kind = struct.unpack("<II", data[12:20])
    assert kind == 0x4E4F534A
    return json.loads(data[20:20 + size])


class Files(Cli):
    def test_render_draws_what_is_asked(self):
        for view in ("corner", "top", "eye"):
            out = self.dir / (view + ".png")
            done = run("render", SCENE, "-o", out, "--view", view, "--width", 96, "--height", 64)
            self.assertEqual(done.returncode, DONE, done.stderr)
            self.assertEqual(png_size(out), (96, 64))
        empty = self.dir / "empty.png"
        run("render", SCENE, "-o", empty, "--empty", "--width", 96, "--height", 64)
        self.assertTrue(empty.read_bytes() != (self.dir / "corner.png").read_bytes(), "furniture left no trace")

    def test_views_and_what_is_drawn_over_them(self):
        def drawn(name, *options):
            out = self.dir / (name + ".png")
            done = run("render", SCENE, "-o", out, *options)
            self.assertEqual(done.returncode, DONE, done.stderr)
            return out

        plain = drawn("plain", "--width", 128, "--height", 128)
        for flag in ("--labels", "--grid", "--relations", "--faults"):
            over = drawn(flag[2:], "--width", 128, "--height", 128, flag)
            self.assertEqual(png_size(over), (128, 128))
            self.assertTrue(over.read_bytes() != plain.read_bytes(), flag)
        self.assertEqual(png_size(drawn("sheet", "--view", "sheet", "--faults")), (1024, 1024))
        self.assertEqual(png_size(drawn("pair", "--view", "corner,opposite", "--width", 200, "--height", 100)),
                         (200, 100))
        for view in ("side", "corner,", "top,top", "sheet,top", ""):
            with self.subTest(view):
                self.assert_fails(run("render", SCENE, "-o", self.dir / "no.png", "--view", view), USAGE)
        for guide in ("--depth", "--normals", "--ids"):
            self.assert_fails(run("render", SCENE, "-o", self.dir / "no.png", guide, "depth.exr"), USAGE)
        self.assertFalse((self.dir / "no.png").exists())

    def test_distances_normals_and_ids(self):
        # two_chairs: a room of 3 m height; the plan's camera hangs 8 m above the floor. The table is 0.8 m high.
        out = self.dir / "plan.png"
        done = run("render", SCENE, "-o", out, "--view", "top", "--width", 96, "--height", 64, "--depth",
                   self.dir / "depth.png", "--normals", self.dir / "normals.png", "--ids", self.dir / "ids.png")
        self.assertEqual(done.returncode, DONE, done.stderr)
        depth, ids = read_gray16(self.dir / "depth.png"), read_gray16(self.dir / "ids.png")
        legend = json.loads((self.dir / "ids.json").read_text())
        self.assertEqual((len(depth), len(depth[0])), (64, 96))
        self.assertEqual((legend["background"], legend["room"]), (0, 1))
        table = next(entry for entry in legend["objects"] if entry["id"] == "table_1")
        seen = [(x, y) for y, row in enumerate(ids) for x, value in enumerate(row) if value == table["value"]]
        self.assertEqual(len(seen), table["pixels"])
        x0, y0, x1, y1 = table["box_px"]
        self.assertEqual((x0, y0, x1, y1), (min(x for x, _ in seen), min(y for _, y in seen),
                                            max(x for x, _ in seen) + 1, max(y for _, y in seen) + 1))
        self.assertTrue(0.5 < table["visible_share"] <= 1)
        middle = ((x0 + x1) // 2, (y0 + y1) // 2)
        self.assertAlmostEqual(depth[middle[1]][middle[0]], 7200, delta=1)
        floor = {depth[y][x] for y, row in enumerate(ids) for x, value in enumerate(row) if value == 1}
        self.assertIn(8000, floor)
        self.assertTrue(all(depth[y][x] == 0 for y, row in enumerate(ids) for x, value in enumerate(row) if value == 0))
        self.assertEqual(legend["camera"]["kind"], "parallel")
        self.assertEqual(legend["camera"]["forward"], [0, 0, -1])
        # The same without rounding, for each of several views.
        run("render", SCENE, "-o", out, "--view", "top,eye", "--depth", self.dir / "d.npy")
        head = (self.dir / "d_eye.npy").read_bytes()[:128]
        self.assertTrue(head.startswith(b"\x93NUMPY\x01\x00"))
        self.assertIn(b"'<f4'", head)
        self.assertTrue((self.dir / "d_top.npy").exists())

    def test_export_is_glb(self):
        out = self.dir / "room.glb"
        done = run("export", SCENE, "-o", out)
        self.assertEqual(done.returncode, DONE, done.stderr)
        names = json.dumps(read_glb(out))
        for name in ("table_1", "chair_1", "chair_2"):
            self.assertIn(name, names)

    def test_generate_leaves_a_room_without_faults(self):
        done = run("generate", "A music room with a piano and two armchairs.", "--size", "6x4x3", "--solver", "--json",
                   "-o", self.dir / "room.glb")
        self.assertEqual(done.returncode, DONE, done.stderr)
        made = json.loads(done.stdout)
        self.assertEqual(made["faults"], [])
        self.assertTrue(4 <= made["objects"] <= 12, made)
        read_glb(self.dir / "room.glb")
        self.assertEqual(png_size(self.dir / "room.png")[0], png_size(self.dir / "room.png")[1])
        row = json.loads((self.dir / "room.json").read_text())
        self.assertEqual(row["size_of_room"], {"x": 6, "y": 4, "z": 3})
        ids = [entry["new_object_id"] for entry in row["scene_graph"]]
        self.assertTrue(any("piano" in name for name in ids), ids)
        self.assertEqual(sum("armchair" in name for name in ids), 2, ids)
        checked = run("check", "--json", self.dir / "room.json")
        self.assertEqual(json.loads(checked.stdout)["faults"], [])

    def test_generate_tells_what_it_decided(self):
        sentence = "A study with a desk, a bookshelf and a flux capacitor."
        done = run("generate", sentence, "--size", "4x4x3", "--solver", "--samples", 3, "-v", "-o", self.dir / "a.glb")
        self.assertEqual(done.returncode, DONE, done.stderr)
        text = done.stdout
        self.assertRegex(text, r"\A[a-z ]+, 4 x 4 x 3 m, \d+ objects:\n")
        self.assertRegex(text, r"\n  bookshelf_1 +[\d. x]+ +in your words +\S")
        self.assertRegex(text, r"\n  \S+_1 +[\d. x]+ +usual in an? [a-z ]+ +\S")
        self.assertRegex(text, r"not understood: .*capacitor")
        self.assertRegex(text, r"\nplaced by the solver: 3 layouts, reward")
        self.assertIn("\nno faults\n", text)
        self.assertRegex(text, r"seconds: [\d.]+ \(")
        made = json.loads(run("generate", sentence, "--size", "4x4x3", "--solver", "--samples", 3, "--json", "--view",
                              "sheet", "--labels", "--faults", "-o", self.dir / "b.glb").stdout)
        self.assertEqual(made["placement"]["by"], "solver")
        self.assertEqual(made["placement"]["attempts"], 3)
        self.assertEqual(len(made["design"]), made["objects"])
        self.assertTrue(any(entry["named"] for entry in made["design"]))
        self.assertTrue(any(not entry["named"] for entry in made["design"]))
        self.assertGreater(sum(made["seconds"].values()), 0)
        self.assertEqual(png_size(self.dir / "b.png"), (1280, 1280))
        self.assertEqual((self.dir / "a.json").read_bytes(), (self.dir / "b.json").read_bytes())
        text = run("generate", "forty bananas", "--solver", "--samples", 1, "-o", self.dir / "d.glb").stdout
        self.assertIn("your words name no kind of room", text)
        made = run("generate", "a bathroom with a grand piano and a pool table", "--size", "2x2x2.5", "--solver", "-o",
                   self.dir / "d.glb").stdout
        self.assertIn("no place found for: ", made)
        for wrong in (["--view", "side"], ["--turns", "some"], ["--turns", "99"], ["--samples", "0"]):
            self.assert_fails(run("generate", sentence, "--solver", *wrong, "-o", self.dir / "c.glb"), USAGE)
        self.assertFalse((self.dir / "c.glb").exists())

    def test_same_seed_same_bytes(self):
        def made(name, seed):
            run("generate", "a study with a desk", "--solver", "--seed", seed, "-o", self.dir / (name + ".glb"))
            return [(self.dir / (name + end)).read_bytes() for end in (".glb", ".png", ".json")]

        self.assertTrue(made("a", 5) == made("b", 5), "two runs differ")
        self.assertTrue(made("c", 6)[2] != made("a", 5)[2], "the seed changes nothing")

    def test_disk_trouble_is_a_system_error(self):
        blocker = self.file("blocker", "a file, not a folder")
        self.assert_fails(run("export", SCENE, "-o", blocker / "room.glb"), SYSTEM)
        self.assert_fails(run("render", SCENE, "-o", blocker / "room.png"), SYSTEM)
        self.assertEqual(sorted(p.name for p in self.dir.iterdir()), ["blocker"])

    def test_impossible_rooms_are_one_line(self):
        for arguments in (["", "--size", "5x4x3"], ["a room", "--size", "0.2x0.2x3"]):
            with self.subTest(arguments):
                self.assert_fails(run("generate", *arguments, "--solver", "-o", self.dir / "room.glb"), INPUT)
        self.assertEqual(list(self.dir.iterdir()), [])


def box_glb(x, y, z):
    """A box of this size in glTF's axes (y up), standing on the ground."""
    corners = [(i & 1 and x, i & 2 and y, i & 4 and z) for i in range(8)]
    faces = [0, 2, 1, 1, 2, 3, 4, 5, 6, 5, 7, 6, 0, 1, 4, 1, 5, 4, 2, 6, 3, 3, 6, 7, 0, 4, 2, 2, 4, 6, 1, 3, 5, 3, 7, 5]
    data = b"".join(struct.pack("<3f", *corner) for corner in corners) + struct.pack("<36H", *faces)
    text = json.dumps({
        "asset": {"version": "2.0"}, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
        "materials": [{"pbrMetallicRoughness": {"baseColorFactor": [1, 0, 0, 1], "metallicFactor": 0}}],
        "buffers": [{"byteLength": len(data)}],
        "bufferViews": [{"buffer": 0, "byteLength": 96}, {"buffer": 0, "byteOffset": 96, "byteLength": 72}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3"},
                      {"bufferView": 1, "componentType": 5123, "count": 36, "type": "SCALAR"}]}).encode()
    text += b" " * (-len(text) % 4)
    return (b"glTF" + struct.pack("<II", 2, 28 + len(text) + len(data)) + struct.pack("<I", len(text)) + b"JSON" + text +
            struct.pack("<I", len(data)) + b"BIN\0" + data)


class Assets(Cli):
    def setUp(self):
        super().setUp()
        self.models = self.dir / "models"
        self.models.mkdir()
        self.library = self.dir / "library"
        (self.models / "red_chair.glb").write_bytes(box_glb(0.5, 0.9, 0.5))
        (self.models / "red_chair.json").write_text('{"kind": "dining_chair", "front": "+Z", "tags": ["red"]}')

    def assets(self, command, *arguments):
        return run("assets", command, *arguments, "--library", self.library)

    def test_every_part_has_an_example(self):
        for command in ("import", "list", "show"):
            done = run("assets", command, "--help")
            self.assertEqual(done.returncode, DONE)
            self.assertIn("metaspatial assets " + command, done.stdout.split("Example")[1])

    def test_import_list_show(self):
        done = self.assets("import", self.models)
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertIn("1 imported, 0 unchanged, 0 failed", done.stdout)
        self.assertIn("0 imported, 1 unchanged, 0 failed", self.assets("import", self.models).stdout)
        row = json.loads(self.assets("list", "red", "--json").stdout)
        self.assertEqual((row["name"], row["kind"], row["triangles"]), ("red_chair", "dining_chair", 12))
        self.assertEqual(self.assets("list", "green").stdout, "")
        for name in ("chair.png", "chair.glb"):
            done = self.assets("show", "red_chair", "-o", self.dir / name)
            self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertEqual(png_size(self.dir / "chair.png"), (768, 768))
        self.assertEqual(read_glb(self.dir / "chair.glb")["scenes"][0]["name"], "red_chair")

    def test_bad_files_are_a_line_each(self):
        (self.models / "cut.glb").write_bytes(box_glb(1, 1, 1)[:200])
        (self.models / "empty.gltf").write_bytes(b"")
        done = self.assets("import", self.models)
        self.assertEqual(done.returncode, INPUT)
        self.assertEqual(len(done.stderr.splitlines()), 2, done.stderr)
        self.assertIn("1 imported, 0 unchanged, 2 failed", done.stdout)

    def test_errors_are_one_line(self):
        self.assert_fails(self.assets("list"), INPUT)
        self.assert_fails(self.assets("import", self.dir / "nowhere"), INPUT)
        self.assertEqual(self.assets("import", self.models).returncode, DONE)
        self.assert_fails(self.assets("show", "blue_chair"), INPUT)
        (self.library / "library.sqlite").write_bytes(b"damaged" * 100)
        self.assert_fails(self.assets("list"), INPUT)
        self.assert_fails(run("render", SCENE, "--assets", self.library, "-o", self.dir / "room.png"), INPUT)

    def test_assets_stand_for_furniture(self):
        self.assertEqual(self.assets("import", self.models).returncode, DONE)
        scene = json.loads(SCENE.read_text())
        graph = scene if isinstance(scene, list) else scene["scene_graph"]
        for entry in graph:
            if "itemType" not in entry:
                entry["asset"] = "red_chair"
        named = self.file("named.json", json.dumps(scene))
        pictures = []
        for name, arguments in (("plain", []), ("assets", ["--assets", self.library])):
            done = run("render", named, "-o", self.dir / (name + ".png"), *arguments)
            self.assertEqual(done.returncode, DONE, done.stderr)
            pictures.append((self.dir / (name + ".png")).read_bytes())
        self.assertNotEqual(*pictures)
        self.assertEqual(run("check", named, "--meshes", "--assets", self.library).returncode, DONE)
        materials = []
        for arguments in ([], ["--assets", self.library]):
            done = run("export", named, "-o", self.dir / "room.glb", *arguments)
            self.assertEqual(done.returncode, DONE, done.stderr)
            materials.append([m.get("pbrMetallicRoughness", {}).get("baseColorFactor")
                              for m in read_glb(self.dir / "room.glb")["materials"]])
        self.assertNotIn([1, 0, 0, 1], materials[0])
        self.assertIn([1, 0, 0, 1], materials[1])
        done = run("generate", "A dining room with a dining table and four dining chairs.", "--size", "4x4x3", "--solver",
                   "--samples", 1, "--assets", self.library, "-o", self.dir / "made.glb")
        self.assertEqual(done.returncode, DONE, done.stderr)
        made = json.loads((self.dir / "made.json").read_text())["scene_graph"]
        chairs = [entry for entry in made if entry["new_object_id"].startswith("dining_chair")]
        self.assertEqual({entry.get("asset") for entry in chairs}, {"red_chair"})
        graph[0]["asset"] = "gone"
        self.assert_fails(run("render", self.file("gone.json", json.dumps(scene)), "--assets", self.library, "-o",
                              self.dir / "gone.png"), INPUT)


class JudgeServer(http.server.ThreadingHTTPServer):
    """An OpenAI-compatible server on the loopback that says what it is told to."""
    daemon_threads = True

    def __init__(self, status=200, content=None):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.status = status
        self.content = content if content is not None else json.dumps({name: {"comment": "Seen.", "grade": grade}
                                                                        for name, grade in zip(GRADES, (8, 7, 7, 9, 8))})
        self.requests = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.server.requests.append((dict(self.headers), body))
            text = json.dumps({"choices": [{"message": {"content": self.server.content}, "finish_reason": "stop"}],
                               "usage": {"prompt_tokens": 1000, "completion_tokens": 100}}).encode()
            self.send_response(self.server.status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *arguments):
            pass


GRADES = ("realism_and_3d_geometric_consistency", "functionality_and_activity_based_alignment", "layout_and_furniture",
          "color_scheme_and_material_choices", "overall_aesthetic_and_atmosphere")


class Judge(Cli):
    def serve(self, **arguments):
        server = JudgeServer(**arguments)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server

    def test_measured_is_the_default(self):
        done = run("judge", SCENE, "--json")
        self.assertEqual(done.returncode, DONE, done.stderr)
        verdict = json.loads(done.stdout)
        self.assertEqual(verdict["judge"], "measured")
        self.assertEqual(tuple(verdict["grades"]), GRADES)
        for grade in verdict["grades"].values():
            self.assertTrue(1 <= grade["mean"] <= 10)
        self.assertIn("of 10, measured", run("judge", SCENE).stdout)

    def test_a_model_is_asked_with_pictures_and_its_replies_are_kept(self):
        server = self.serve()
        arguments = ("judge", SCENE, "--judge", server.url, "--model", "m", "--samples", 2, "--views", "corner,top,eye",
                     "--cache", self.dir / "cache.sqlite", "--json")
        os.environ["METASPATIAL_TEST_KEY"] = "sk-very-secret"
        done = run(*arguments, "--api-key-env", "METASPATIAL_TEST_KEY")
        self.assertEqual(done.returncode, DONE, done.stderr)
        verdict, usage = map(json.loads, done.stdout.splitlines())
        self.assertEqual(verdict["grades"]["layout_and_furniture"], {"mean": 7.0, "std": 0.0, "comment": "Seen."})
        self.assertEqual(usage["usage"]["prompt_tokens"], 2000)
        self.assertEqual(len(server.requests), 2)
        headers, body = server.requests[0]
        self.assertEqual(headers["Authorization"], "Bearer sk-very-secret")
        pictures = [part for part in body["messages"][1]["content"] if part["type"] == "image_url"]
        self.assertEqual(len(pictures), 3)
        again = run(*arguments)
        self.assertEqual(json.loads(again.stdout.splitlines()[0])["cached"], 2)
        self.assertEqual(len(server.requests), 2)
        for path in self.dir.iterdir():
            self.assertNotIn(b"sk-very-secret", path.read_bytes())
        self.assertNotIn("sk-very-secret", done.stdout + done.stderr)

    def test_a_judge_that_fails_is_no_grade(self):
        for server, reason in ((self.serve(status=401), "HTTP 401"), (self.serve(content="Nice room!"), "no JSON")):
            with self.subTest(reason):
                done = run("judge", SCENE, "--judge", server.url, "--model", "m", "--json")
                self.assertEqual(done.returncode, SYSTEM)
                self.assertIn(reason, done.stderr)
                self.assertNotIn("grades", json.loads(done.stdout.splitlines()[0]))

    def test_a_layout_may_stand_beside_its_scene(self):
        objects = [entry for entry in json.loads(SCENE.read_text()) if "placement" in entry]
        layout = [{"new_object_id": entry["new_object_id"], "x": 0.1, "y": 0.1, "z": 0.1} for entry in objects]
        piled = run("judge", SCENE, "--layout", self.file("layout.json", json.dumps(layout)), "--json")
        self.assertEqual(piled.returncode, DONE, piled.stderr)
        as_it_is = run("judge", SCENE, "--json")
        self.assertLess(json.loads(piled.stdout)["mean01"], json.loads(as_it_is.stdout)["mean01"])

    def test_one_bad_file_does_not_stop_the_others(self):
        bad = self.file("bad.json", "[")
        self.assert_fails(run("judge", bad), INPUT)
        done = run("judge", bad, SCENE)
        self.assertEqual(done.returncode, INPUT)
        self.assertIn("of 10, measured", done.stdout)

    def test_wrong_usage(self):
        for arguments in (["judge"], ["judge", SCENE, "--samples", "3"], ["judge", SCENE, SCENE, "--layout", "x"],
                          ["judge", SCENE, "--judge", "http://127.0.0.1:9/v1", "--model", "m", "--views", "side"]):
            with self.subTest(arguments):
                self.assert_fails(run(*arguments), USAGE)
        self.assert_fails(run("judge", SCENE, "--judge", "nowhere", "--model", "m"), INPUT)
        self.assert_fails(run("judge", SCENE, "--judge", "http://127.0.0.1:9/v1"), INPUT)

    def test_score_says_where_the_judge_failed(self):
        server = self.serve(status=404)
        config = self.file("judge.yaml", f"judge:\n  kind: vlm\n  base_url: {server.url}\n  model: m\n  picture_px: 64\n")
        layout = [{"new_object_id": "chair_1", "x": 1, "y": 1, "z": 0.45}]
        room = [{"new_object_id": "chair_1", "size_in_meters": {"length": 0.5, "width": 0.5, "height": 0.9},
                 "placement": {"room_layout_elements": [], "objects_in_room": []}}]
        rows = "".join(json.dumps(row) + "\n" for row in (
            {"id": 1, "room": room, "size_of_room": {"x": 4, "y": 3, "z": 2.5}, "layout": layout},
            {"id": 2, "room": room, "size_of_room": {"x": 4, "y": 3, "z": 2.5}, "response": "nothing"}))
        done = run("score", "-", "--config", config, text_in=rows)
        self.assertEqual(done.returncode, DONE, done.stderr)
        first, second = map(json.loads, done.stdout.splitlines())
        self.assertEqual((first.get("looks_state"), first["total"], first["looks"]), ("failed", None, None), first)
        self.assertEqual(second["format"], 0)
        self.assertEqual(len(server.requests), 1)


class Merge(Cli):
    MODEL = pathlib.Path(__file__).resolve().parents[2] / "models/nano-base"
    # A base model and an adapter that transformers and PEFT wrote.
    PEFT = DATA / "peft/untied"

    @staticmethod
    def header(path):
        data = path.read_bytes()
        size = int.from_bytes(data[:8], "little")
        return json.loads(data[8:8 + size])

    def test_another_type_in_shards_and_back(self):
        shards, single = self.dir / "shards", self.dir / "single"
        done = run("merge", "--model", self.MODEL, "--dtype", "bfloat16", "--max-shard-size", "300KB", "-o", shards)
        self.assertEqual(done.returncode, DONE, done.stderr)
        index = json.loads((shards / "model.safetensors.index.json").read_text())
        names = set(index["weight_map"].values())
        self.assertGreater(len(names), 2)
        self.assertEqual({p.name for p in shards.glob("*.safetensors")}, names)
        tensors = {k: v for n in names for k, v in self.header(shards / n).items() if k != "__metadata__"}
        self.assertEqual({t["dtype"] for t in tensors.values()}, {"BF16"})
        self.assertEqual(sum(t["data_offsets"][1] - t["data_offsets"][0] for t in tensors.values()),
                         index["metadata"]["total_size"])
        self.assertEqual(json.loads((shards / "config.json").read_text())["torch_dtype"], "bfloat16")
        self.assertTrue((shards / "tokenizer.json").exists())
        done = run("merge", "--model", shards, "-o", single)
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertEqual({k: (v["shape"], v["dtype"]) for k, v in self.header(single / "model.safetensors").items()
                          if k != "__metadata__"}, {k: (v["shape"], v["dtype"]) for k, v in tensors.items()})

    def test_an_adapter_changes_what_it_lies_on(self):
        done = run("merge", "--model", self.PEFT, "--adapter", self.PEFT / "linear", "-o", self.dir / "m", "--dtype", "float32")
        self.assertEqual(done.returncode, DONE, done.stderr)
        done = run("merge", "--model", self.PEFT, "-o", self.dir / "base", "--dtype", "float32")
        self.assertEqual(done.returncode, DONE, done.stderr)
        merged, base = ((self.dir / d / "model.safetensors").read_bytes() for d in ("m", "base"))
        header = self.header(self.dir / "m/model.safetensors")
        start = 8 + int.from_bytes(merged[:8], "little")
        for name, tensor in header.items():
            if name == "__metadata__":
                continue
            begin, end = (start + o for o in tensor["data_offsets"])
            adapted = name.endswith(("_proj.weight", "qkv.weight", "attn.proj.weight", "mlp.0.weight", "mlp.2.weight"))
            self.assertEqual(merged[begin:end] != base[begin:end], adapted, name)

    def test_what_does_not_fit_is_one_line(self):
        for arguments, code in ((["--model", self.dir / "none"], INPUT),
                                (["--model", self.MODEL, "--adapter", self.PEFT / "linear"], INPUT),
                                (["--model", self.MODEL, "--max-shard-size", "big"], USAGE),
                                (["--model", self.MODEL, "--dtype", "int8"], USAGE), (["--adapter", "x"], USAGE)):
            with self.subTest(arguments):
                self.assert_fails(run("merge", *arguments, "-o", self.dir / "out"), code)
        self.assertFalse((self.dir / "out").exists())


@unittest.skipUnless((pathlib.Path(PROGRAM).parent / "metaspatial-model").exists(), "built without the model")
class Endpoint(Cli):
    """A model behind an endpoint in place of one of ours."""
    DESCRIPTIONS = pathlib.Path(__file__).resolve().parents[2] / "data/descriptions/heldout.json"

    def serve(self, **arguments):
        server = JudgeServer(**arguments)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server

    def eval(self, *arguments):
        return run("eval", "--descriptions", self.DESCRIPTIONS, "--rooms", 2, "--turns", 2, *arguments)

    def test_a_model_is_evaluated_and_what_it_cost_is_told(self):
        server = self.serve(content="I would rather not.")
        done = self.eval("--endpoint", server.url, "--model", "m")
        self.assertEqual(done.returncode, DONE, done.stderr)
        result = json.loads(done.stdout)
        self.assertEqual((result["model"], result["greedy"]["rooms"], result["greedy"]["format"]), ("m", 2, 0))
        self.assertNotIn("sampled", result)
        self.assertEqual({key: result["policy"][key] for key in ("asked", "failed", "requests", "prompt_tokens")},
                         {"asked": 4, "failed": 0, "requests": 4, "prompt_tokens": 4000})
        self.assertIn("0 of 4 answers were readable", done.stderr)
        roles = [[message["role"] for message in body["messages"]] for _, body in server.requests]
        self.assertEqual(sorted(roles), sorted(2 * [["system", "user"], ["system", "user", "assistant", "user"]]))

    def test_the_config_says_how_it_is_asked(self):
        server = self.serve(content="No.")
        config = self.file("policy.yaml", f"policy:\n  kind: endpoint\n  base_url: {server.url}\n  model: m\n"
                           "  prompt_style: compact\n  picture_px: 56\n  max_tokens: 77\nreward:\n  looks_weight: 0\n")
        done = self.eval("--config", config, "--tables", "sampled")
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertIn("sampled", json.loads(done.stdout))
        for _, body in server.requests:
            self.assertEqual(body["max_tokens"], 77)
            self.assertEqual(body["messages"][0]["role"], "user")
            self.assertTrue(body["messages"][0]["content"][1]["text"].startswith("room "))
        self.assertEqual(sum("seed" in body for _, body in server.requests), 2)
        wrong = self.file("wrong.yaml", "policy:\n  kind: oracle\n")
        self.assert_fails(self.eval("--config", wrong), INPUT)

    def test_a_server_that_refuses_is_an_error_and_no_table(self):
        server = self.serve(status=401)
        done = self.eval("--endpoint", server.url, "--model", "m")
        self.assert_fails(done, INPUT)
        self.assertIn("none of 2 questions got an answer", done.stderr)
        self.assert_fails(self.eval("--endpoint", server.url), INPUT)  # without its name there
        self.assert_fails(self.eval("--endpoint", "nowhere", "--model", "m"), INPUT)
        self.assert_fails(self.eval("--api-key-env", "KEY"), USAGE)
        self.assert_fails(self.eval("--tables", "chairs"), USAGE)

    def test_generate_asks_it_for_the_places(self):
        server = self.serve(content="Nothing fits.")
        done = run("generate", "a bedroom with a bed", "--size", "4x4x3", "--endpoint", server.url, "--model", "m",
                   "--samples", 2, "-o", self.dir / "room.glb")
        self.assertEqual(done.returncode, INPUT, done.stderr)
        self.assertIn("could not be read", done.stderr)
        self.assertEqual(len(server.requests), 2)
        self.assertFalse((self.dir / "room.glb").exists())


if __name__ == "__main__":
    unittest.main()
