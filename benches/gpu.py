#!/usr/bin/env python3
"""Parity, generation, learning and whole GRPO steps on a GPU, at the shapes of Qwen2.5 0.5B to 7B with random weights.

    python3 benches/gpu.py > benches/gpu.md

Builds the program, runs the parity tests (which compare the GPU with the processor where there is one), then `ssl4rl bench` shape by
shape, each in a process of its own, and prints a page of Markdown. What does not fit into the GPU's memory is reported as such. On a
machine without a GPU the same command measures the small shape on the processor, and says so.
"""

import argparse
import json
import subprocess
import sys
import threading

SHAPES = ["qwen2.5-0.5b", "qwen2.5-1.5b", "qwen2.5-3b", "qwen2.5-7b"]
BENCHES = ["rollout", "train", "grpo"]


def run(command):
    print("$ " + " ".join(command), file=sys.stderr)
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


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


def row(report, gpu_memory):
    bandwidth = report.get("share_of_bandwidth")
    memory = gpu_memory or report["memory"]["peak_bytes"]
    cells = [
        report["bench"],
        report["model"].removeprefix("random:"),
        report["dtype"],
        f"{report['prompts']} x {report['group']} x ({report['prompt_len']} + {report['new']})",
        f"{report['step_s']:.3f} ({report['step_s_min']:.3f} to {report['step_s_max']:.3f})",
        f"{report['new_tokens_per_s']:,.0f}",
        f"{report['gflop_per_s']:,.0f} ({100 * report['share_of_gflop_limit']:.0f} %)",
        "" if bandwidth is None else f"{report['gigabytes_per_s']:,.0f} ({100 * bandwidth:.0f} %)",
        "" if memory is None else f"{memory / 2**30:.2f} GiB",
    ]
    return "| " + " | ".join(cells) + " |"


def measure(binary, bench, shape, work, dtype):
    prompts, group, prompt_length, new, steps = work
    command = [binary, "bench", bench, "--model", f"random:{shape}", "--dtype", dtype, "--json", "--quiet"]
    command += ["--prompts", str(prompts), "--group", str(group), "--prompt-len", str(prompt_length), "--new", str(new)]
    memory = GpuMemory()
    memory.start()
    result = run(command + ["--steps", str(steps)])
    peak = memory.stop()
    if result.returncode == 0:
        return row(json.loads(result.stdout), peak)
    reason = next((line for line in result.stderr.splitlines() if line.strip()), f"exit code {result.returncode}")
    return f"| {bench} | {shape} | {dtype} | failed: {reason[:120]} | | | | | |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", help="built program; without it, `cargo build --release` makes one")
    parser.add_argument("--no-parity", action="store_true", help="leave the tests out")
    arguments = parser.parse_args()
    binary = arguments.binary
    if binary is None:
        if run(["cargo", "build", "--release", "--locked"]).returncode != 0:
            sys.exit("the program does not build; `cargo build --release` says why")
        metadata = json.loads(run(["cargo", "metadata", "--format-version=1", "--no-deps"]).stdout)
        binary = metadata["target_directory"] + "/release/ssl4rl"
    doctor = json.loads(run([binary, "doctor", "--json"]).stdout)
    gpu = None
    if len(doctor["libtorch"]["devices"]) > 1:
        gpu = run(["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"]).stdout.strip()

    print("# Measured on a GPU\n" if gpu else "# Measured without a GPU\n")
    print("`python3 benches/gpu.py` made this page.\n")
    if gpu:
        print(f"- GPU: {gpu}")
    else:
        print("- This machine has no GPU, or the CUDA part of libtorch was not found: the small shape on the processor stands in.")
    print(f"- program: {doctor['version']} ({doctor['git_revision']}) on {doctor['platform']}, {doctor['cores']} cores")
    if not arguments.no_parity:
        parity = run(["cargo", "test", "--release", "--locked", "--test", "it", "--", "model::", "rollout::"])
        told = [line for line in parity.stdout.splitlines() if line.startswith("test result")]
        print(f"- parity, `cargo test --release --test it -- model:: rollout::`: {told[-1] if told else 'did not run'}")
    print("\n| bench | shape | dtype | prompts x group x (prompt + new) | seconds a step | new tokens/s | GFLOP/s (of limit) | GB/s (of limit) | peak memory |")
    print("|---|---|---|---|---|---|---|---|---|")
    plan = [(shape, (64, 8, 256, 512, 3), "bfloat16") for shape in SHAPES] if gpu else [("peer", (8, 8, 128, 32, 5), "float32")]
    for shape, work, dtype in plan:
        for bench in BENCHES:
            print(measure(binary, bench, shape, work, dtype), flush=True)


if __name__ == "__main__":
    main()
