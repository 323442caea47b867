#!/usr/bin/env python3
"""Tests of scripts/setup-libtorch: no network, small made-up wheels, and a stand-in for pip, in seconds."""

import contextlib
import hashlib
import importlib.machinery
import importlib.util
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
CHECKOUT = Path(__file__).resolve().parents[2]
FAKES = Path(__file__).resolve().parent / "fakes"  # stand-ins for pip, `python3 -m pip` finds them first on PYTHONPATH


def load_script():
    loader = importlib.machinery.SourceFileLoader("setup_libtorch", str(CHECKOUT / "scripts" / "setup-libtorch"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


class SetupTest(unittest.TestCase):
    def setUp(self):
        self.room = Path(tempfile.mkdtemp(prefix="setup-test-"))
        self.addCleanup(shutil.rmtree, str(self.room), ignore_errors=True)
        self.shelf, self.calls = self.room / "shelf", self.room / "calls"
        self.checkout = self.new_checkout("checkout")
        self.shelf.mkdir()
        self.cache = self.room / "cache" / "libtorch"
        self.folder = self.cache / "2.11.0-linux-x86_64"
        self.downloads = self.cache / "downloads"
        self.env = {"SSL4RL_CACHE": str(self.room / "cache")}
        fake = {"PYTHONPATH": str(FAKES), "FAKE_SHELF": str(self.shelf), "FAKE_CALLS": str(self.calls), "FAKE_PIP": "good"}
        self.patch(mock.patch.dict(os.environ, fake))

        self.script = load_script()
        torch = self.make_wheel("torch", "2.11.0", ["include/torch/torch.h", "lib/libtorch_cpu.so", "lib/libtorch_cuda.so"])
        self.wheels = [
            torch._replace(unpack={"torch/include/": "include/", "torch/lib/libtorch_cpu.so": "lib/libtorch_cpu.so"}),
            self.make_wheel("nvidia-cuda-cupti", "13.0.85", ["lib/libcupti.so.13"])._replace(
                unpack={"nvidia-cuda-cupti/lib/libcupti.so.13": "lib/libcupti.so.13"}
            ),
        ]
        libs = ["libtorch_cpu.so", "libcupti.so.13"]
        platform = self.script.Platform(["manylinux_2_28_x86_64"], self.wheels, libs, 3000, "2.11.0+test")
        self.script.PLATFORMS = {"linux-x86_64": platform}
        self.patch(mock.patch.object(self.script.platform, "system", lambda: "Linux"))
        self.patch(mock.patch.object(self.script.platform, "machine", lambda: "x86_64"))
        self.patch(mock.patch.object(self.script.platform, "libc_ver", lambda: ("glibc", "2.36")))

    def patch(self, patcher):
        patcher.start()
        self.addCleanup(patcher.stop)

    def new_checkout(self, name):
        (self.room / name).mkdir()
        return self.room / name

    def make_wheel(self, name, version, files):
        """A wheel on the fake pip's shelf, 100 bytes for each file."""
        path = self.shelf / ("%s-%s-cp312-none-any.whl" % (name.replace("-", "_"), version))
        with zipfile.ZipFile(str(path), "w") as archive:
            for file in files:
                archive.writestr(name + "/" + file, file[-1] * 100)
        return self.script.Wheel(name, version, path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest(), {})

    def set_up(self, checkout=None, pip="good", **env):
        """Run the set-up and return what it said."""
        said = io.StringIO()
        with mock.patch.dict(os.environ, {"FAKE_PIP": pip}), contextlib.redirect_stderr(said):
            self.script.set_up(dict(self.env, **env), checkout or self.checkout)
        return said.getvalue()

    def fails(self, *parts, **how):
        """Run the set-up, expect it to fail with all of `parts` in its message, and return the message."""
        with self.assertRaises(self.script.SetupError) as caught:
            self.set_up(**how)
        for part in parts:
            self.assertIn(part, str(caught.exception))
        return str(caught.exception)

    def downloaded(self):
        return self.calls.read_text().split() if self.calls.exists() else []

    def assert_nothing_whole(self, checkout=None):
        self.assertFalse(self.folder.exists())
        self.assertFalse(os.path.lexists(str((checkout or self.checkout) / ".libtorch")))

    def assert_ready(self, checkout=None):
        link = (checkout or self.checkout) / ".libtorch"
        self.assertEqual(os.readlink(str(link)), str(self.folder))
        self.assertEqual((link / "build-version").read_text(), "2.11.0+test\n")
        self.assertEqual((link / "include" / "torch" / "torch.h").read_text(), "h" * 100)
        self.assertEqual(
            sorted(os.listdir(str(link / "lib"))), ["libcupti.so.13", "libgomp.so", "libtorch.so", "libtorch_cpu.so"]
        )

    def start(self, pip="good", before=lambda: None):
        """The set-up in a process group of its own, to be killed or waited for."""
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            os.environ["FAKE_PIP"] = pip
            status = 1
            with contextlib.suppress(BaseException), open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
                before()
                self.script.set_up(self.env, self.checkout)
                status = 0
            os._exit(status)
        return child

    def wait_for(self, condition):
        for _ in range(500):
            if condition():
                return
            time.sleep(0.02)
        self.fail("nothing happened for 10 seconds")

    def kill(self, child):
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)

    # A plain run

    def test_fresh_machine(self):
        said = self.set_up()
        self.assert_ready()
        self.assertEqual(self.downloaded(), ["torch==2.11.0", "nvidia-cuda-cupti==13.0.85"])
        self.assertFalse(self.downloads.exists(), "wheels are not needed any more")
        self.assertIn("downloading torch 2.11.0", said)
        self.assertEqual((self.folder / "lib" / "libtorch.so").read_text(), "INPUT(-ltorch_cpu)\n")

    def test_second_clone_only_links(self):
        self.set_up()
        self.calls.unlink()
        second = self.new_checkout("second")
        self.set_up(second, pip="must not be called")
        self.assert_ready(second)
        self.assertEqual(self.downloaded(), [])
        self.assertEqual(self.set_up(second), "", "nothing to do, nothing to say")

    def test_a_link_to_an_older_libtorch_is_replaced(self):
        (self.checkout / ".libtorch").symlink_to(self.room / "old")
        self.set_up()
        self.assert_ready()

    def test_a_cleaned_up_folder_is_filled_again(self):
        self.set_up()
        (self.folder / "lib" / "libtorch_cpu.so").unlink()
        self.set_up()
        self.assert_ready()

    def test_two_at_once_download_once(self):
        children = [self.start(), self.start()]
        self.assertEqual([os.waitpid(child, 0)[1] for child in children], [0, 0])
        self.assert_ready()
        self.assertEqual(len(self.downloaded()), 2)

    # What goes wrong

    def test_wrong_checksum(self):
        self.fails("torch 2.11.0", "expected: sha256 " + self.wheels[0].sha256, "make setup", pip="corrupt")
        self.assert_nothing_whole()
        self.assertEqual(list(self.downloads.glob("*.whl")), [])
        self.set_up()
        self.assert_ready()

    def test_network_failure_keeps_complete_wheels(self):
        self.fails("could not download nvidia-cuda-cupti", "no route", "HTTPS_PROXY", "make setup", pip="fail after torch")
        self.assert_nothing_whole()
        self.calls.unlink()
        self.set_up()
        self.assert_ready()
        self.assertEqual(self.downloaded(), ["nvidia-cuda-cupti==13.0.85"])

    def test_wheels_put_there_by_hand(self):
        self.downloads.mkdir(parents=True)
        for wheel in self.shelf.iterdir():
            shutil.copy(str(wheel), str(self.downloads))
        self.set_up(pip="must not be called")
        self.assert_ready()

    def test_killed_while_downloading(self):
        child = self.start(pip="hang")
        self.wait_for(lambda: (self.downloads / "partial" / "begun").exists())
        self.kill(child)
        self.assert_nothing_whole()
        self.set_up()
        self.assert_ready()

    def test_killed_while_unpacking(self):
        def hang(source, target, length):
            target.write(source.read(50))
            target.flush()
            time.sleep(60)

        child = self.start(before=lambda: setattr(self.script.shutil, "copyfileobj", hang))
        header = self.folder.with_name(self.folder.name + ".partial") / "include" / "torch" / "torch.h"
        self.wait_for(lambda: header.exists() and header.stat().st_size)
        self.kill(child)
        self.assert_nothing_whole()
        self.calls.unlink()
        self.set_up()
        self.assert_ready()
        self.assertEqual(self.downloaded(), [], "both wheels were complete")

    def test_no_space(self):
        usage = mock.Mock(free=2000)
        with mock.patch.object(self.script.shutil, "disk_usage", lambda path: usage):
            self.fails("not enough free space", str(self.cache), "SSL4RL_CACHE", pip="must not be called")
        self.assertEqual(self.downloaded(), [])

    def test_unsupported_platforms(self):
        for name, value in [
            ("machine", "riscv64"),
            ("system", "FreeBSD"),
            ("libc_ver", ("", "")),
            ("libc_ver", ("glibc", "2.27")),
        ]:
            with self.subTest(name=name, value=value), mock.patch.object(self.script.platform, name, lambda: value):
                message = self.fails("LIBTORCH", "LIBTORCH_USE_PYTORCH=1")
                self.assertEqual(message.count("\n"), 0, "one sentence")
        self.assertFalse(self.cache.exists())

    def test_something_else_is_called_libtorch(self):
        (self.checkout / ".libtorch").mkdir()
        self.fails(".libtorch is in the way", "make setup")

    def test_pip_is_missing(self):
        self.fails("pip is missing", "No module named pip", "apt-get install python3-pip", pip="missing")

    def test_old_pip_fetches_a_newer_one(self):
        name = "NEWER_PIP" if sys.version_info >= (3, 9) else "NEWER_PIP_38"
        version = getattr(self.script, name).version
        path = self.shelf / ("pip-%s-py3-none-any.whl" % version)
        with zipfile.ZipFile(str(path), "w") as archive:
            archive.write(str(FAKES / "pip" / "__main__.py"), "pip/__main__.py")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        pip = self.script.Wheel("pip", version, path.stat().st_size, digest, {})
        with mock.patch.object(self.script, name, pip):
            self.set_up(pip="old")
        self.assert_ready()
        self.assertEqual(self.downloaded(), ["pip==" + version, "torch==2.11.0", "nvidia-cuda-cupti==13.0.85"])

    # An install of the user's own

    def test_own_libtorch(self):
        own = self.room / "own"
        self.fails("LIBTORCH=%s is set, but" % own, "expected: %s" % (own / "include"), LIBTORCH=str(own))
        (own / "include" / "torch").mkdir(parents=True)
        (own / "lib").mkdir()
        (own / "lib" / "libtorch_cpu.so").touch()
        self.assertIn("nothing to download", self.set_up(LIBTORCH=str(own)))
        self.assert_nothing_whole()
        self.assertEqual(self.downloaded(), [])

    def test_own_pytorch(self):
        with mock.patch.dict(os.environ, {"FAKE_TORCH": "2.11.0+cu130"}):
            self.assertIn("torch 2.11.0+cu130", self.set_up(LIBTORCH_USE_PYTORCH="1", LIBTORCH="/not/looked/at"))
        with mock.patch.dict(os.environ, {"FAKE_TORCH": "2.9.1"}):
            self.fails("got: torch 2.9.1", "pip install torch==2.11.0", LIBTORCH_USE_PYTORCH="1")
        with mock.patch.dict(os.environ):
            os.environ.pop("FAKE_TORCH", None)
            self.fails("got: KeyError: 'FAKE_TORCH'", LIBTORCH_USE_PYTORCH="1")  # torch is there but does not load
        self.assert_nothing_whole()

    # The build without set-up

    @unittest.skipUnless(shutil.which("c++"), "needs a C++ compiler")
    def test_compiler_says_make_setup(self):
        source = self.room / "torch_api.cpp"
        source.write_text("#include <torch/torch.h>\nundeclared\n")
        headers = {"CPLUS_INCLUDE_PATH": str(CHECKOUT / "scripts" / "no-libtorch")}
        command = ["c++", "-fsyntax-only", "-I", str(self.room / "missing" / "include"), str(source)]
        result = subprocess.run(command, stderr=subprocess.PIPE, text=True, env=dict(os.environ, **headers))
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("Run `make setup`", result.stderr)
        self.assertNotIn("undeclared", result.stderr, "the reason must not drown in what follows from it")


if __name__ == "__main__":
    unittest.main()
