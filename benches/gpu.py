#!/usr/bin/env python3
"""Parity, generation, learning and whole GRPO steps on a GPU, at the shapes of Qwen2.5 0.5B to 7B with random weights.

    python3 benches/gpu.py > benches/gpu.md

Builds the program, runs the parity tests (which compare the GPU with the processor where there is one), then `ssl4rl bench` shape by
shape, each in a process of its own, and prints a page of Markdown. What does not fit into the GPU's memory is reported as such. On a
machine without a GPU the same command measures the small shape on the processor, and says so. It fails where a test or a benchmark
does, the page notwithstanding.
"""

import argparse
import dataclasses
import json
import subprocess
import sys
import threading

BENCHES = ["rollout", "train", "grpo"]
PARITY = ["cargo", "test", "--locked", "--test", "it", "--", "model::", "rollout::", "packed::", "kernels::"]
COLUMNS = [
    "bench",
    "shape",
    "trained",
    "dtype",
    "prompts x group x (prompt + new)",
    "seconds a step",
    "new tokens/s",
    "GFLOP/s (of limit)",
    "GB/s (of limit)",
    "peak memory",
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


def on_gpu(name, layers, trained):
    # 16 bytes a weight for master, moments and gradient: 7B learns with adapters on one GPU, and larger shapes remember no inner steps.
    adapters = ("lora.rank=16",) if trained == "LoRA" else ()
    return Shape(name, trained, "bfloat16", (64, 8, 256, 512), 3, (f"trainer.checkpointed_layers={layers}", *adapters))


ON_GPU = [
    on_gpu("qwen2.5-0.5b", 24, "all"),
    on_gpu("qwen2.5-1.5b", 28, "all"),
    on_gpu("qwen2.5-3b", 36, "all"),
    on_gpu("qwen2.5-3b", 36, "LoRA"),
    on_gpu("qwen2.5-7b", 28, "LoRA"),
]
ON_PROCESSOR = [Shape("peer", "all", "float32", (8, 8, 128, 32), 5)]


def run(command):
    print("$ " + " ".join(command), file=sys.stderr)
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    except OSError as error:
        return subprocess.CompletedProcess(command, 127, "", str(error))


class GpuMemory(threading.Thread):
    """The largest memory in use on the first GPU while it runs, in bytes, seen twice a second; 0 without a GPU."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peak, self.done = 0, threading.Event()

    def run(self):
        query = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits", "--id=0"]
        while not self.done.wait(0.5):
            try:
                told = subprocess.run(query, capture_output=True, text=True)
                self.peak = max(self.peak, int(told.stdout.strip() or 0) << 20)
            except (OSError, ValueError):
                return

    def stop(self):
        self.done.set()
        self.join()
        return self.peak


def line(cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def cells(report, shape, gpu_memory):
    bandwidth = report.get("share_of_bandwidth")
    memory = gpu_memory or report["memory"]["peak_bytes"]
    return [
        report["bench"],
        shape.name,
        "" if report["bench"] == "rollout" else shape.trained,
        report["dtype"],
        f"{report['prompts']} x {report['group']} x ({report['prompt_len']} + {report['new']})",
        f"{report['step_s']:.3f} ({report['step_s_min']:.3f} to {report['step_s_max']:.3f})",
        f"{report['new_tokens_per_s']:,.0f}",
        f"{report['gflop_per_s']:,.0f} ({100 * report['share_of_gflop_limit']:.0f} %)",
        "" if bandwidth is None else f"{report['gigabytes_per_s']:,.1f} ({100 * bandwidth:.0f} %)",
        "" if memory is None else f"{memory / 2**30:.2f} GiB",
    ]


def measure(binary, bench, shape, threads):
    """Prints a row; gives the report, or none where there is none."""
    prompts, group, prompt_length, new = shape.work
    command = [binary, "bench", bench, "--model", f"random:{shape.name}", "--dtype", shape.dtype, "--json", "--quiet"]
    command += ["--prompts", str(prompts), "--group", str(group), "--prompt-len", str(prompt_length), "--new", str(new)]
    command += ["--steps", str(shape.steps)] + (["--threads", str(threads)] if threads else [])
    for setting in shape.settings:
        command += ["--set", setting]
    memory = GpuMemory()
    memory.start()
    result = run(command)
    peak = memory.stop()
    if result.returncode == 0:
        report = json.loads(result.stdout)
        line(cells(report, shape, peak))
        return report
    reason = next((text for text in result.stderr.splitlines() if text.strip()), f"exit code {result.returncode}")
    line([bench, shape.name, shape.trained, shape.dtype, "failed: " + reason[:120].replace("|", "/"), *[""] * 5])
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


def parity():
    """Prints how the tests ended; gives whether all passed."""
    result = run(PARITY)
    told = [text for text in result.stdout.splitlines() if text.startswith("test result")]
    ended = told[-1].removeprefix("test result: ") if told else "did not run"
    print(f"- parity, `{' '.join(PARITY)}`: {ended}", flush=True)
    return result.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", help="built program; without it, `cargo build --release` makes one")
    parser.add_argument("--threads", type=int, help="threads on the processor; all cores when absent")
    parser.add_argument("--no-parity", action="store_true", help="leave the tests out")
    arguments = parser.parse_args()
    binary = arguments.binary or build()
    has_gpu = head(binary)
    whole = arguments.no_parity or parity()
    print("\n" + "| " + " | ".join(COLUMNS) + " |\n" + "|---" * len(COLUMNS) + "|", flush=True)
    limits = {}
    for shape in ON_GPU if has_gpu else ON_PROCESSOR:
        for bench in BENCHES:
            report = measure(binary, bench, shape, arguments.threads)
            whole &= report is not None
            if report:
                limits[report["dtype"]] = report["limit"]
    print()
    for dtype, limit in limits.items():
        print(f"Limits measured beside it, {dtype}: {limit['gflop_per_s']:,.0f} GFLOP/s, {limit['gigabytes_per_s']:,.0f} GB/s.")
    if not whole:
        sys.exit("a test or a benchmark failed")


if __name__ == "__main__":
    main()
