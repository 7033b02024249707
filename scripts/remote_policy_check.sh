#!/usr/bin/env bash
# scripts/remote_policy_check.sh [folder]
# Has a real OpenAI-compatible server, `transformers serve`, serve a tiny Qwen2.5-VL checkpoint that transformers
# wrote (random weights, nano's tokenizer), and checks that
#   1. greedy answers over the endpoint are, character by character, those of the same checkpoint in our own model:
#      messages, pictures, chat template and second turns come out the same;
#   2. a run of reinforcement learning takes its rollouts from the server, and gives it new weights at every step.
#
#   METASPATIAL=...  the program (build/release/bin/metaspatial)
#   Python is that of scripts/python_env.sh.
#   PORT=...         a free port (18431)
#   ROOMS=...        rooms that are compared (6)
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
program=$(realpath "${METASPATIAL:-$root/build/release/bin/metaspatial}")
python=$("$root/scripts/python_env.sh")
port=${PORT:-18431}
rooms=${ROOMS:-6}
folder=$(realpath -m "${1:-$(mktemp -d)}")
mkdir -p "$folder"
cd "$root"
export HF_HUB_OFFLINE=1

"$python" - "$root/models/nano" "$folder/tiny" <<'PYTHON'
import json, pathlib, sys
import torch
from transformers import (PreTrainedTokenizerFast, Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration,
                          Qwen2_5_VLProcessor, Qwen2VLImageProcessor, Qwen2VLVideoProcessor)

nano, out = map(pathlib.Path, sys.argv[1:3])
out.mkdir(parents=True, exist_ok=True)
file = json.loads((nano / "tokenizer.json").read_text())
tokens = {token["content"]: token["id"] for token in file["added_tokens"]}
vocab = 1 + max(*tokens.values(), *file["model"]["vocab"].values())
# What the published template does with words and pictures.
template = (
    "{% for message in messages %}{% if loop.first and message['role'] != 'system' %}<|im_start|>system\n"
    "You are a helpful assistant.<|im_end|>\n{% endif %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}")
end, pad = tokens["<|im_end|>"], tokens["<|endoftext|>"]
tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(nano / "tokenizer.json"), eos_token="<|im_end|>",
                                    pad_token="<|endoftext|>", chat_template=template)
images = Qwen2VLImageProcessor(min_pixels=56 * 56, max_pixels=112 * 112)
processor = Qwen2_5_VLProcessor(image_processor=images, tokenizer=tokenizer,
                                video_processor=Qwen2VLVideoProcessor(), chat_template=template)
rope = dict(rope_type="default", type="mrope", mrope_section=[2, 3, 3], rope_theta=1e6)
config = Qwen2_5_VLConfig(
    text_config=dict(vocab_size=vocab + 1, hidden_size=96, intermediate_size=192, num_hidden_layers=2,
                     num_attention_heads=6, num_key_value_heads=2, max_position_embeddings=8192,
                     rope_parameters=rope, eos_token_id=end, pad_token_id=pad, bos_token_id=pad),
    vision_config=dict(depth=2, hidden_size=32, intermediate_size=64, num_heads=2, out_hidden_size=96,
                       fullatt_block_indexes=[1], window_size=56),
    video_token_id=vocab, image_token_id=tokens["<|image_pad|>"], vision_start_token_id=tokens["<|vision_start|>"],
    vision_end_token_id=tokens["<|vision_end|>"], tie_word_embeddings=False)
torch.manual_seed(5)
model = Qwen2_5_VLForConditionalGeneration(config).float()
for name, weight in model.named_parameters():  # large enough that every word of the prompt counts
    if weight.ndim >= 2:
        torch.nn.init.normal_(weight, std=0.5 if "embed" in name else 1.5 / weight.shape[-1] ** 0.5)
# Greedy answers are to be text as every server gives it: no special tokens, which are left out of it, no halves of
# characters, and no white space at its ends, which this server strips.
silent = [*file["model"]["vocab"].values(), vocab,
          *(token["id"] for token in file["added_tokens"]
            if token["special"] or token["content"] != token["content"].strip())]
model.lm_head.weight.data[silent] = 0
model.generation_config.eos_token_id = end
model.generation_config.pad_token_id = pad
model.save_pretrained(out)
processor.save_pretrained(out)
(out / "preprocessor_config.json").write_text(json.dumps(dict(
    min_pixels=56 * 56, max_pixels=112 * 112, patch_size=14, temporal_patch_size=2, merge_size=2,
    image_mean=images.image_mean, image_std=images.image_std, image_processor_type="Qwen2VLImageProcessor",
    processor_class="Qwen2_5_VLProcessor")))
PYTHON

# serve.sh FOLDER: (re)starts the server on a folder, under the name that requests use; returns when it answers.
cat >"$folder/serve.sh" <<SERVE
#!/usr/bin/env bash
set -euo pipefail
if [ -f "$folder/pid" ]; then
  kill "\$(cat "$folder/pid")" 2>/dev/null || true
  while kill -0 "\$(cat "$folder/pid")" 2>/dev/null; do sleep 0.2; done
  rm -f "$folder/pid"
fi
[ \$# -gt 0 ] || exit 0
ln -sfn "\$(realpath "\$1")" "$folder/served"
"$python" -m transformers.cli.transformers serve "$folder/served" --device cpu --dtype float32 \\
  --port "$port" >>"$folder/server.log" 2>&1 &
echo \$! >"$folder/pid"
for _ in \$(seq 240); do
  curl -sf "http://localhost:$port/health" >/dev/null && exit 0
  kill -0 "\$(cat "$folder/pid")" || exit 1
  sleep 0.5
done
exit 1
SERVE
chmod +x "$folder/serve.sh"
trap '"$folder/serve.sh"' EXIT
url=http://localhost:$port/v1

echo "== greedy answers: ours, and those of transformers over the endpoint"
cat >"$folder/policy.yaml" <<YAML
policy:
  picture_px: 112
  prompt_style: full
  concurrency: 2
env:
  looks: false
YAML
common=(--rooms "$rooms" --turns 2 --max-tokens 32 --tables none --config "$folder/policy.yaml")
"$program" eval --model "$folder/tiny" "${common[@]}" --answers "$folder/ours.jsonl" -o "$folder/ours.json"
"$folder/serve.sh" "$folder/tiny"
"$program" eval --endpoint "$url" --model "$folder/served" "${common[@]}" --answers "$folder/theirs.jsonl" \
  -o "$folder/theirs.json"
"$python" - "$folder" <<'PYTHON'
import json, pathlib, sys

folder = pathlib.Path(sys.argv[1])
ours, theirs = ([json.loads(line)["response"] for line in (folder / name).read_text().splitlines()]
                for name in ("ours.jsonl", "theirs.jsonl"))
same = sum(a == b for a, b in zip(ours, theirs, strict=True))
print(f"{same} of {len(ours)} greedy answers are the same; {len(set(ours))} are different from each other")
print("endpoint:", json.loads((folder / "theirs.json").read_text())["policy"])
for a, b in zip(ours, theirs):
    if a != b:
        print(f"  ours   {a!r}\n  theirs {b!r}")
sys.exit(same != len(ours) or len(set(ours)) < len(ours) // 2)
PYTHON

echo "== two steps of training with rollouts from the server"
"$program" train worker.actor.model.model_path="$folder/tiny" trainer.default_local_dir="$folder/run" \
  trainer.max_steps=2 trainer.val_freq=0 trainer.final_rooms=0 data.rollout_batch_size=2 worker.rollout.n=2 \
  worker.actor.global_batch_size=2 data.max_response_length=24 env.prompt_style=full env.picture_px=112 \
  env.max_turns=2 env.looks=false worker.rollout.name=endpoint "worker.rollout.sync_command=$folder/serve.sh \$1" \
  policy.base_url="$url" policy.model="$folder/served" policy.concurrency=2 policy.logprobs=true
"$python" - "$folder" <<'PYTHON'
import json, pathlib, sys

lines = [json.loads(line) for line in (pathlib.Path(sys.argv[1]) / "run/metrics.jsonl").read_text().splitlines()]
for line in lines:
    print({key: line[key] for key in line if key.startswith("rollout/") or key == "actor/logprob_gap"})
sys.exit(len(lines) != 2 or any(line["rollout/failed"] > 0 for line in lines))
PYTHON
echo "all good; files in $folder"
