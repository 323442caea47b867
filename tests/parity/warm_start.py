#!/usr/bin/env python3
"""Supervised fine-tuning here and by transformers and torch: the same questions, the same updates, the same weights.

Makes random checkpoints as `parity.py` does, warm-starts each with `ssl4rl graph` on questions whose texts `ssl4rl tasks show` tells, and
does the same with the loss and the optimizer of torch. What is compared is the way the weights went: the distance between the
two ends, as a share of the way.
"""

import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

from parity import SPECIAL, VARIABLES, make

TASK, DATASET = "graph/subgraph-counting", "synthetic"
BATCHES, BATCH_SIZE, PEAK = 3, 5, 1e-3
# With a large epsilon an update is nearly proportional to the gradient; with a small one it is its sign, and the sign of a gradient that is
# nothing but rounding is nobody's.
EPSILON, BETAS, WEIGHT_DECAY, MOST_NORM = 1e-2, (0.9, 0.98), 0.1, 1.0
SHARE = 2e-4


def questions(binary, seed):
    """Prompts and right answers of the warm start, in order."""
    line = [binary, "tasks", "show", TASK, "--dataset", DATASET, "--split", "warm-start", "--seed", str(seed), "--json"]
    told = subprocess.run([*line, "-n", str(BATCHES * BATCH_SIZE)], check=True, capture_output=True, text=True).stdout
    samples = [json.loads(sample) for sample in told.splitlines()]
    return [(sample["prompt"], f"<answer>{sample['answer']}</answer>") for sample in samples]


def here(binary, model, seed, variables, draw, place):
    """The folder of the model after its warm start by the program."""
    settings = {
        "warm_start.max_batches": BATCHES,
        "warm_start.batch_size": BATCH_SIZE,
        "warm_start.learning_rate": PEAK,
        "optimizer.epsilon": EPSILON,
        "optimizer.beta1": BETAS[0],
        "optimizer.beta2": BETAS[1],
        "optimizer.weight_decay": WEIGHT_DECAY,
        "optimizer.max_grad_norm": MOST_NORM,
        "trainer.micro_batch_tokens": draw.choice([1, 500, 16384]),
        "trainer.checkpointed_layers": draw.choice([0, 1, 4]),
        "policy.dtype": "float32",
        "rollout.max_new_tokens": 16,
        "eval.samples": 1,
    }
    settings |= {f"policy.chat_template_kwargs.{name}": json.dumps(value) for name, value in variables.items()}
    flags = [flag for name, value in settings.items() for flag in ("--set", f"{name}={value}")]
    line = [binary, "graph", "--dataset", DATASET, "--task", TASK, "--model", model, "--steps", "0", "--seed", str(seed)]
    environment = os.environ | {"SSL4RL_CACHE": str(place / "cache")}
    subprocess.run([*line, "--out", place / "run", *flags], check=True, capture_output=True, env=environment)
    return place / "run" / "checkpoints" / "step-0"


def by_torch(model, tokenizer, variables, asked):
    """The same in place: each question in a row of its own."""
    matrices = [weight for weight in model.parameters() if weight.dim() > 1]
    vectors = [weight for weight in model.parameters() if weight.dim() == 1]
    groups = [{"params": matrices, "weight_decay": WEIGHT_DECAY}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=PEAK, betas=BETAS, eps=EPSILON)
    for batch in range(BATCHES):
        optimizer.zero_grad()
        total, tokens = 0.0, 0
        for prompt, answer in asked[batch * BATCH_SIZE : (batch + 1) * BATCH_SIZE]:
            turn = [{"role": "user", "content": prompt}]
            text = tokenizer.apply_chat_template(turn, add_generation_prompt=True, tokenize=False, **variables)
            given = tokenizer.encode(text, add_special_tokens=False)
            told = [*tokenizer.encode(answer, add_special_tokens=False), tokenizer.eos_token_id]
            labels = torch.tensor([[-100] * len(given) + told])
            total = total + model(torch.tensor([given + told]), labels=labels).loss * len(told)
            tokens += len(told)
        (total / tokens).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), MOST_NORM)
        for group in optimizer.param_groups:
            group["lr"] = PEAK * (batch + 1) / 10
        optimizer.step()
    return (total / tokens).item()


def case(binary, family, seed):
    """One checkpoint; returns how far apart the two ends are, as a share of the way."""
    draw = random.Random(f"warm start/{family}/{seed}")
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        drawn = make(family, draw, place / "model")
        load = lambda path: AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32, attn_implementation="eager")
        begun, theirs = load(place / "model"), load(place / "model")
        variables = VARIABLES[family]
        loss = by_torch(theirs, AutoTokenizer.from_pretrained(place / "model"), variables, questions(binary, seed))
        ours = load(here(binary, place / "model", seed, variables, draw, place))
        flat = lambda model: torch.cat([weight.detach().flatten() for weight in model.parameters()])
        apart, way = (flat(ours) - flat(theirs)).norm().item(), (flat(theirs) - flat(begun)).norm().item()
    share = apart / way
    print(f"{family} {seed}: {drawn}, loss {loss:.4f}, way {way:.2e}, apart by {share:.1e} of it", flush=True)
    return share


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder with ssl4rl")
    parser.add_argument("--cases", type=int, default=4, help="checkpoints of each family")
    parser.add_argument("--seed", type=int, default=0, help="the first case")
    arguments = parser.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    binary, seeds = arguments.bin / "ssl4rl", range(arguments.seed, arguments.seed + arguments.cases)
    shares = [case(binary, family, seed) for family in SPECIAL for seed in seeds]
    print(f"\nfurthest apart: {max(shares):.1e} of the way, allowed {SHARE:.0e}")
    sys.exit(1 if max(shares) > SHARE else 0)


if __name__ == "__main__":
    main()
