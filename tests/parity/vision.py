"""Random Qwen2.5-VL checkpoints, computed by this program and by transformers.

Each case draws the shapes of both parts, the sizes of patches, squares and windows, the limits of a resized image and one to
three images, writes a folder with transformers, and compares: patches, grids, embeddings of the images, positions, logits, the
log-probs of an answer, the gradient of every weight, a chat turn with images and what is said after it, and the folder that this
program saves, read back by transformers. Beside each checkpoint PEFT makes an adapter of the text part, of the tower or of both, of
which its logits, its gradients, what PEFT reads of it saved again here, and the two ways of merging it are compared. Prints the largest difference of each kind; exit 1 above tolerance.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import numpy
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from PIL import Image
from safetensors.torch import load_file
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor, Qwen2VLImageProcessor
from transformers import Qwen2VLVideoProcessor

from adapters import moderate
from parity import largest, log_probs, tokenizer

# In float32 the two sides differ by the order of their sums; random logits are of order ten.
TOLERANCE = {
    "pixels": 1e-6,
    "features": 2e-4,
    "positions": 0.0,
    "logits": 5e-4,
    "log-probs": 5e-4,
    "gradients": 1e-3,
    "prompt log-probs": 5e-4,
    "saved weights": 0.0,
    "adapter logits": 5e-4,
    "adapter gradients": 1e-3,
    "adapter saved": 0.0,
    "adapter merged": 1e-5,
}
# Linear layers of the text part, of the tower, of both, and all there are, as PEFT may be told of them.
TARGETS = [
    ["q_proj", "k_proj", "v_proj", "o_proj"],
    ["qkv"],
    ["qkv", "v_proj", "gate_proj", "up_proj"],
    r".*visual.*\.(qkv|down_proj|mlp\.0|mlp\.2)",
    "all-linear",
]
SPECIAL = {
    "eos_token": "<|im_end|>",
    "pad_token": "<|endoftext|>",
    "more": ["<|im_start|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"],
}
NEW_TOKENS = 8
ANSWER = 5
PROMPTS = ["What is shown?", " Größe, 図, 🙂 ", "a <|im_end|> inside"]


def sections(draw, planes):
    """How many of a head's planes turn with time, row and column."""
    first, second = sorted(draw.sample(range(1, planes), 2))
    return [first, second - first, planes - second]


def shape(draw, kept):
    """Settings of a model, as its configuration class takes them."""
    key_value_heads = draw.choice([1, 2])
    heads = key_value_heads * draw.choice([1, 2, 3])
    head_dim = draw.choice([8, 16, 32])
    hidden = heads * head_dim
    patch, merge, depth = draw.choice([4, 8, 14]), draw.choice([1, 2, 3]), draw.choice([1, 2, 3, 4])
    vision_heads = draw.choice([1, 2, 3])
    tower = {
        "depth": depth,
        "hidden_size": vision_heads * draw.choice([4, 8, 20]),
        "intermediate_size": draw.choice([24, 50, 96]),
        "num_heads": vision_heads,
        "patch_size": patch,
        "spatial_merge_size": merge,
        "temporal_patch_size": 2,
        "window_size": patch * merge * draw.choice([1, 2, 3, 5]) + draw.choice([0, patch // 2]),
        "out_hidden_size": hidden,
        "fullatt_block_indexes": sorted(draw.sample(range(depth), draw.randrange(depth + 1))),
        "initializer_range": 0.1,
    }
    text = {
        "vocab_size": draw.choice([400, 512, 777]),
        "hidden_size": hidden,
        "intermediate_size": draw.choice([40, 96, 200]),
        "num_hidden_layers": draw.choice([1, 2, 4]),
        "num_attention_heads": heads,
        "num_key_value_heads": key_value_heads,
        "max_position_embeddings": 4096,
        "rms_norm_eps": draw.choice([1e-6, 1e-5]),
        "initializer_range": 0.1,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": draw.choice([1e4, 1e6]),
            "mrope_section": sections(draw, head_dim // 2),
        },
        "bos_token_id": None,
        "eos_token_id": kept.eos_token_id,
    }
    ids = {
        "image_token_id": "<|image_pad|>",
        "video_token_id": "<|video_pad|>",
        "vision_start_token_id": "<|vision_start|>",
        "vision_end_token_id": "<|vision_end|>",
    }
    tokens = {field: kept.convert_tokens_to_ids(token) for field, token in ids.items()}
    return Qwen2_5_VLConfig(
        text_config=text, vision_config=tower, tie_word_embeddings=draw.choice([True, False]), **tokens
    )


def make(draw, folder):
    """Writes a checkpoint and its processor, which is returned with what was drawn."""
    kept = tokenizer("qwen2_5_vl", SPECIAL)
    config = shape(draw, kept)
    torch.manual_seed(draw.randrange(2**31))
    model = Qwen2_5_VLForConditionalGeneration(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name or name.endswith("ln_q.weight"):
                parameter.uniform_(0.5, 1.5)
            elif name.endswith("bias"):
                parameter.normal_(0, 0.2)
    dtype = draw.choice([torch.float32, torch.bfloat16])
    sharded = draw.choice([True, False])
    model.to(dtype).save_pretrained(folder, max_shard_size="60KB" if sharded else "5GB")
    token = config.vision_config.patch_size * config.vision_config.spatial_merge_size
    sizes = {"patch_size": config.vision_config.patch_size, "merge_size": config.vision_config.spatial_merge_size}
    least = token * token * draw.choice([1, 4, 9])
    limits = {"shortest_edge": least, "longest_edge": least * draw.choice([4, 16, 25])}
    images = Qwen2VLImageProcessor(size=limits, **sizes)
    processor = Qwen2_5_VLProcessor(images, kept, Qwen2VLVideoProcessor(**sizes), chat_template=kept.chat_template)
    processor.save_pretrained(folder)
    images.save_pretrained(folder)
    kept.save_pretrained(folder)
    tower = config.vision_config
    return processor, f"{str(dtype).removeprefix('torch.')}, patch {tower.patch_size}, merge {tower.spatial_merge_size}, window {tower.window_size}"


def picture(draw, path):
    """A smooth image with noise, grey at times."""
    height, width = draw.randrange(20, 200), draw.randrange(20, 200)
    numbers = numpy.random.default_rng(draw.randrange(2**31))
    coarse = Image.fromarray(numbers.integers(0, 256, (5, 7, 3), dtype=numpy.uint8)).resize((width, height))
    noisy = numpy.asarray(coarse, dtype=numpy.int16) + numbers.integers(-20, 21, (height, width, 3))
    image = Image.fromarray(noisy.clip(0, 255).astype(numpy.uint8))
    image = image.convert(draw.choice(["RGB", "RGB", "L"]))
    image.save(path)
    return image


def published(name):
    """The name that published files have for a parameter of the class."""
    return name.removeprefix("model.") if name.startswith("model.visual.") else name.replace("model.language_model.", "model.")


def compare_numbers(model, inputs, ours):
    """Largest differences of what is computed from a prompt and its answer, and what else differs."""
    ids, grids = inputs["input_ids"], inputs["image_grid_thw"]
    problems = []
    patches = [ours[f"pixels.{image}"] for image in range(len(grids))]
    problems += ["grids"] if [[1, *ours[f"grid.{image}"].tolist()] for image in range(len(grids))] != grids.tolist() else []
    if problems:
        return {}, problems
    # Published values repeat an image for the two frames of a patch.
    frames = inputs["pixel_values"].view(len(inputs["pixel_values"]), 3, 2, -1)
    reference = model(**inputs)
    features = model.get_image_features(inputs["pixel_values"], grids).pooler_output
    places, _ = model.model.get_rope_index(ids, inputs["mm_token_type_ids"], grids)
    scored = log_probs(reference.logits[0], ids[0].tolist())[-ANSWER:]
    scored.mean().backward()
    gradients = {published(name): parameter.grad for name, parameter in model.named_parameters()}
    relative = [
        largest(gradient - ours[f"gradient.{name}"]) / max(gradient.abs().max().item(), 1e-3)
        for name, gradient in gradients.items()
    ]
    problems += [] if len(relative) == sum(name.startswith("gradient.") for name in ours) else ["names"]
    return {
        "pixels": largest(torch.cat(patches)[:, :, None] - frames.transpose(2, 3).flatten(1, 2)),
        "features": largest(torch.cat(list(features)) - ours["features"]),
        "positions": largest(places[:, 0] - ours["positions"]),
        "logits": largest(reference.logits[0] - ours["logits"]),
        "log-probs": largest(scored - ours["log_probs"]),
        "gradients": max(relative),
    }, problems


def compare_turn(binary, folder, model, processor, images, paths, prompt):
    """A chat turn with images: the largest difference of its log-probs, and what else differs."""
    content = [{"type": "image", "image": image} for image in images] + [{"type": "text", "text": prompt}]
    inputs = processor.apply_chat_template(
        [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
    )
    command = [binary / "ssl4rl-vision", "vision", "generate", "--model", folder, "--json", "--offline", "--prompt", prompt]
    command += ["--max-new-tokens", str(NEW_TOKENS), *(argument for path in paths for argument in ("--image", path))]
    ours = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    ids = inputs["input_ids"][0].tolist()
    if ours["prompt_ids"] != ids:
        return 0.0, [f"ids of {prompt!r}"]
    with torch.no_grad():
        of_prompt = log_probs(model(**inputs).logits[0], ids)
        greedy = model.generate(**inputs, max_new_tokens=NEW_TOKENS, do_sample=False, pad_token_id=0)[0].tolist()
    problems = [] if ours["completion_ids"] == greedy[len(ids) :] else [f"greedy continuation of {prompt!r}"]
    return largest(torch.tensor(ours["prompt_logprobs"][1:]) - of_prompt), problems


def compute(binaries, folder, out, inputs, paths):
    """What this program makes of a checkpoint or an adapter, as tensors by name."""
    listed = ",".join(map(str, inputs["input_ids"][0].tolist()))
    subprocess.run([binaries / "examples" / "vision_parity", folder, out, listed, str(ANSWER), *paths], check=True)
    return load_file(out / "computed.safetensors")


def compare_adapter(binaries, place, draw, inputs, paths):
    """An adapter that PEFT makes beside the checkpoint: largest differences, and what else differs."""
    settings = LoraConfig(
        r=draw.choice([1, 4, 16]),
        lora_alpha=draw.choice([1, 8, 32]),
        use_rslora=draw.choice([True, False]),
        target_modules=draw.choice(TARGETS),
        init_lora_weights=False,
        task_type="CAUSAL_LM",
    )
    made = get_peft_model(load(place / "model")[0], settings).eval()
    moderate(made)
    made.save_pretrained(place / "adapter")
    out = place / "adapter-out"
    ours = compute(binaries, place / "adapter", out, inputs, paths)
    with torch.no_grad(), made.disable_adapter():
        plain = made(**inputs).logits[0]
    reference = made(**inputs).logits[0]
    log_probs(reference, inputs["input_ids"][0].tolist())[-ANSWER:].mean().backward()
    of_adapter = {name: value for name, value in made.named_parameters() if value.requires_grad}
    computed = {name.removeprefix("gradient."): value for name, value in ours.items() if name.startswith("gradient.")}
    gradients = {of_peft(name): value.grad for name, value in of_adapter.items()}
    again = dict(PeftModel.from_pretrained(load(place / "model")[0], out / "adapter").named_parameters())
    problems = [] if computed.keys() == gradients.keys() else ["names of the adapter's gradients"]
    problems += ["names of the adapter"] if dict(made.named_parameters()).keys() != again.keys() else []
    problems += ["the adapter adds nothing"] if largest(reference.detach() - plain) < 1e-2 else []
    relative = [
        largest(gradient - computed[name]) / max(gradient.abs().max().item(), 1e-3)
        for name, gradient in gradients.items()
        if name in computed
    ]
    differences = {
        "adapter logits": largest(reference.detach() - ours["logits"]),
        "adapter gradients": max(relative),
        "adapter saved": max(largest(value.detach() - again[name].detach()) for name, value in of_adapter.items() if name in again),
    }
    # Merging changes the weights of `made` in place: whatever else is asked of it comes first.
    merged = dict(load(out / "saved")[0].named_parameters())
    by_peft = made.merge_and_unload().named_parameters()
    differences["adapter merged"] = max(largest(value.detach() - merged[name].detach()) for name, value in by_peft)
    return differences, problems


def of_peft(name):
    """The name here of a parameter that PEFT adds."""
    module = published(name.removeprefix("base_model.model.").replace(".default.", "."))
    return f"base_model.model.{module}"


def load(folder):
    return Qwen2_5_VLForConditionalGeneration.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )


def compare_saved(saved, model):
    """The saved folder as transformers reads it: largest difference of a weight, and what else differs."""
    again, loading = load(saved)
    problems = [kind for kind in ("missing_keys", "unexpected_keys", "mismatched_keys") if loading[kind]]
    weights = dict(again.named_parameters())
    return max(largest(value - weights[name]) for name, value in model.named_parameters()), problems


def case(binaries, seed, report):
    """One checkpoint; adds to the report and returns what went wrong."""
    draw = random.Random(f"qwen2_5_vl/{seed}")
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        model_folder, out = place / "model", place / "out"
        processor, drawn = make(draw, model_folder)
        model = load(model_folder)[0].eval()
        paths = [place / f"{image}.png" for image in range(draw.choice([1, 2, 3]))]
        images = [picture(draw, path) for path in paths]
        text = "".join(f"{draw.choice(['', 'see', 'and then'])}<|vision_start|><|image_pad|><|vision_end|>" for _ in images)
        inputs = processor(text=[f"{text} which answer is it"], images=images, return_tensors="pt")
        differences, problems = compare_numbers(model, inputs, compute(binaries, model_folder, out, inputs, paths))
        differences["saved weights"], of_saved = compare_saved(out / "saved", model)
        problems += of_saved
        for prompt in PROMPTS:
            difference, of_turn = compare_turn(binaries, model_folder, model, processor, images, paths, prompt)
            differences["prompt log-probs"] = max(differences.get("prompt log-probs", 0.0), difference)
            problems += of_turn
        of_adapter, adapter_problems = compare_adapter(binaries, place, draw, inputs, paths)
        differences |= of_adapter
        problems += adapter_problems
        problems += [f"{name} {value:.1e}" for name, value in differences.items() if value > TOLERANCE[name]]
    for name, value in differences.items():
        report[name] = max(report.get(name, 0.0), value)
    tokens = inputs["input_ids"].shape[1]
    print(f"qwen2_5_vl {seed}: {drawn}, {len(images)} images, {tokens} tokens: {', '.join(problems) or 'equal'}", flush=True)
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder with ssl4rl-vision and examples/vision_parity")
    parser.add_argument("--cases", type=int, default=12, help="checkpoints")
    parser.add_argument("--seed", type=int, default=0, help="the first case")
    arguments = parser.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    report = {}
    seeds = range(arguments.seed, arguments.seed + arguments.cases)
    failed = [seed for seed in seeds if case(arguments.bin, seed, report)]
    print("\nlargest difference: " + ", ".join(f"{name} {value:.1e}" for name, value in report.items()))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
