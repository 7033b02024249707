"""The other half of compare_transformers.sh: Hugging Face transformers on the workload of bench/vlm_compare.cpp.

compare_transformers.py model SOURCE TARGET                     a copy of the model that transformers reads as we do
compare_transformers.py train|generate MODEL THREADS SEQUENCES PROMPT SUFFIX GROUP [compile]
compare_transformers.py peak THREADS
compare_transformers.py verdict MODEL JOB PROMPT SUFFIX PEAK.json OURS.json THEIRS.json...
                                checks the answers, prints the ratio to the best of theirs and the share of the peak
"""

import json
import pathlib
import shutil
import sys
import time

GRID = 16


def hashes(first, count):
    import numpy

    x = (numpy.arange(count, dtype=numpy.uint64) + numpy.uint64(first % 2**32)) % 2**32
    for _ in range(2):
        x = ((x ^ (x >> 16)) * 0x45D9F3B) % 2**32
    return (x ^ (x >> 16)).astype("int64")


def make_model(source, target):
    """Standard rope positions, and no end of turn, so that all rows run to the limit."""
    target.mkdir(parents=True)
    shutil.copy(source / "model.safetensors", target)
    config = json.loads((source / "config.json").read_text())
    config.pop("metaspatial_positions", None)
    config["eos_token_id"] = config["image_token_id"]  # never drawn, so never an end
    (target / "config.json").write_text(json.dumps(config))


def load(path, threads):
    import torch
    from transformers import Qwen2_5_VLForConditionalGeneration

    torch.set_num_threads(threads)
    model = Qwen2_5_VLForConditionalGeneration.from_pretrained(path, dtype=torch.float32, attn_implementation="sdpa")
    model.generation_config.eos_token_id = None
    model.generation_config.pad_token_id = 0
    return model


def flat(config):
    return getattr(config, "text_config", config)


def prompts(model, groups, prompt):
    import torch

    c = model.config
    v = c.vision_config
    side = GRID // v.spatial_merge_size
    ids, pixels = [], []
    values = GRID * GRID * 3 * v.temporal_patch_size * v.patch_size**2
    for b in range(groups):
        pixels.append(torch.tensor(hashes(b * 7919, values) % 2001, dtype=torch.float32) / 1000 - 1)
        picture = [c.vision_start_token_id] + [c.image_token_id] * side**2
        text = (hashes(b * 1000003, prompt - len(picture)) % (c.image_token_id - 16)).tolist()
        ids.append(picture + text)
    return torch.tensor(ids), torch.cat(pixels).reshape(groups * GRID * GRID, -1)


def inputs(model, groups, group, prompt):
    import torch

    ids, pixels = prompts(model, groups, prompt)
    ids = ids.repeat_interleave(group, 0)
    pixels = pixels.reshape(groups, GRID * GRID, -1).repeat_interleave(group, 0).reshape(-1, pixels.shape[1])
    grid = torch.tensor([[1, GRID, GRID]] * (groups * group))
    kinds = (ids == model.config.image_token_id).long()
    return {"input_ids": ids, "pixel_values": pixels, "image_grid_thw": grid, "mm_token_type_ids": kinds,
            "attention_mask": torch.ones_like(ids)}


def train(model, sequences, prompt, suffix, group, compiled):
    import torch

    groups = sequences // group
    batch = inputs(model, groups, group, prompt)
    text = torch.tensor([(hashes((1000 + s) * 1000003, suffix) % (model.config.image_token_id - 16)).tolist()
                         for s in range(sequences)])
    batch["input_ids"] = torch.cat([batch["input_ids"], text], 1)
    batch["attention_mask"] = torch.ones_like(batch["input_ids"])
    batch["mm_token_type_ids"] = (batch["input_ids"] == model.config.image_token_id).long()
    labels = batch["input_ids"][:, prompt:]
    model.train()
    forward = torch.compile(model, dynamic=False) if compiled else model
    pieces = 4 if sequences % 4 == 0 else 1  # micro-batches: the logits of all at once leave the cache

    def step():
        model.zero_grad(set_to_none=True)
        total = 0.0
        rows = sequences // pieces
        for p in range(pieces):
            part = {k: x[p * rows:(p + 1) * rows] for k, x in batch.items() if k not in ("pixel_values",)}
            part["pixel_values"] = batch["pixel_values"][p * rows * GRID**2:(p + 1) * rows * GRID**2]
            logits = forward(**part, use_cache=False, logits_to_keep=suffix + 1).logits[:, :-1]
            loss = torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]).float(),
                                                     labels[p * rows:(p + 1) * rows].reshape(-1), reduction="sum")
            loss.backward()
            total += loss.item()
        return total

    step()
    best = 1e30
    for _ in range(5):
        begin = time.perf_counter()
        loss = step()
        best = min(best, time.perf_counter() - begin)
    gradient = model.model.language_model.norm.weight.grad.sum().item()
    return {"seconds": best, "tokens_per_s": round(sequences * (prompt + suffix) / best), "loss": loss,
            "gradient": gradient}


def generate(model, sequences, prompt, suffix, group, compiled):
    import torch

    model.eval()
    batch = inputs(model, sequences // group, group, prompt)
    options = {"do_sample": False, "max_new_tokens": suffix, "suppress_tokens": [model.config.image_token_id]}
    if compiled:
        options["cache_implementation"] = "static"
    best = 1e30
    with torch.inference_mode():
        for _ in range(4 if not compiled else 3):
            begin = time.perf_counter()
            out = model.generate(**batch, **options)
            best = min(best, time.perf_counter() - begin)
    made = out[:, prompt:]
    return {"seconds": best, "tokens_per_s": round(made.numel() / best), "tokens": made.numel(),
            "ids": made[::group].tolist()}


def peak(threads):
    import torch

    torch.set_num_threads(threads)
    a = torch.ones(2048, 2048)
    best = 1e30
    for _ in range(5):
        begin = time.perf_counter()
        a @ a
        best = min(best, time.perf_counter() - begin)
    return {"gflops": round(2 * 2048**3 / best / 1e9, 1)}


def matrix_flops(config, job, prompt, suffix):
    """Of one token in the mean, every sequence on its own: linear maps, attention, output head, vision tower."""
    hidden, layers, tokens = config["hidden_size"], config["num_hidden_layers"], prompt + suffix
    head = config.get("head_dim") or hidden // config["num_attention_heads"]
    q, kv = head * config["num_attention_heads"], head * config["num_key_value_heads"]
    maps = 2 * hidden * q + 2 * hidden * kv + 3 * hidden * config["intermediate_size"]
    forward = tokens * layers * (2 * maps + 2 * q * (tokens + 1)) + suffix * 2 * hidden * config["vocab_size"]
    v = config["vision_config"]
    wide, patches, unit = v["hidden_size"], GRID * GRID, v["spatial_merge_size"] ** 2
    window = min(patches, (v["window_size"] // v["patch_size"]) ** 2)
    full = len(v["fullatt_block_indexes"])
    keys = (full * patches + (v["depth"] - full) * window) / v["depth"]
    block = 2 * (4 * wide * wide + 3 * wide * v["intermediate_size"]) + 4 * wide * keys
    patch = 2 * 3 * v["temporal_patch_size"] * v["patch_size"] ** 2 * wide
    merger = 2 * (patches // unit) * unit * wide * (unit * wide + hidden)
    forward += patches * (v["depth"] * block + patch) + merger
    if job == "generate":
        return forward / suffix
    return 3 * forward / tokens


def verdict(model, job, prompt, suffix, peak_file, ours, *theirs):
    def read(path):
        return json.loads(pathlib.Path(path).read_text())

    config, machine, ours = read(pathlib.Path(model) / "config.json"), read(peak_file), read(ours)
    theirs = [read(path) for path in theirs]
    for other in theirs:
        if "loss" in ours:
            for key in ("loss", "gradient"):
                if abs(ours[key] - other[key]) > 1e-3 * max(1.0, abs(other[key])):
                    sys.exit(f"compare_transformers: the {key} differs: {ours[key]} against {other[key]}")
        else:
            wanted = sum(map(len, ours["ids"]))
            same = sum(a == b for x, y in zip(ours["ids"], other["ids"]) for a, b in zip(x, y))
            if same < 0.97 * wanted:  # near ties may part, and once parted all that follows differs
                sys.exit(f"compare_transformers: only {same} of {wanted} greedy tokens are equal")
    best = max(t["tokens_per_s"] for t in theirs)
    share = ours["tokens_per_s"] * matrix_flops(config, job, int(prompt), int(suffix)) / (machine["gflops"] * 1e9)
    print(f"ours {ours['tokens_per_s']:,} tokens/s, transformers {best:,}: {ours['tokens_per_s'] / best:.2f}x; "
          f"{share:.0%} of the float32 peak, counted as if every sequence read its own prompt")


def main():
    job, *rest = sys.argv[1:]
    if job == "model":
        make_model(*map(pathlib.Path, rest))
    elif job == "peak":
        print(json.dumps(peak(int(rest[0]))))
    elif job == "verdict":
        verdict(*rest)
    else:
        threads, *shape = map(int, rest[1:6])
        work = {"train": train, "generate": generate}[job]
        print(json.dumps(work(load(rest[0], threads), *shape, "compile" in rest[6:])))


if __name__ == "__main__":
    main()
