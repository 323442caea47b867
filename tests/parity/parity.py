"""Random checkpoints of every family, computed by this program and by transformers.

Each case draws a shape, writes a folder with transformers (whole or in shards, in one of three number formats), a tokenizer
and a chat template, and compares: logits, the log-probs of a prompt, a greedy continuation, the ids of a chat turn, and the
folder that this program saves, read back by transformers. Beside each checkpoint PEFT makes an adapter, of which the same is
compared: its logits here and there, what PEFT reads of the adapter saved again here, and the two ways of merging it.
Prints the largest difference of each kind; exit 1 above tolerance.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig, PreTrainedTokenizerFast

from adapters import moderate

HERE = pathlib.Path(__file__).parent
NEW_TOKENS = 12
# In float32 the two sides differ by the order of their sums; random logits are of order ten.
TOLERANCE = {
    "logits": 2e-4,
    "prompt log-probs": 2e-4,
    "completion log-probs": 2e-4,
    "saved weights": 0.0,
    "adapter logits": 2e-4,
    "adapter saved": 0.0,
    "adapter merged": 1e-5,
}
LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]

SPECIAL = {
    "qwen2": {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "more": ["<|im_start|>"]},
    "qwen3": {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "more": ["<|im_start|>"]},
    "llama": {
        "eos_token": "<|eot_id|>",
        "bos_token": "<|begin_of_text|>",
        "more": ["<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>"],
    },
}
VARIABLES = {"qwen2": {}, "qwen3": {"enable_thinking": False}, "llama": {"date_string": "3 Mar 2031"}}
PROMPTS = ["Which node?", " spaces \n\nand lines\n", "Größe, 図, 🙂 {{ x }} <b>", "a <|im_end|> inside", "<tool>t</tool>"]


def shape(family, draw):
    """Settings of a model of the family, as its configuration class takes them."""
    key_value_heads = draw.choice([1, 2, 3])
    heads = key_value_heads * draw.choice([1, 2, 4])
    head_dim = draw.choice([8, 16, 32])
    settings = {
        "vocab_size": draw.choice([400, 512, 777]),
        "hidden_size": heads * head_dim,
        "intermediate_size": draw.choice([40, 96, 200]),
        "num_hidden_layers": draw.choice([1, 2, 4]),
        "num_attention_heads": heads,
        "num_key_value_heads": key_value_heads,
        "max_position_embeddings": 512,
        "rms_norm_eps": draw.choice([1e-6, 1e-5]),
        "tie_word_embeddings": draw.choice([True, False]),
        "initializer_range": 0.1,
    }
    rope = {"rope_type": "default", "rope_theta": draw.choice([1e4, 5e5, 1e6])}
    if family == "qwen3":
        settings["head_dim"] = draw.choice([16, 24, 128])
        settings["hidden_size"] = draw.choice([32, 72, 96])
        settings["attention_bias"] = draw.choice([True, False])
    if family == "llama":
        settings["attention_bias"] = draw.choice([True, False])
        settings["mlp_bias"] = draw.choice([True, False])
        if draw.random() < 0.7:
            rope |= {
                "rope_type": "llama3",
                "factor": draw.choice([8.0, 32.0]),
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": draw.choice([32, 64, 128]),
            }
    return settings | {"rope_parameters": rope}


def tokenizer(family, special):
    """A byte-level BPE with the special tokens and the template of the family."""
    roles = {role: token for role, token in special.items() if role != "more"}
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=380,
        special_tokens=[*roles.values(), *special["more"]],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    inner.train_from_iterator(["which node is the answer to the question of the system user assistant"] * 4, trainer)
    if begin := roles.get("bos_token"):
        begins = [(begin, inner.token_to_id(begin))]
        inner.post_processor = processors.TemplateProcessing(single=f"{begin} $A", special_tokens=begins)
    made = PreTrainedTokenizerFast(tokenizer_object=inner, **roles)
    made.chat_template = (HERE / "templates" / f"{family}.jinja").read_text()
    return made


def make(family, draw, folder):
    """Writes a checkpoint; returns what was drawn, for the report."""
    config = transformers.AutoConfig.for_model(family, **shape(family, draw))
    torch.manual_seed(draw.randrange(2**31))
    model = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("norm.weight"):
                parameter.uniform_(0.5, 1.5)
            elif name.endswith("bias"):
                parameter.normal_(0, 0.2)
    kept = tokenizer(family, SPECIAL[family])
    ends = [kept.convert_tokens_to_ids(token) for token in (SPECIAL[family]["eos_token"], SPECIAL[family]["more"][0])]
    model.generation_config = GenerationConfig(eos_token_id=ends)
    dtype = draw.choice([torch.float32, torch.bfloat16, torch.float16])
    sharded = draw.choice([True, False])
    model.to(dtype).save_pretrained(folder, max_shard_size="60KB" if sharded else "5GB")
    kept.save_pretrained(folder)
    return f"{str(dtype).removeprefix('torch.')}, {'shards' if sharded else 'one file'}"


def generate(binary, folder, *arguments):
    """The JSON that `ssl4rl generate` prints."""
    command = [binary, "generate", "--model", folder, "--json", "--offline", "--max-new-tokens", str(NEW_TOKENS), *arguments]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def log_probs(logits, ids):
    return torch.log_softmax(logits[:-1], -1).gather(-1, torch.tensor(ids[1:])[:, None])[:, 0]


def largest(difference):
    """The largest absolute value; a prompt of one token has no log-prob to compare."""
    return difference.abs().max().item() if difference.numel() else 0.0


def compare_numbers(model, ids, ours, logits):
    """Largest differences of one prompt, and whether the greedy continuations agree."""
    with torch.no_grad():
        reference = model(torch.tensor([ids])).logits[0]
        greedy = model.generate(torch.tensor([ids]), max_new_tokens=NEW_TOKENS, do_sample=False, pad_token_id=0)[0].tolist()
        whole = log_probs(model(torch.tensor([greedy])).logits[0], greedy)
    differences = {
        "logits": largest(reference - logits),
        "prompt log-probs": largest(torch.tensor(ours["prompt_logprobs"][1:]) - log_probs(reference, ids)),
    }
    same = ours["completion_ids"] == greedy[len(ids):]
    if same:
        completion = torch.tensor(ours["completion_logprobs"])
        differences["completion log-probs"] = largest(completion - whole[len(ids) - 1:])
    return differences, same


def compare_prompts(binary, family, folder, kept):
    """Prompts that have other ids here than in transformers, as a chat turn or as they are."""
    wrong = []
    for prompt in PROMPTS:
        messages = [{"role": "user", "content": prompt}]
        reference = kept.apply_chat_template(
            messages, add_generation_prompt=True, tokenize=True, return_dict=False, **VARIABLES[family]
        )
        variables = json.dumps(VARIABLES[family])
        ours = generate(binary, folder, "--prompt", prompt, "--chat-template-kwargs", variables)
        text = kept.decode(ours["completion_ids"], skip_special_tokens=True)
        raw = generate(binary, folder, "--prompt", prompt, "--raw")
        turn_equal = ours["prompt_ids"] == list(reference) and ours["text"] == text
        if not turn_equal or raw["prompt_ids"] != kept(prompt)["input_ids"]:
            wrong.append(prompt)
    return wrong


def compare_saved(folder, saved, model):
    """The saved folder as transformers reads it: largest difference of a weight, and what else differs."""
    again, loading = AutoModelForCausalLM.from_pretrained(saved, dtype=torch.float32, output_loading_info=True)
    problems = [kind for kind in ("missing_keys", "unexpected_keys", "mismatched_keys") if loading[kind]]
    weights = dict(again.named_parameters())
    difference = max(largest(value - weights[name]) for name, value in model.named_parameters())
    if again.generation_config.eos_token_id != model.generation_config.eos_token_id:
        problems.append("generation_config")
    before, after = (json.loads((pathlib.Path(place) / "config.json").read_text()) for place in (folder, saved))
    problems += [f"config.json: {key}" for key in before if key != "dtype" and before[key] != after.get(key)]
    asked = [AutoTokenizer.from_pretrained(place) for place in (folder, saved)]
    messages = [{"role": "user", "content": "Which node?"}]
    one, other = (kept.apply_chat_template(messages, add_generation_prompt=True, tokenize=False) for kept in asked)
    if one != other:
        problems.append("chat template")
    return difference, problems


def compare_adapter(binaries, place, draw, ids):
    """An adapter that PEFT makes beside the checkpoint: largest differences, and what else differs."""
    def base(dtype=torch.float32):
        return AutoModelForCausalLM.from_pretrained(place / "model", dtype=dtype, attn_implementation="eager").eval()

    targets = draw.choice([LINEAR, ["q_proj", "v_proj"], "all-linear", draw.sample(LINEAR, 3), r".*\.mlp\.(up|down)_proj"])
    settings = LoraConfig(
        r=draw.choice([1, 4, 16]),
        lora_alpha=draw.choice([1, 8, 32]),
        use_rslora=draw.choice([True, False]),
        target_modules=targets,
        init_lora_weights=False,
        task_type="CAUSAL_LM",
    )
    made = get_peft_model(base(), settings)
    moderate(made)
    made.save_pretrained(place / "adapter")
    out = place / "adapter-out"
    subprocess.run([binaries / "examples" / "parity", place / "adapter", out, ",".join(map(str, ids))], check=True)
    with torch.no_grad():
        reference = made.eval()(torch.tensor([ids])).logits[0]
        plain = base()(torch.tensor([ids])).logits[0]
        exact = PeftModel.from_pretrained(base(torch.float64), place / "adapter").double().eval()(torch.tensor([ids])).logits[0]
    logits = load_file(out / "logits.safetensors")["logits"]
    again = PeftModel.from_pretrained(base(), out / "adapter")
    before, after = (dict(read.named_parameters()) for read in (made, again))
    problems = [] if before.keys() == after.keys() else ["names of the adapter"]
    saved = max(largest(value - after[name]) for name, value in before.items() if name in after)
    # Merging changes the weights of `made` in place: whatever else is asked of it comes first.
    merged = dict(AutoModelForCausalLM.from_pretrained(out / "saved", dtype=torch.float32).named_parameters())
    by_peft = dict(made.merge_and_unload().named_parameters())
    differences = {
        "adapter logits": largest(exact - logits),
        "adapter logits of PEFT": largest(exact - reference),
        "adapter saved": saved,
        "adapter merged": max(largest(value - merged[name]) for name, value in by_peft.items()),
    }
    if largest(reference - plain) < 1e-2:
        problems.append("the adapter adds nothing")
    return differences, problems


def case(binaries, family, seed, report):
    """One checkpoint; adds to the report and returns what went wrong."""
    draw = random.Random(f"{family}/{seed}")
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        model_folder, out = str(place / "model"), str(place / "out")
        drawn = make(family, draw, model_folder)
        model = AutoModelForCausalLM.from_pretrained(model_folder, dtype=torch.float32, attn_implementation="eager").eval()
        kept = AutoTokenizer.from_pretrained(model_folder)
        ids = [draw.randrange(model.config.vocab_size) for _ in range(draw.choice([1, 2, 17, 200]))]
        listed = ",".join(map(str, ids))
        subprocess.run([binaries / "examples" / "parity", model_folder, out, listed], check=True)
        logits = load_file(f"{out}/logits.safetensors")["logits"]
        ours = generate(binaries / "ssl4rl", model_folder, "--ids", listed)
        differences, same = compare_numbers(model, ids, ours, logits)
        differences["saved weights"], problems = compare_saved(model_folder, f"{out}/saved", model)
        of_adapter, adapter_problems = compare_adapter(binaries, place, draw, ids)
        differences |= of_adapter
        problems += adapter_problems
        problems += [] if same else ["greedy continuation"]
        problems += [f"ids of {prompt!r}" for prompt in compare_prompts(binaries / "ssl4rl", family, model_folder, kept)]
        problems += [name for name, bound in TOLERANCE.items() if differences.get(name, 0.0) > bound]
    for name, value in differences.items():
        report[name] = max(report.get(name, 0.0), value)
    print(f"{family} {seed}: {drawn}, {len(ids)} tokens: {', '.join(problems) or 'equal'}", flush=True)
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder with ssl4rl and examples/parity")
    parser.add_argument("--cases", type=int, default=8, help="checkpoints of each family")
    parser.add_argument("--seed", type=int, default=0, help="the first case")
    arguments = parser.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.manual_seed(0)
    failed = False
    table = []
    for family in SPECIAL:
        report = {}
        for seed in range(arguments.seed, arguments.seed + arguments.cases):
            failed |= bool(case(arguments.bin, family, seed, report))
        table.append((family, report))
    print("\nlargest difference:")
    for family, report in table:
        print(f"  {family}: " + ", ".join(f"{name} {value:.1e}" for name, value in report.items()))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
