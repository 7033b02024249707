#!/usr/bin/env python3
"""Equality with transformers and PEFT of checkpoints and LoRA adapters, in both directions.

    peft_parity.py write DIR      a tiny random Qwen2.5-VL, adapters that PEFT wrote for it, an input with a picture
                                  and the logits of each, for the test LoraParity.* (vlm/lora_parity_test.cpp)
    peft_parity.py check DIR OUT  models and adapters that the test wrote into OUT (METASPATIAL_PARITY_OUT), loaded by
                                  transformers and PEFT: no missing and no unexpected key, the logits of ours

scripts/peft_parity.sh runs both with the test in between. tests/data/peft is the untied half of one `write`.
"""

import argparse
import json
import logging
import pathlib
import sys

import peft
import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

IMAGE, VISION_START, VISION_END = 60, 61, 62
TOLERANCE = 1e-4  # relative to the largest logit

# name: (config of PEFT, as keyword arguments)
ADAPTERS = {
    "names": dict(r=3, lora_alpha=7, target_modules=["q_proj", "v_proj", "down_proj", "qkv", "proj", "mlp.2"]),
    "linear": dict(r=2, lora_alpha=5, target_modules="all-linear", use_rslora=True),
    "regex": dict(
        r=4,
        lora_alpha=4,
        target_modules=r".*language_model\.layers\.\d+\.(self_attn\.[qk]_proj|mlp\.\w+_proj)",
        exclude_modules=["model.language_model.layers.0.mlp.up_proj"],
    ),
}


def config(tied):
    return Qwen2_5_VLConfig(
        text_config=dict(
            vocab_size=64, hidden_size=32, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, max_position_embeddings=512, rms_norm_eps=1e-6, eos_token_id=1, bos_token_id=0,
            pad_token_id=0, rope_parameters={"rope_type": "default", "mrope_section": [2, 1, 1], "rope_theta": 10000.0},
        ),
        vision_config=dict(
            depth=2, hidden_size=16, intermediate_size=20, num_heads=2, patch_size=2, window_size=8,
            spatial_merge_size=2, temporal_patch_size=2, fullatt_block_indexes=[1], out_hidden_size=32,
        ),
        image_token_id=IMAGE, video_token_id=63, vision_start_token_id=VISION_START, vision_end_token_id=VISION_END,
        tie_word_embeddings=tied,
    )


def stir(module, generator, share):
    """Weights that all matter: a fresh model's biases are zero and its norms one."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if share == "base" or "lora_" in name:
                parameter.add_(0.15 * torch.randn(parameter.shape, generator=generator))


def inputs():
    generator = torch.Generator().manual_seed(5)
    rows, columns = 4, 12  # patches; windows cut by the edge
    tokens = rows * columns // 4
    words = torch.randint(2, 50, (14,), generator=generator).tolist()
    ids = words[:5] + [VISION_START] + [IMAGE] * tokens + [VISION_END] + words[5:]
    return {
        "input_ids": torch.tensor([ids]),
        "pixel_values": torch.randn(rows * columns, 3 * 2 * 2 * 2, generator=generator),
        "image_grid_thw": torch.tensor([[1, rows, columns]]),
        "mm_token_type_ids": torch.tensor([[1 if i == IMAGE else 0 for i in ids]]),
        "attention_mask": torch.ones(1, len(ids), dtype=torch.long),
    }


def logits(model, batch):
    model.eval()
    with torch.no_grad():
        return model(**batch).logits[0].float()


def positions(model, batch):
    for each in model.modules():
        if hasattr(each, "get_rope_index"):
            named = {k: v for k, v in batch.items() if k in ("input_ids", "image_grid_thw", "attention_mask", "mm_token_type_ids")}
            return each.get_rope_index(**named)[0][:, 0].t().contiguous()  # (T, 3)
    raise RuntimeError("this version of transformers has no get_rope_index")


def write(directory):
    directory.mkdir(parents=True, exist_ok=True)
    batch = inputs()
    for tied in (True, False):
        torch.manual_seed(1 + tied)
        model = Qwen2_5_VLForConditionalGeneration(config(tied))
        stir(model, torch.Generator().manual_seed(2 + tied), "base")
        base = directory / ("tied" if tied else "untied")
        model.to(torch.bfloat16).save_pretrained(base)
        model = load_base(base, torch.float32)
        (base / "generation_config.json").unlink(missing_ok=True)
        out = {
            "input_ids": batch["input_ids"][0],
            "positions": positions(model, batch),
            "pixel_values": batch["pixel_values"],
            "image_grid_thw": batch["image_grid_thw"][0],
            "logits": logits(model, batch),
        }
        for name, arguments in ADAPTERS.items() if not tied else [("linear", ADAPTERS["linear"])]:
            fresh = load_base(base, torch.float32)
            adapted = peft.get_peft_model(fresh, peft.LoraConfig(task_type="CAUSAL_LM", **arguments))
            stir(adapted, torch.Generator().manual_seed(9), "lora")
            adapted.save_pretrained(base / name)
            (base / name / "README.md").unlink(missing_ok=True)
            settings = json.loads((base / name / "adapter_config.json").read_text())
            settings["base_model_name_or_path"] = base.name
            if isinstance(settings["target_modules"], list):
                settings["target_modules"].sort()  # PEFT writes a set, in any order
            (base / name / "adapter_config.json").write_text(json.dumps(settings, indent=1) + "\n")
            out[f"logits.{name}"] = logits(adapted, batch)
        save_file(out, base / "expected.safetensors")
    versions = f"transformers {transformers.__version__}, torch {torch.__version__.split('+')[0]}, peft {peft.__version__}"
    (directory / "VERSIONS").write_text(f"tools/peft_parity.py write, {versions}\n")
    print(f"written by {versions}")


def compare(what, mine, theirs):
    error = ((mine - theirs).abs().max() / theirs.abs().max()).item()
    print(f"{what:34} largest difference {error:.1e} of the largest logit")
    return error < TOLERANCE


class Warnings(logging.Handler):
    """What transformers and PEFT had to say about keys."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


def load_base(path, dtype):
    model, info = Qwen2_5_VLForConditionalGeneration.from_pretrained(path, dtype=dtype, output_loading_info=True)
    for key in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if info.get(key):
            raise RuntimeError(f"{path}: {key} {sorted(info[key])[:5]}")
    return model


def check(directory, out):
    good, checked = True, 0
    batch = inputs()
    for path in sorted(out.glob("*/ours.json")):
        told = json.loads(path.read_text())
        mine = load_file(path.parent / "logits.safetensors")["logits"]
        dtype = torch.float32
        if told["model"]:  # a checkpoint of ours
            text = json.loads((path.parent / "config.json").read_text())
            auto = Qwen2_5_VLForConditionalGeneration.from_pretrained(path.parent, dtype="auto")
            wanted = getattr(torch, text["torch_dtype"])
            if auto.dtype != wanted:
                raise RuntimeError(f"{path.parent}: loaded as {auto.dtype}, config.json says {wanted}")
            model = load_base(path.parent, dtype)
        else:  # an adapter of ours on transformers' base
            model = load_base(directory / told["base"], dtype)
            heard = Warnings()
            logging.getLogger("py.warnings").addHandler(heard)
            logging.captureWarnings(True)
            model = peft.PeftModel.from_pretrained(model, path.parent)
            logging.captureWarnings(False)
            on_file = {k.replace(".weight", ".default.weight") for k in load_file(path.parent / "adapter_model.safetensors")}
            in_model = {k for k, _ in model.named_parameters() if "lora_" in k}
            if on_file != in_model:
                raise RuntimeError(f"{path.parent}: keys differ: {sorted(on_file ^ in_model)[:5]}")
            about_keys = [line for line in heard.lines if "key" in line]
            if about_keys:
                raise RuntimeError(f"{path.parent}: {about_keys[0]}")
        good &= compare(path.parent.name, mine, logits(model, batch))
        checked += 1
    if checked == 0:
        raise RuntimeError(f"{out}: nothing to check")
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["write", "check"])
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path, nargs="?")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    if arguments.what == "write":
        write(arguments.directory)
    elif not check(arguments.directory, arguments.out):
        sys.exit("the logits differ")


if __name__ == "__main__":
    main()
