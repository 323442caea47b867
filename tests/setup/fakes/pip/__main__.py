"""`pip download` from the folder FAKE_SHELF. It notes in the file FAKE_CALLS what it is asked for; FAKE_PIP is its mood."""

import os
import shutil
import sys
import time
from pathlib import Path

arguments, mode = sys.argv[1:], os.environ["FAKE_PIP"]
if not os.path.isfile(__file__):
    mode = "good"  # this is the newer pip, run out of its wheel
if mode == "missing":
    sys.exit("python3: No module named pip")
if arguments == ["--version"]:
    print("pip 23.0 from here" if mode == "old" else "pip 25.3 from here")
    sys.exit(0)

assert arguments[0] == "download" and "--require-hashes" in arguments and "--no-deps" in arguments, arguments
assert mode == "old" or "--resume-retries" in arguments or sys.version_info < (3, 9), arguments
pin = Path(arguments[arguments.index("--requirement") + 1]).read_text().split()[0]
target = Path(arguments[arguments.index("--dest") + 1])
with open(os.environ["FAKE_CALLS"], "a") as calls:
    calls.write(pin + "\n")

if mode == "hang":
    Path(os.environ["TMPDIR"], "begun").touch()
    time.sleep(60)
if mode == "fail after torch" and not pin.startswith("torch=="):
    sys.exit("ERROR: no route to the index")
if mode == "old" and not pin.startswith("pip=="):
    sys.exit("ERROR: an old pip was asked for " + pin)
name, version = pin.split("==")
(wheel,) = Path(os.environ["FAKE_SHELF"]).glob("%s-%s-*.whl" % (name.replace("-", "_"), version))
shutil.copy(str(wheel), str(target))
if mode == "corrupt":
    with open(str(target / wheel.name), "r+b") as file:
        file.write(b"not a wheel")
