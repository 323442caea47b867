#!/usr/bin/env python3
"""Parity, and whole GRPO steps with their parts on a GPU, at the shapes of Qwen2.5 0.5B to 7B with random weights.

    python3 benches/gpu.py > benches/gpu.md

Builds the program, runs the parity tests (which compare the GPU with the processor where there is one), then `ssl4rl bench grpo`
shape by shape, each in a process of its own, and prints a page of Markdown. What does not fit into the GPU's memory is reported as
such. On a machine without cargo, `--binary` and `--tests` name what was built elsewhere. On a machine without a GPU the same
command measures the small shape on the processor, and says so. It fails where a test or a benchmark does, the page
notwithstanding.
"""

import argparse
import dataclasses
import json
import subprocess
import sys

PARITY = ["gpu::", "rollout::", "packed::", "model::", "kernels::"]
COLUMNS = [
    "shape",
    "trained",
    "dtype",
    "prompts x group x (prompt + new)",
    "part",
    "seconds a step",
    "new tokens/s",
    "TFLOP/s (of limit)",
    "GB/s (of limit)",
    "peak memory (estimate)",
]


@dataclasses.dataclass
class Shape:
    """What is measured: a shape, what of it learns, and the work of a step."""

    name: str
    trained: str
    dtype: str
    work: tuple  # prompts, completions of each, prompt tokens, new tokens
    steps: int
    settings: tuple = ()


def on_gpu(name, trained, steps, *settings):
    # 16 bytes a weight for master, moments and gradient: 7B learns with adapters on one GPU.
    adapters = ("lora.rank=16",) if trained == "LoRA" else ()
    return Shape(name, trained, "bfloat16", (64, 8, 256, 512), steps, ("rollout.cache_gib=16", *settings, *adapters))


# A group is 4344 tokens; micro-batches and remembered layers are chosen so that 80 GB are enough.
ON_GPU = [
    on_gpu("qwen2.5-0.5b", "all", 3),
    on_gpu("qwen2.5-1.5b", "all", 2, "trainer.micro_batch_tokens=8704"),
    on_gpu("qwen2.5-3b", "all", 1, "trainer.checkpointed_layers=36"),
    on_gpu("qwen2.5-3b", "LoRA", 1, "trainer.micro_batch_tokens=8704"),
    on_gpu("qwen2.5-7b", "LoRA", 1, "trainer.micro_batch_tokens=8704"),
]
ON_PROCESSOR = [Shape("peer", "all", "float32", (8, 8, 128, 32), 5)]


def run(command):
    print("$ " + " ".join(command), file=sys.stderr)
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    except OSError as error:
        return subprocess.CompletedProcess(command, 127, "", str(error))


def line(cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def gibibytes(count):
    return f"{count / 2**30:.1f} GiB"


def rows(report, shape):
    """A whole step, and its two parts."""
    limit, parts, memory = report["limit"], report["parts"], report["memory"]
    tokens = report["prompts"] * report["group"] * report["new"]
    work = f"{report['prompts']} x {report['group']} x ({report['prompt_len']} + {report['new']})"
    peak = memory.get("gpu_peak_bytes") or memory["peak_bytes"]
    estimate = report["memory_estimate"]
    turns = (sum(part["bytes"] for part in estimate[turn]) for turn in ("generating", "learning"))
    estimated = sum(part["bytes"] for part in estimate["throughout"]) + max(turns)
    whole = f"{report['step_s']:.3f} ({report['step_s_min']:.3f} to {report['step_s_max']:.3f})"

    def rate(gflop, seconds):
        return f"{gflop / seconds / 1e3:,.1f} ({100 * gflop / seconds / limit['gflop_per_s']:.0f} %)"

    def reading(gigabytes, seconds):
        return f"{gigabytes / seconds:,.0f} ({100 * gigabytes / seconds / limit['gigabytes_per_s']:.0f} %)"

    generation, update = parts["rollout_s"], parts["train_s"]
    yield [shape.name, shape.trained, report["dtype"], work, "generation", f"{generation:.3f}", f"{tokens / generation:,.0f}",
           rate(parts["rollout_gflop"], generation), reading(parts["rollout_gigabytes"], generation), ""]  # fmt: skip
    yield ["", "", "", "", "learning", f"{update:.3f}", f"{tokens / update:,.0f}", rate(parts["train_gflop"], update), "", ""]
    yield ["", "", "", "", "both", whole, f"{report['new_tokens_per_s']:,.0f}", rate(report["gflop_per_step"], report["step_s"]),
           "", "unknown" if peak is None else f"{gibibytes(peak)} ({gibibytes(estimated)})"]  # fmt: skip


def measure(binary, shape, threads):
    """Prints the rows of a shape; gives the report, or none where there is none."""
    prompts, group, prompt_length, new = shape.work
    command = [binary, "bench", "grpo", "--model", f"random:{shape.name}", "--dtype", shape.dtype, "--json", "--quiet"]
    command += ["--prompts", str(prompts), "--group", str(group), "--prompt-len", str(prompt_length), "--new", str(new)]
    command += ["--steps", str(shape.steps)] + (["--threads", str(threads)] if threads else [])
    for setting in shape.settings:
        command += ["--set", setting]
    result = run(command)
    if result.returncode == 0:
        report = json.loads(result.stdout)
        for row in rows(report, shape):
            line(row)
        return report
    reason = next((text for text in result.stderr.splitlines() if text.strip()), f"exit code {result.returncode}")
    line([shape.name, shape.trained, shape.dtype, "failed: " + reason[:120].replace("|", "/"), *[""] * 6])
    return None


def build():
    if run(["cargo", "build", "--release", "--locked"]).returncode != 0:
        sys.exit("the program does not build; `cargo build --release` says why")
    metadata = json.loads(run(["cargo", "metadata", "--format-version=1", "--no-deps"]).stdout)
    return metadata["target_directory"] + "/release/ssl4rl"


def head(binary):
    """Prints what was measured on; gives whether it has a GPU."""
    doctor = json.loads(run([binary, "doctor", "--json"]).stdout)
    gpu = None
    if len(doctor["libtorch"]["devices"]) > 1:
        gpu = run(["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"]).stdout.strip()
    print("# Measured on a GPU\n" if gpu else "# Measured without a GPU\n")
    print("`python3 benches/gpu.py` made this page.\n")
    if gpu:
        print(f"- GPU: {gpu}")
    else:
        print("- No number here is of a GPU: this machine has none, or the CUDA part of libtorch was not found. The same program does")
        print("  the same work at the small shape on the processor instead.")
    print(f"- program: {doctor['version']} ({doctor['git_revision']}) on {doctor['platform']}, {doctor['cores']} cores", flush=True)
    return bool(gpu)


def parity(tests):
    """Prints how the tests ended; gives whether all passed."""
    command = [tests] if tests else ["cargo", "test", "--locked", "--test", "it", "--"]
    result = run(command + PARITY)
    told = [text for text in result.stdout.splitlines() if text.startswith("test result")]
    ended = told[-1].removeprefix("test result: ") if told else "did not run"
    print(f"- parity, tests `{' '.join(PARITY)}`: {ended}", flush=True)
    return result.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", help="built program; without it, `cargo build --release` makes one")
    parser.add_argument("--tests", help="built tests (`cargo test --test it --no-run`); without it, cargo builds them")
    parser.add_argument("--threads", type=int, help="threads on the processor; all cores when absent")
    parser.add_argument("--no-parity", action="store_true", help="leave the tests out")
    arguments = parser.parse_args()
    binary = arguments.binary or build()
    has_gpu = head(binary)
    whole = arguments.no_parity or parity(arguments.tests)
    print("\n" + "| " + " | ".join(COLUMNS) + " |\n" + "|---" * len(COLUMNS) + "|", flush=True)
    limits = {}
    for shape in ON_GPU if has_gpu else ON_PROCESSOR:
        report = measure(binary, shape, arguments.threads)
        whole &= report is not None
        if report:
            limits[report["dtype"]] = report["limit"]
    print()
    for dtype, limit in limits.items():
        flops, bandwidth = limit["gflop_per_s"] / 1e3, limit["gigabytes_per_s"]
        print(f"Limits measured beside it, {dtype}: {flops:,.1f} TFLOP/s of a matrix product, {bandwidth:,.0f} GB/s of a copy.")
    if not whole:
        sys.exit("a test or a benchmark failed")


if __name__ == "__main__":
    main()
