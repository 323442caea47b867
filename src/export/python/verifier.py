"""Scores answers to exported questions by `ssl4rl verify`, started once in each process.

The program is the one that `$SSL4RL` names, or else `@PROGRAM@` on the PATH. Nothing but Python's own library is needed for it.
"""

import json
import os
import pathlib
import subprocess
import threading

FOLDER = pathlib.Path(__file__).resolve().parent
PROGRAM = os.environ.get("SSL4RL", "@PROGRAM@")


class Verifier:
    """`ssl4rl verify` as a child process: a line with a completion in, a line with its verdict out."""

    def __init__(self):
        self.forget()
        if hasattr(os, "register_at_fork"):
            # A child shares neither the pipes nor the lock of its parent.
            os.register_at_fork(after_in_child=self.forget)

    def __reduce__(self):
        return Verifier, ()

    def forget(self):
        self.lock, self.process = threading.Lock(), None

    def verdict(self, completion, label):
        """What the verifier says of a completion: `score` in [0, 1], `exact`, `parsed`, `why`."""
        # Half a surrogate pair, which some tokenizers leave, has no form in UTF-8.
        completion = completion.encode("utf-8", "replace").decode("utf-8")
        line = json.dumps({**json.loads(label), "completion": completion})
        with self.lock:
            reply = self.ask(line)
        if "error" in reply:
            raise ValueError(f"ssl4rl verify: {reply['error']}")
        return reply

    def ask(self, line):
        if self.process is None or self.process.poll() is not None:
            self.start()
        try:
            # One line out, one line in: neither side ever waits with a full pipe.
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
            reply = self.process.stdout.readline()
        except BrokenPipeError:
            reply = ""
        if not reply:
            raise RuntimeError(f"`{PROGRAM} verify` ended with exit code {self.process.wait()}")
        return json.loads(reply)

    def start(self):
        command = [PROGRAM, "--quiet", "verify", "--config", str(FOLDER / "settings.toml")]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        try:
            self.process = subprocess.Popen(command, encoding="utf-8", **pipes)
        except FileNotFoundError as error:
            raise FileNotFoundError(f"no program `{PROGRAM}`: put it on the PATH, or name it with $SSL4RL") from error


VERIFIER = Verifier()
