"""From a furnished room's scene file makes odd ones in the same folder: names.json (ids of other scripts and of
characters that mean something to file formats), single.json (one object), empty.json.

    python3 odd_rooms.py room.json
"""
import json
import pathlib
import sys

IDS = ["Ковёр №1", "本棚 🪑", "it's @a@ '''x'''", "\"quoted\" \\ back", "123 lamp", "sofa 1", "sofa_1", "a/b.c", "{brace}",
       "floor", "room", "line\nbreak", "x" * 70]


def main():
    path = pathlib.Path(sys.argv[1])
    room = json.loads(path.read_text(encoding="utf-8"))
    entries = room["scene_graph"]
    things = [entry for entry in entries if not entry.get("itemType")]
    elements = [entry for entry in entries if entry.get("itemType")]

    def write(name, chosen):
        changed = dict(room, scene_graph=chosen + elements)
        path.with_name(name).write_text(json.dumps(changed, ensure_ascii=False), encoding="utf-8")

    def alone(entry, identity):
        entry = json.loads(json.dumps(entry))
        entry["new_object_id"] = identity
        entry["placement"]["objects_in_room"] = []
        if entry.get("facing") not in {element["new_object_id"] for element in elements}:
            entry.pop("facing", None)
        return entry

    write("names.json", [alone(things[i % len(things)], identity) for i, identity in enumerate(IDS)])
    write("single.json", [alone(things[0], things[0]["new_object_id"])])
    write("empty.json", [])


main()
