#!/usr/bin/env python3
"""Writes tiny Qwen2.5-VL checkpoints with Hugging Face transformers, and what transformers makes of them.

    hf_parity.py --seed 3 --out DIR             write a folder per configuration
    hf_parity.py --out DIR --saved SAVED        load what our C++ saved, compare logits

A folder holds the checkpoint as `save_pretrained` leaves it (or, for the layout `hub`, in the form of the
published files: flat config, min_pixels and max_pixels, template inside tokenizer_config.json) and `expected/`:

    cases.json            dialogues, rendered prompts, token ids, rope position ids, greedy answers
    expected.safetensors  logits (chosen rows), log-probabilities (all tokens), gradients (all parameters)
    *.ppm, *.levels       pictures, and their patches before normalisation as bytes, one of the equal frames
    strings.bin           texts and token ids: per text varint length, bytes, varint count, varint ids

The seed draws everything: sizes, head counts, depths, windows, vocabulary, pictures, texts. Runs with
transformers 5 and with 4.57. Needs tools/requirements.txt.
"""

import argparse
import inspect
import json
import pathlib
import random
import shutil
import unicodedata

import numpy as np
import tokenizers
import torch
import transformers
from PIL import Image
from safetensors.torch import load_file, save_file
from tokenizers import AddedToken, Regex, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoProcessor, GenerationConfig, Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration
from transformers import Qwen2_5_VLProcessor

transformers.utils.logging.disable_progress_bar()
transformers.utils.logging.set_verbosity_error()
VERSION_5 = int(transformers.__version__.split(".")[0]) >= 5
NEW_TOKENS = 64

PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)

# (text, special) in the order of the published tokenizer.
ADDED_TOKENS = [
    ("<|endoftext|>", True), ("<|im_start|>", True), ("<|im_end|>", True),
    ("<|object_ref_start|>", True), ("<|object_ref_end|>", True), ("<|box_start|>", True),
    ("<|box_end|>", True), ("<|quad_start|>", True), ("<|quad_end|>", True),
    ("<|vision_start|>", True), ("<|vision_end|>", True), ("<|vision_pad|>", True),
    ("<|image_pad|>", True), ("<|video_pad|>", True), ("<tool_call>", False), ("</tool_call>", False),
    ("<|fim_prefix|>", False), ("<|fim_middle|>", False), ("<|fim_suffix|>", False),
    ("<|fim_pad|>", False), ("<|repo_name|>", False), ("<|file_sep|>", False),
]  # fmt: skip

# The behaviour of the published template, in our words: a default system message, pictures and films as three
# tokens, optional numbering.
CHAT_TEMPLATE = (
    "{% set image_count = namespace(value=0) %}{% set video_count = namespace(value=0) %}"
    "{% for message in messages %}"
    "{% if loop.first and message['role'] != 'system' %}"
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}"
    "<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}<|im_end|>\n"
    "{% else %}{% for content in message['content'] %}"
    "{% if content['type'] == 'image' or 'image' in content or 'image_url' in content %}"
    "{% set image_count.value = image_count.value + 1 %}"
    "{% if add_vision_id %}Picture {{ image_count.value }}: {% endif %}"
    "<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif content['type'] == 'video' or 'video' in content %}"
    "{% set video_count.value = video_count.value + 1 %}"
    "{% if add_vision_id %}Video {{ video_count.value }}: {% endif %}"
    "<|vision_start|><|video_pad|><|vision_end|>"
    "{% elif 'text' in content %}{{ content['text'] }}{% endif %}"
    "{% endfor %}<|im_end|>\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

SENTENCES = [
    "The lamp stands beside the bed, and we've put the desk by the window; it's 1.25 m wide, isn't it?",
    "Il tavolo è vicino alla finestra, perché c'è più luce. Größe und Höhe müssen übereinstimmen.",
    "Çalışma masası köşede duruyor; Tiếng Việt có nhiều dấu; Příliš žluťoučký kůň úpěl ďábelské ódy.",
    "Диван стоит у стены, а лампа висит над столом. Висота кімнати два з половиною метри.",
    "Το τραπέζι βρίσκεται δίπλα στο παράθυρο και η καρέκλα μπροστά του.",
    "الطاولة بجانب النافذة والكرسي أمامها وعرض الغرفة ٣٫٥ أمتار.",
    "השולחן ליד החלון והכיסא לפניו, והמנורה מעל המיטה.",
    "मेज़ खिड़की के पास है और कुर्सी उसके सामने है। कमरे की चौड़ाई ३ मीटर है।",
    "টেবিলটি জানালার পাশে আছে। மேசை ஜன்னலுக்கு அருகில் உள்ளது. టేబుల్ కిటికీ పక్కన ఉంది.",
    "โต๊ะอยู่ข้างหน้าต่างและเก้าอี้อยู่ข้างหน้า ຕຽງນອນຢູ່ຂ້າງປະຕູ។ តុនៅជិតបង្អួច",
    "桌子在窗户旁边，椅子放在桌子前面，床靠着北墙。房間寬三點五公尺。",
    "机は窓のそばにあり、椅子はその前に置いてあります。ベッドは北側の壁に寄せる。",
    "책상은 창문 옆에 있고 의자는 그 앞에 놓여 있습니다. 방의 너비는 삼 미터입니다.",
    "მაგიდა ფანჯარასთან დგას. Սեղանը պատուհանի մոտ է: ጠረጴዛው ከመስኮቱ አጠገብ ነው።",
    "for (int i = 0; i < n; ++i) {\n    total += weights[i] * x[i];  // sum\n}\nreturn total / (double)n;",
    "def place(room, *, yaw=0.5):\n\treturn {'id': \"bed_1\", 'pos': [1.0, -2.5e-3, 0], \"ok\": None}\n",
    '{"objects": [{"name": "sofa", "x": 0.75, "y": 1.5, "yaw_deg": 90}], "room": {"w": 4, "d": 3.2}}',
    "<div class=\"room\"><p>bed &amp; desk</p></div>\r\nSELECT * FROM rooms WHERE width_m >= 3.5;",
    "A bed 🛏️, a sofa 🛋️, a family 👨‍👩‍👧‍👦, a thumb 👍🏽, flags 🇩🇪🇯🇵, hearts ❤️‍🔥 and a robot 🤖!",
    "I'll go; you'd say we're late. THEY'LL SHOUT: DON'T! She's what he'd've been.",
    "1234567890 ½ ¼ Ⅷ ² ₃ ٤٥٦ ४५ 三 1,234.56 0x7F 1e-9 192.168.0.1 2026-01-31T12:30:00Z",
    "— “quoted” ‘single’ … •  ™ © ® € £ ¥ § ¶ † ‡ ← ↑ → ↓ ∀x∈ℝ: ∑ₙ 1/n² = π²/6 ≈ 1.6449",
]  # fmt: skip

BLANKS = [" ", "  ", "   ", "\t", "\n", "\r\n", "\n\n", "\r", "\u00a0", "\u3000", "\u2009", "\u200a", "\u2028",
          "\u2029", "\u202f", "\u205f", "\u1680", "\x85", "\x0b", "\x0c", "\x1c", "\x1f", "\u200b", "\u180e",
          "\ufeff", "\u2060"]  # fmt: skip
MARKS = [0x300, 0x301, 0x302, 0x303, 0x304, 0x306, 0x307, 0x308, 0x30A, 0x30C, 0x323, 0x327, 0x328, 0x331,
         0x338, 0x345, 0x360, 0x5B0, 0x5BC, 0x5C1, 0x64B, 0x651, 0x654, 0x93C, 0x94D, 0x9BE, 0xBD7, 0xE38,
         0xE48, 0x1AB0, 0x20D0, 0x302A, 0x3099, 0x309A, 0xFE0F, 0x1161, 0x11A8]  # fmt: skip
RANGES = [(0x20, 0x7E), (0xA0, 0x24F), (0x250, 0x2FF), (0x300, 0x36F), (0x370, 0x52F), (0x531, 0x5FF),
          (0x600, 0x7FF), (0x900, 0xDFF), (0xE00, 0xFFF), (0x1000, 0x109F), (0x10A0, 0x13FF), (0x1780, 0x17FF),
          (0x1E00, 0x1FFF), (0x2000, 0x2BFF), (0x2E80, 0x30FF), (0x1100, 0x11FF), (0x3130, 0x318F),
          (0xAC00, 0xD7A3), (0x4E00, 0x9FFF), (0xA000, 0xA4CF), (0xF900, 0xFAFF), (0xFB00, 0xFDFF),
          (0xFE70, 0xFEFF), (0xFF00, 0xFFEF), (0x10000, 0x107FF), (0x1D100, 0x1D7FF), (0x1F000, 0x1FAFF),
          (0x20000, 0x2A6DF), (0x2F800, 0x2FA1F), (0xE0000, 0xE01EF)]  # fmt: skip


# ---- texts ----


def random_text(rng):
    """Bytes that may be broken UTF-8."""
    words = [w for s in SENTENCES for w in s.split(" ")]

    def piece():
        kind = rng.randrange(14)
        if kind == 0:
            return rng.choice(SENTENCES)
        if kind == 1:
            return "".join(rng.choice(BLANKS) for _ in range(rng.randint(1, 5)))
        if kind == 2:
            return rng.choice(ADDED_TOKENS)[0]
        if kind == 3:
            low, high = rng.choice(RANGES)
            return "".join(chr(rng.randint(low, high)) for _ in range(rng.randint(1, 6)))
        if kind == 4:
            base = rng.choice("aeiouAEnszCg가가ㅎかはक") + "".join(chr(rng.choice(MARKS)) for _ in range(rng.randint(1, 4)))
            return base
        if kind == 5:
            return unicodedata.normalize(rng.choice(["NFD", "NFKD", "NFC"]), rng.choice(words))
        if kind == 6:
            return str(rng.randrange(10 ** rng.randint(1, 12)))
        if kind == 7:
            return rng.choice("'’") + rng.choice(["s", "S", "t", "re", "RE", "Ve", "m", "ll", "lL", "d", "ſ", "x"])
        if kind == 8:
            token = rng.choice(ADDED_TOKENS)[0]
            return token[: rng.randint(1, len(token))]
        if kind == 9:
            return "".join(rng.choice("!?.,;:()[]{}<>|/\\@#$%^&*-+=~`\"'_") for _ in range(rng.randint(1, 6)))
        if kind == 10:
            return rng.choice("abcxyz0. é中") * rng.randint(2, 70)
        return " ".join(rng.choice(words) for _ in range(rng.randint(1, 4)))

    text = "".join(piece() + rng.choice(["", "", " ", " ", "\n"]) for _ in range(rng.choice([1, 1, 1, 2, 2, 3])))
    raw = text.encode("utf-8")
    if rng.random() < 0.08 and raw:
        broken = bytearray(raw)
        for _ in range(rng.randint(1, 4)):
            how, at = rng.randrange(3), rng.randrange(len(broken))
            if how == 0:
                broken[at] = rng.randrange(256)
            elif how == 1:
                broken.insert(at, rng.choice([0x80, 0xBF, 0xC0, 0xC3, 0xE2, 0xED, 0xF0, 0xF4, 0xF5, 0xFF]))
            elif len(broken) > 1:
                del broken[at]
        raw = bytes(broken)
    return raw


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def write_strings(tokenizer, rng, count, longest, path):
    texts = []
    while len(texts) < count:
        text = random_text(rng)
        if len(text) <= longest:
            texts.append(text)
    ids = tokenizer([t.decode("utf-8", "replace") for t in texts], add_special_tokens=True)["input_ids"]
    with open(path, "wb") as file:
        for text, row in zip(texts, ids):
            file.write(varint(len(text)) + text + varint(len(row)) + b"".join(varint(i) for i in row))


# ---- one configuration ----


def make_tokenizer(rng, vocabulary):
    trained = tokenizers.Tokenizer(models.BPE())
    trained.normalizer = normalizers.NFC()
    trained.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PATTERN), behavior="isolated", invert=False),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])  # fmt: skip
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=[],
        show_progress=False,
    )
    corpus = [s for s in SENTENCES for _ in range(rng.randint(1, 3))]
    trained.train_from_iterator(corpus, trainer)
    model = json.loads(trained.to_str())["model"]
    merges = [tuple(m) if isinstance(m, list) else tuple(m.split(" ")) for m in model["merges"]]
    full = tokenizers.Tokenizer(models.BPE(vocab=model["vocab"], merges=merges))
    full.normalizer = trained.normalizer
    full.pre_tokenizer = trained.pre_tokenizer
    full.decoder = decoders.ByteLevel()
    full.post_processor = processors.ByteLevel(trim_offsets=False)
    full.add_tokens([AddedToken(t, special=special, normalized=False) for t, special in ADDED_TOKENS])
    special = dict(eos_token="<|im_end|>", pad_token="<|endoftext|>", unk_token=None, bos_token=None,
                   additional_special_tokens=[t for t, s in ADDED_TOKENS if s and t != "<|endoftext|>"],
                   chat_template=CHAT_TEMPLATE)  # fmt: skip
    if VERSION_5:
        tokenizer = transformers.Qwen2Tokenizer(vocab=model["vocab"], merges=merges,
                                                **(special | {"unk_token": "<|endoftext|>"}))  # fmt: skip
        tokenizer.add_tokens([AddedToken(t, special=special, normalized=False) for t, special in ADDED_TOKENS])
        return tokenizer
    return transformers.Qwen2TokenizerFast(tokenizer_object=full, **special)


def make_processor(tokenizer, sizes):
    limits = dict(patch_size=sizes["patch"], merge_size=sizes["merge"], temporal_patch_size=sizes["frames"])
    image_class = getattr(transformers, "Qwen2VLImageProcessor" if VERSION_5 else "Qwen2VLImageProcessorFast")
    image = image_class(min_pixels=sizes["min_pixels"], max_pixels=sizes["max_pixels"], **limits)
    video = transformers.Qwen2VLVideoProcessor(**limits)
    return Qwen2_5_VLProcessor(image, tokenizer, video, chat_template=CHAT_TEMPLATE)


def draw_sizes(rng, kind, compact):
    """Every number of a configuration. `kind` names what it is there to show; `compact` keeps files small."""
    ratio = {"tied": 1, "untied": 2, "grouped": rng.choice([4, 6, 8])}.get(kind, rng.choice([1, 2, 3, 4]))
    kv_heads = rng.choice([1, 2]) if ratio >= 4 else rng.choice([1, 2, 3])
    head = rng.choice([8, 12, 16]) if ratio >= 4 else rng.choice([8, 12, 16, 20, 24])
    if kind == "grouped":
        kv_heads = 1
    half = head // 2
    first = rng.randint(1, half - 2)
    second = rng.randint(1, half - first - 1)
    depth = rng.randint(2, 4)
    merge = rng.choice([2, 2, 2, 1, 3])
    patch = 14 if kind == "untied" else rng.choice([4, 6, 7, 8])
    unit = patch * merge
    window = unit * rng.choice([2, 2, 3, 4]) + rng.choice([0, 0, rng.randrange(unit)])
    full = sorted(rng.sample(range(depth), rng.randint(1, depth - 1)))
    if kind == "windows":
        full = []
    if kind == "whole":
        full = list(range(depth))
    largest = unit * unit * rng.randint(30, 70)
    sizes = dict(
        ratio=ratio, kv_heads=kv_heads, head=head, sections=[first, second, half - first - second],
        layers=rng.randint(1, 3), inner=rng.choice([36, 48, 52, 80, 100]), eps=rng.choice([1e-6, 1e-5, 1e-3]),
        theta=rng.choice([1e4, 1e6, 5e5]), vocabulary=rng.randint(300, 460), extra=rng.choice([0, 7, 64]),
        depth=depth, vision_heads=rng.choice([1, 2, 3]), vision_head=rng.choice([4, 8, 12, 16]),
        vision_inner=rng.choice([20, 36, 50]), patch=patch, merge=merge, frames=rng.choice([2, 2, 1]),
        window=window, full=full, min_pixels=unit * unit * rng.randint(2, 6), max_pixels=largest,
        tied=kind != "untied" and (kind == "tied" or rng.random() < 0.5),
        stored="bfloat16" if kind in ("grouped", "windows") else "float32",
        sharded=kind in ("grouped", "whole"),
        layout="hub" if kind in ("untied", "windows") else "native",
    )  # fmt: skip
    if compact:
        small = dict(layers=2, vocabulary=min(sizes["vocabulary"], 340), extra=min(sizes["extra"], 7),
                     max_pixels=unit * unit * 14)  # fmt: skip
        small |= dict(vision_heads=2 if patch < 14 else 1, vision_head=4 if patch < 14 else 8)
        small |= dict(kv_heads=1, head=8, sections=[1, 2, 1]) if sizes["head"] * kv_heads * ratio > 64 else {}
        sizes |= small
    return sizes


def make_model(sizes, tokenizer, seed):
    token = tokenizer.convert_tokens_to_ids
    hidden = sizes["head"] * sizes["kv_heads"] * sizes["ratio"]
    text = dict(
        vocab_size=len(tokenizer) + sizes["extra"], hidden_size=hidden, intermediate_size=sizes["inner"],
        num_hidden_layers=sizes["layers"], num_attention_heads=sizes["kv_heads"] * sizes["ratio"],
        num_key_value_heads=sizes["kv_heads"], rms_norm_eps=sizes["eps"], rope_theta=sizes["theta"],
        rope_scaling={"type": "mrope", "mrope_section": sizes["sections"]}, max_position_embeddings=4096,
        tie_word_embeddings=sizes["tied"], use_sliding_window=False, bos_token_id=token("<|endoftext|>"),
        eos_token_id=token("<|im_end|>"), pad_token_id=token("<|endoftext|>"),
    )  # fmt: skip
    vision = dict(
        depth=sizes["depth"], hidden_size=sizes["vision_heads"] * sizes["vision_head"],
        intermediate_size=sizes["vision_inner"], num_heads=sizes["vision_heads"], out_hidden_size=hidden,
        patch_size=sizes["patch"], temporal_patch_size=sizes["frames"], spatial_merge_size=sizes["merge"],
        window_size=sizes["window"], fullatt_block_indexes=sizes["full"],
    )  # fmt: skip
    config = Qwen2_5_VLConfig(
        text_config=text, vision_config=vision, tie_word_embeddings=sizes["tied"],
        image_token_id=token("<|image_pad|>"), video_token_id=token("<|video_pad|>"),
        vision_start_token_id=token("<|vision_start|>"), vision_end_token_id=token("<|vision_end|>"),
    )  # fmt: skip
    config._attn_implementation = "eager" if seed % 2 else "sdpa"
    model = Qwen2_5_VLForConditionalGeneration(config).eval()
    # Larger than fresh weights, biases and norms included, so that every term matters.
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in sorted(model.named_parameters()):
            noise = torch.randn(weight.shape, generator=draw)
            if "norm" in name or "ln_q" in name:
                weight.copy_(1 + 0.2 * noise)
            elif name.endswith("bias"):
                weight.copy_(0.2 * noise)
            elif "embed_tokens" in name or "lm_head" in name:
                weight.copy_(noise * (3.0 / weight.shape[1] ** 0.5 if not sizes["tied"] or "lm" in name else 0.5))
            else:
                weight.copy_(noise / (weight[0].numel() ** 0.5))
    if sizes["stored"] == "bfloat16":
        model = model.to(torch.bfloat16)
    model.generation_config = GenerationConfig(
        bos_token_id=token("<|endoftext|>"), pad_token_id=token("<|endoftext|>"),
        eos_token_id=[token("<|im_end|>"), token("<|endoftext|>")],
    )  # fmt: skip
    return model


def random_picture(rng, unit, largest):
    """Gradients, rectangles and noise; sometimes narrow, sometimes smaller than the least, sometimes exact."""
    draw = np.random.default_rng(rng.randrange(2**32))
    kind = rng.randrange(5)
    side = int(largest**0.5)
    if kind == 0:
        width, height = unit * rng.randint(1, 5), unit * rng.randint(1, 5)
    elif kind == 1:
        width, height = rng.randint(1, unit), rng.randint(1, unit)
    elif kind == 2:
        width, height = rng.randint(side, 2 * side), rng.randint(side // 2, side)
    elif kind == 3:
        width, height = rng.randint(2, max(3, unit // 2)), rng.randint(unit, 3 * unit)
    else:
        width, height = rng.randint(unit, side), rng.randint(unit, 2 * side)
    x = np.linspace(0, 255, width)[None, :, None]
    y = np.linspace(255, 0, height)[:, None, None]
    pixels = (x * draw.random(3) + y * draw.random(3)) / 2 + draw.normal(0, rng.choice([0, 4, 60]), (height, width, 3))
    for _ in range(rng.randint(0, 5)):
        left, top = rng.randrange(width), rng.randrange(height)
        pixels[top : top + rng.randint(1, height), left : left + rng.randint(1, width)] = draw.integers(0, 256, 3)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8), "RGB")


def random_dialogue(rng, kind, picture):
    words = [w for s in SENTENCES for w in s.split()]

    def text():
        return " ".join(rng.choice(words) for _ in range(rng.randint(2, 8)))

    def user(pictures):
        parts = [{"type": "image", "image": picture()} for _ in range(pictures)]
        parts += [{"type": "text", "text": text()} for _ in range(rng.randint(1, 2))]
        rng.shuffle(parts)
        return {"role": "user", "content": parts}

    says = lambda role: {"role": role, "content": [{"type": "text", "text": text()}]}  # noqa: E731
    if kind == "picture":
        return [user(1)]
    if kind == "pictures":
        return [says("system"), user(rng.randint(2, 3))]
    if kind == "text":
        return [user(0)] if rng.random() < 0.5 else [says("system"), user(0)]
    return [user(1), says("assistant"), user(rng.randint(0, 1))]


def positions_of(model, inputs):
    accepted = inspect.signature(model.model.get_rope_index).parameters
    if "image_grid_thw" not in inputs:  # transformers leaves these to the text model
        counted = (inputs["attention_mask"].cumsum(-1) - 1).clamp(min=0)
        return counted[None].expand(3, -1, -1)
    return model.model.get_rope_index(**{k: v for k, v in inputs.items() if k in accepted})[0]


def as_hub(folder, sizes):
    """Turns a folder that save_pretrained wrote into the form of the published files."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    text = config.pop("text_config")
    rope = text.pop("rope_parameters", None) or text.pop("rope_scaling")
    text["rope_theta"] = rope.get("rope_theta", text.get("rope_theta"))
    text["rope_scaling"] = {"type": "mrope", "mrope_section": rope["mrope_section"]}
    for key in ("model_type", "layer_types", "dtype", "sliding_window", "architectures"):
        text.pop(key, None)
    vision = config["vision_config"]
    vision.pop("rope_parameters", None)
    vision.pop("dtype", None)
    vision.pop("model_type", None)
    vision["in_chans"] = vision.pop("in_channels", 3)
    vision["spatial_patch_size"] = vision["patch_size"]
    config["torch_dtype"] = config.pop("dtype", None) or config.get("torch_dtype", sizes["stored"])
    config = text | config | {"tie_word_embeddings": sizes["tied"]}
    path.write_text(json.dumps(config, indent=2) + "\n")

    for name in ("processor_config.json", "preprocessor_config.json", "video_preprocessor_config.json"):
        (folder / name).unlink(missing_ok=True)
    (folder / "preprocessor_config.json").write_text(json.dumps({
        "min_pixels": sizes["min_pixels"], "max_pixels": sizes["max_pixels"], "patch_size": sizes["patch"],
        "temporal_patch_size": sizes["frames"], "merge_size": sizes["merge"],
        "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711],
        "image_processor_type": "Qwen2VLImageProcessor", "processor_class": "Qwen2_5_VLProcessor",
    }, indent=2) + "\n")  # fmt: skip
    template = folder / "chat_template.jinja"
    if template.exists():
        path = folder / "tokenizer_config.json"
        text = {"chat_template": template.read_text()}
        path.write_text(json.dumps(json.loads(path.read_text()) | text, indent=1) + "\n")
        (folder / "chat_template.json").write_text(json.dumps(text, indent=1) + "\n")
        template.unlink()


def write_checkpoint(model, processor, sizes, folder):
    shard = {"max_shard_size": "40KB"} if sizes["sharded"] else {}
    model.save_pretrained(folder, **shard)
    processor.save_pretrained(folder)
    if not (folder / "tokenizer.json").exists():
        processor.tokenizer.save_pretrained(folder)
    if sizes["layout"] == "hub":
        as_hub(folder, sizes)


def write_configuration(kind, seed, number, folder, strings, compact):
    rng = random.Random(f"{seed}/{kind}")
    shutil.rmtree(folder, ignore_errors=True)
    expected = folder / "expected"
    expected.mkdir(parents=True)
    sizes = draw_sizes(rng, kind, compact)
    tokenizer = make_tokenizer(rng, sizes["vocabulary"])
    written = make_model(sizes, tokenizer, 1000 * seed + number)
    write_checkpoint(written, make_processor(tokenizer, sizes), sizes, folder)
    # From here on only what transformers reads back from the folder.
    model = Qwen2_5_VLForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
    for (name, a), b in zip(model.named_parameters(), written.parameters()):
        assert torch.equal(a, b.float()), f"{name} was not read back"
    processor = AutoProcessor.from_pretrained(folder)
    texts = random.Random(f"{seed}/{kind}/texts")
    write_strings(processor.tokenizer, texts, strings, 40 if compact else 10**6, expected / "strings.bin")

    unit = sizes["patch"] * sizes["merge"]
    pictures = []

    def picture():
        pictures.append(random_picture(rng, unit, sizes["max_pixels"]))
        return pictures[-1]

    dialogues = [random_dialogue(rng, case, picture) for case in ("picture", "pictures", "text", "turns")]
    if kind == "text":
        pictures.clear()
        dialogues = [random_dialogue(rng, "text", picture) for _ in range(4)]
    rendered = [processor.apply_chat_template(d, tokenize=False, add_generation_prompt=True) for d in dialogues]
    shown = [[p["image"] for m in d for p in m["content"] if p["type"] == "image"] for d in dialogues]
    pictures = [p for row in shown for p in row]
    processor.tokenizer.padding_side = "left"
    inputs = dict(processor(text=rendered, images=pictures or None, padding=True, return_tensors="pt"))
    mask = inputs["attention_mask"].bool()
    positions = positions_of(model, inputs)

    # Pictures: patches before normalisation.
    mean = torch.tensor(processor.image_processor.image_mean)[:, None, None, None]
    std = torch.tensor(processor.image_processor.image_std)[:, None, None, None]
    at = 0
    for i, (image, (_, rows, columns)) in enumerate(zip(pictures, inputs.get("image_grid_thw", []))):
        image.save(expected / f"{i}.ppm")
        count = int(rows * columns)
        patches = inputs["pixel_values"][at : at + count].reshape(count, 3, sizes["frames"], sizes["patch"], -1)
        at += count
        levels = (patches * std + mean) * 255
        assert (levels - levels.round()).abs().max() < 0.01 and (patches == patches[:, :, :1]).all()
        (expected / f"{i}.levels").write_bytes(levels[:, :, 0].round().to(torch.uint8).numpy().tobytes())

    # The loss: weighted log-probabilities of all text tokens but each row's first.
    logits = model(**inputs).logits.float()
    log_prob = logits[:, :-1].log_softmax(-1).gather(2, inputs["input_ids"][:, 1:, None])[..., 0]
    log_prob = torch.nn.functional.pad(log_prob, (1, 0))
    weights = torch.zeros_like(log_prob)
    draw = torch.Generator().manual_seed(seed)
    for row in range(len(dialogues)):
        places = mask[row].nonzero()[1:, 0]
        places = places[inputs["input_ids"][row, places] != model.config.image_token_id]
        weights[row, places] = torch.randn(len(places), generator=draw) / len(places)
    model.zero_grad()
    (weights * log_prob).sum().backward()
    tensors = {}
    for name, weight in model.named_parameters():
        hub = name.replace("model.language_model.", "model.").replace("model.visual.", "visual.")
        tensors["grad." + hub] = torch.zeros_like(weight) if weight.grad is None else weight.grad
    logits, log_prob = logits.detach(), log_prob.detach()
    lower = Qwen2_5_VLForConditionalGeneration.from_pretrained(folder, dtype=torch.bfloat16).eval()
    with torch.no_grad():
        logits_lower = lower(**inputs).logits.float()
        answers = model.generate(**inputs, do_sample=False, max_new_tokens=NEW_TOKENS, output_logits=True,
                                 return_dict_in_generate=True)  # fmt: skip
    top = torch.stack(answers.logits, 1).float().topk(2).values
    gaps = top[..., 0] - top[..., 1]

    cases = []
    for row, dialogue in enumerate(dialogues):
        where = mask[row]
        length = int(where.sum())
        rows = sorted({0, length - 1, *(rng.randrange(length) for _ in range(6 if compact else 30))})
        tensors[f"{row}.logits"] = logits[row][where][rows]
        tensors[f"{row}.logits_bf16"] = logits_lower[row][where][rows].to(torch.bfloat16)
        tensors[f"{row}.log_probs"] = log_prob[row][where]
        tensors[f"{row}.loss_weights"] = weights[row][where]
        answer = answers.sequences[row, where.shape[0] :].tolist()
        ends = [i for i, token in enumerate(answer) if token in model.generation_config.eos_token_id]
        answer = answer[: ends[0] + 1] if ends else answer
        messages, first = [], sum(len(s) for s in shown[:row])
        for message in dialogue:
            parts = []
            for part in message["content"]:
                if part["type"] == "image":
                    parts.append({"picture": first})
                    first += 1
                else:
                    parts.append({"text": part["text"]})
            messages.append({"role": message["role"], "parts": parts})
        cases.append({
            "messages": messages,
            "prompt": rendered[row],
            "ids": inputs["input_ids"][row][where].tolist(),
            "positions": positions[:, row][:, where].tolist(),
            "logit_rows": rows,
            "answer": answer,
            "gaps": [round(g, 7) for g in gaps[row, : len(answer)].tolist()],
        })  # fmt: skip
    save_file({k: v.detach().contiguous() for k, v in tensors.items()}, expected / "expected.safetensors")
    about = {"transformers": transformers.__version__, "torch": torch.__version__, "seed": seed, "sizes": sizes,
             "image_processor": type(processor.image_processor).__name__,
             "grids": inputs["image_grid_thw"].tolist() if pictures else [], "cases": cases}  # fmt: skip
    (expected / "cases.json").write_text(json.dumps(about, ensure_ascii=False, separators=(",", ":")))


KINDS = ["tied", "untied", "grouped", "windows", "whole", "text"]


def write(arguments):
    for number, kind in enumerate(arguments.kinds):
        folder = arguments.out / kind
        strings = arguments.strings if number == 0 else arguments.strings // 20
        write_configuration(kind, arguments.seed, KINDS.index(kind), folder, strings, arguments.compact)


def check(arguments):
    """Loads what the C++ saved after a step of training and compares logits with those it computed."""
    worst = 0.0
    checked = 0
    for saved in sorted(p for p in arguments.saved.iterdir() if (p / "config.json").exists()):
        fixture = arguments.out / saved.name
        about = json.loads((fixture / "expected" / "cases.json").read_text())
        model = Qwen2_5_VLForConditionalGeneration.from_pretrained(saved, dtype=torch.float32).eval()
        processor = AutoProcessor.from_pretrained(fixture)
        ours = load_file(saved / "logits" / "logits.safetensors")
        for i, case in enumerate(about["cases"]):
            shown = [p["picture"] for m in case["messages"] for p in m["parts"] if "picture" in p]
            images = [Image.open(fixture / "expected" / f"{n}.ppm") for n in shown]
            inputs = processor(text=[case["prompt"]], images=images or None, return_tensors="pt")
            assert inputs["input_ids"][0].tolist() == case["ids"]
            with torch.no_grad():
                theirs = model(**inputs).logits[0]
            error = ((ours[f"{i}.logits"] - theirs).abs().max() / theirs.abs().max()).item()
            worst = max(worst, error)
            checked += 1
    if not checked:
        raise SystemExit(f"nothing saved in {arguments.saved}")
    print(f"saved by us, loaded by transformers {transformers.__version__}: {checked} prompts, "
          f"largest relative error of logits {worst:.2e}")  # fmt: skip
    if not worst <= 1e-4:
        raise SystemExit(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--saved", type=pathlib.Path, help="a folder that the C++ test wrote; nothing else is done")
    parser.add_argument("--strings", type=int, default=10000)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--compact", action="store_true", help="fewer rows of logits, for files to be committed")
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    torch.use_deterministic_algorithms(True)
    check(arguments) if arguments.saved else write(arguments)


if __name__ == "__main__":
    main()
