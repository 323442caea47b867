#!/usr/bin/env python3
"""The same work in transformers and TRL and in `ssl4rl bench`, in turns on the same machine.

    pip install -r benches/peers-requirements.txt
    python benches/peers.py compare --binary target/release/ssl4rl --rounds 5

Both sides take a Qwen2 policy of random weights, 8 prompts of 128 tokens, 8 completions of exactly 32 tokens each. `compare` runs
every program once a round, in a process of its own, so that a slow minute of the machine meets all of them, and prints medians
over the rounds. `generate` and `grpo` are what it runs of the peers; each prints one line of JSON with the seconds of a step.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

VOCABULARY, PROMPTS, GROUP, PROMPT_LENGTH, NEW = 1024, 8, 8, 128, 32
PAD, END, UNKNOWN = VOCABULARY - 3, VOCABULARY - 2, VOCABULARY - 1


def policy():
    from transformers import Qwen2Config, Qwen2ForCausalLM

    return Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=VOCABULARY,
            hidden_size=256,
            num_hidden_layers=6,
            num_attention_heads=8,
            num_key_value_heads=2,
            intermediate_size=768,
            tie_word_embeddings=True,
            max_position_embeddings=4096,
            eos_token_id=END,
            pad_token_id=PAD,
        )
    )


def generate(arguments):
    """`model.generate` of transformers, with its key/value cache."""
    import torch

    torch.set_num_threads(arguments.threads)
    model = policy().eval().to(torch.bfloat16 if arguments.bf16 else torch.float32)
    prompts = torch.randint(0, PAD, (PROMPTS, PROMPT_LENGTH))
    seconds = []
    for _ in range(arguments.warmup + arguments.steps):
        started = time.perf_counter()
        with torch.inference_mode():
            output = model.generate(
                input_ids=prompts,
                attention_mask=torch.ones_like(prompts),
                do_sample=True,
                temperature=1.0,
                top_k=0,
                top_p=1.0,
                num_return_sequences=GROUP,
                min_new_tokens=NEW,
                max_new_tokens=NEW,
            )
        seconds.append(time.perf_counter() - started)
        assert output.shape == (PROMPTS * GROUP, PROMPT_LENGTH + NEW), output.shape
    return seconds[arguments.warmup :]


def word_tokenizer():
    """A tokenizer whose words are the token ids, so that prompts have the length they should."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = {f"w{index}": index for index in range(PAD)} | {"<pad>": PAD, "<end>": END, "<unknown>": UNKNOWN}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<unknown>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<end>", unk_token="<unknown>"
    )


def grpo(arguments):
    """Steps of TRL's `GRPOTrainer`, KL off, one update a step, no checkpointing."""
    import torch
    from datasets import Dataset
    from transformers import TrainerCallback
    from trl import GRPOConfig, GRPOTrainer

    torch.set_num_threads(arguments.threads)
    words = torch.randint(0, PAD, (64, PROMPT_LENGTH), generator=torch.Generator().manual_seed(0))
    rows = Dataset.from_dict({"prompt": [" ".join(f"w{word}" for word in row) for row in words.tolist()]})
    ends = []

    class Clock(TrainerCallback):
        def on_step_end(self, *_, **__):
            ends.append(time.perf_counter())

    def distinct_words(completions, **_):
        return [float(len(set(completion.split())) % 7) for completion in completions]

    with tempfile.TemporaryDirectory() as folder:
        settings = GRPOConfig(
            output_dir=folder,
            per_device_train_batch_size=PROMPTS * GROUP,
            num_generations=GROUP,
            max_completion_length=NEW,
            generation_kwargs={"min_new_tokens": NEW},
            max_steps=arguments.warmup + arguments.steps + 1,
            beta=0.0,
            bf16=arguments.bf16,
            gradient_checkpointing=False,
            use_cpu=True,
            report_to=[],
            save_strategy="no",
            logging_steps=1000,
            disable_tqdm=True,
        )
        trainer = GRPOTrainer(
            model=policy(),
            args=settings,
            reward_funcs=distinct_words,
            train_dataset=rows,
            processing_class=word_tokenizer(),
            callbacks=[Clock()],
        )
        trainer.train()
    return [after - before for before, after in zip(ends, ends[1:])][arguments.warmup :]


def ours(arguments, bench):
    command = [arguments.binary, "bench", bench, "--model", "random:peer", "--json", "--quiet"]
    command += ["--steps", str(arguments.steps), "--warmup", str(arguments.warmup), "--threads", str(arguments.threads)]
    command += ["--dtype", "bfloat16" if arguments.bf16 else "float32"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def peer(arguments, bench):
    command = [sys.executable, __file__, bench, "--threads", str(arguments.threads)]
    command += ["--steps", str(arguments.steps), "--warmup", str(arguments.warmup)]
    command += ["--bf16"] if arguments.bf16 else []
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return json.loads(output.strip().splitlines()[-1])


def compare(arguments):
    pairs = {"rollout": "generate", "grpo": "grpo"}
    seconds = {bench: ([], []) for bench in arguments.bench}
    for round_number in range(arguments.rounds):
        for bench, (theirs, mine) in seconds.items():
            theirs.append(peer(arguments, pairs[bench])["step_s"])
            mine.append(ours(arguments, bench)["step_s"])
            print(f"round {round_number + 1} {bench}: peer {theirs[-1]:.3f} s, ours {mine[-1]:.3f} s", file=sys.stderr)
    for bench, (theirs, mine) in seconds.items():
        theirs, mine = statistics.median(theirs), statistics.median(mine)
        print(
            json.dumps(
                {
                    "bench": bench,
                    "peer": {"rollout": "transformers", "grpo": "trl"}[bench],
                    "dtype": "bfloat16" if arguments.bf16 else "float32",
                    "rounds": arguments.rounds,
                    "peer_step_s": round(theirs, 4),
                    "step_s": round(mine, 4),
                    "times_faster": round(theirs / mine, 2),
                    "peer_completions_per_s": round(PROMPTS * GROUP / theirs, 1),
                    "completions_per_s": round(PROMPTS * GROUP / mine, 1),
                }
            )
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["generate", "grpo", "compare"])
    parser.add_argument("--binary", default="target/release/ssl4rl", help="our program, for `compare`")
    parser.add_argument("--bench", nargs="+", choices=["rollout", "grpo"], default=["rollout", "grpo"])
    parser.add_argument("--rounds", type=int, default=5, help="turns of `compare`")
    parser.add_argument("--steps", type=int, default=3, help="timed steps of one process; their median counts")
    parser.add_argument("--warmup", type=int, default=1, help="steps before timing")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bf16", action="store_true", help="bfloat16 on both sides; TRL's is autocast")
    arguments = parser.parse_args()
    if arguments.what == "compare":
        compare(arguments)
        return
    seconds = {"generate": generate, "grpo": grpo}[arguments.what](arguments)
    print(json.dumps({"peer": arguments.what, "step_s": statistics.median(seconds), "all_s": seconds}))


if __name__ == "__main__":
    main()
