"""compile(): what it takes, what it says, and libraries that are there already."""
import contextlib
import gc
import glob
import io
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

import numpy as np
from safetensors.numpy import load_file

from package import BIN, DIGITS, ROOT, WEIGHTS, Case, images, swin_compile
from swin_compile import cache


def edited(**changes):
    with open(DIGITS) as file:
        return {**json.load(file), **changes}


class Models(Case):
    def test_same_model_from_everywhere(self):
        x = images()
        expected = self.compiled()(x)
        state, description = load_file(WEIGHTS), edited()
        os.mkdir(self.path("digits"))
        shutil.copy(DIGITS, self.path("digits/config.json"))
        shutil.copy(WEIGHTS, self.path("digits/model.safetensors"))
        with open(self.path("m.json"), "w") as file:
            json.dump({**description, "format": "x"}, file)
        for model, weights in [
            (DIGITS, WEIGHTS), (DIGITS, state), (description, WEIGHTS), (description, state),
            (self.path("digits"), None), (self.path("digits/config.json"), None),
        ]:  # fmt: skip
            found = self.compiled(model, weights=weights)
            np.testing.assert_array_equal(found(x), expected)
        # What weights hold half as precisely is there to the bit.
        halves = {name: each.astype(np.float16) if each.dtype == np.float32 else each for name, each in state.items()}
        whole = {name: each.astype(state[name].dtype) for name, each in halves.items()}
        np.testing.assert_array_equal(self.compiled(description, weights=halves)(x),
                                      self.compiled(description, weights=whole)(x))  # fmt: skip

    def test_options(self):
        model = self.compiled(outputs="stage1,logits", target=["x86-64-v2", "x86-64-v3"], size=(48, 40), batch=2,
                              name="own", semantics="timm")  # fmt: skip
        self.assertEqual((model.outputs, model.info["isas"]), (["stage1", "logits"], ["x86-64-v3", "x86-64-v2"]))
        self.assertEqual(model.info["inputs"][0]["shape"], [2, 1, 48, 40])
        self.assertEqual(os.path.basename(model.path), "libown.so")
        self.assertEqual(model.session(isa="x86-64-v2").isa, "x86-64-v2")
        self.assertIn("48", self.fails(swin_compile.RunError, model, images(2, 32, 32)))
        arch = self.compiled(None, arch="swinv2_cr_tiny_224", weights="synthetic", outputs="stage1", size=32)
        self.assertEqual(arch(images(1, channels=3)).shape, (1, 96, 8, 8))

    def test_arguments_that_do_not_go_together(self):
        for arguments, text in [
            ({"model": None}, "compile() needs a model: a module, a path or a description; or arch="),
            ({"arch": "swin_t"}, "arch= takes the place of a model; pass one of them"),
            ({"model": edited()}, "a description that is a dict needs weights=: a .safetensors file, a state_dict or "
                                  "'synthetic'"),
            ({"model": 3}, "found a int; expected a torch.nn.Module, a path or a description's dict"),
        ]:  # fmt: skip
            self.assertEqual(self.fails(TypeError, swin_compile.compile, **{"model": DIGITS, **arguments}), text)

    def test_features_of_what_has_none(self):
        upscale = os.path.join(ROOT, "examples/upscale/swinir_x2.json")
        with self.assertWarnsRegex(UserWarning, "psnr_model_vs_bicubic"):
            model = self.compiled(upscale)
        self.assertEqual(model(images(1, 16, 16, 3)).shape, (1, 3, 32, 32))
        self.assertIn("psnr_model_vs_bicubic", model.notes[0])
        self.assertEqual(self.fails(swin_compile.Error, model.features, images(1, 16, 16, 3)),
                         "the model has no features; its outputs are image")  # fmt: skip

    def test_features_of_weights_that_changed(self):
        state = load_file(WEIGHTS)
        model = self.compiled(edited(), weights=state)
        state["head.fc.bias"][0] += 1
        self.assertIn("have changed", self.fails(swin_compile.Error, model.features, images()))


class Errors(Case):
    def refused(self, *arguments, **options):
        with self.assertRaises(swin_compile.CompileError) as caught:
            self.compiled(*arguments, **options)
        self.assertEqual(str(caught.exception), "\n".join(caught.exception.messages))
        self.assertEqual(os.listdir(self.shared), [])
        return caught.exception

    def test_of_options(self):
        error = self.refused(target="x86-64-v7", outputs="logits")
        self.assertEqual((error.status, error.description), (1, None))
        self.assertEqual(len(error.messages), 1)
        self.assertTrue(error.messages[0].startswith("target: 'x86-64-v7' is none of: x86-64-v4 "), error.messages)

    def test_of_models(self):
        error = self.refused(edited(num_classes=11), weights=WEIGHTS)
        self.assertEqual(error.status, 2)
        self.assertIn("label_names", error.messages[0])
        file, line, column, rest = error.messages[0].split(":", 3)
        self.assertEqual((file, rest[:7]), ("model/model.json", " error:"))
        self.assertIn("label_names", error.description.split("\n")[int(line) - 1][int(column) - 20 :])
        with open(self.path("broken.json"), "w") as text:
            text.write('{"architecture": }')
        error = self.refused(self.path("broken.json"), weights="synthetic")
        self.assertTrue(error.messages[0].startswith(self.path("broken.json") + ":1:18: error: "), error.messages)
        self.assertIn("missing.json", str(self.refused(self.path("missing.json"))))

    def test_of_weights(self):
        state = load_file(WEIGHTS)
        del state["head.fc.bias"]
        error = self.refused(edited(), weights=state)
        self.assertEqual((error.status, error.messages[0].split(":")[0]), (2, "weights.safetensors"))
        self.assertIn("head.fc.bias", error.messages[0])
        for wrong in np.ones(2, complex), [1.0]:
            self.assertIn("tensor 'x' is of type", str(self.refused(edited(), weights={"x": wrong})))

    def command(self, text):
        path = self.path("swin-compile")
        with open(path, "w") as file:
            file.write("#!/bin/sh\n" + text)
        os.chmod(path, 0o755)
        return path

    def test_nothing_is_left(self):
        """Of what failed, was interrupted, or did not open."""
        with unittest.mock.patch.object(tempfile, "tempdir", self.folder):
            self.fails(swin_compile.CompileError, self.compiled, edited(), weights={}, cache=False)
            self.fails(swin_compile.CompileError, self.compiled, outputs=[], cache=self.path("cache"))
            self.assertIn("to 1024", self.fails(swin_compile.RunError, self.compiled, cache=False, threads=-1))
        self.assertEqual((os.listdir(self.folder), os.listdir(self.path("cache"))), (["cache"], []))
        script = (f"import sys; sys.path.insert(0, {os.path.join(ROOT, 'python')!r}); import swin_compile\n"
                  f"swin_compile.compile({DIGITS!r}, cache={self.path('cache')!r}, progress=True)")  # fmt: skip
        process = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, start_new_session=True,
                                   env={**os.environ, "SWIN_CACHE_DIR": "off", "TMPDIR": self.folder})  # fmt: skip
        seen = b""
        while b"kernel 1 of" not in seen:
            seen += process.stderr.read(1)
        process.send_signal(signal.SIGINT)  # of this process alone, as in a notebook
        self.assertIn(b"KeyboardInterrupt", process.communicate()[1])
        self.assertRaises(ProcessLookupError, os.killpg, process.pid, 0)  # the compiler has ended, too
        self.assertEqual((os.listdir(self.folder), os.listdir(self.path("cache"))), (["cache"], []))

    def test_bugs(self):
        path = self.command("echo '  0.10 s  passes' >&2\necho 'swin-compile: error: a pass failed' >&2\n"
                            "echo 'swin-compile: error: this is a bug of the compiler; please report it with the "
                            "folder /tmp/crash-1' >&2\nexit 3\n")  # fmt: skip
        with self.assertRaises(swin_compile.BugError) as caught:
            self.compiled(compiler=path)
        error = caught.exception
        self.assertEqual((error.status, error.reproducer, error.messages[0]), (3, "/tmp/crash-1", "a pass failed"))
        with self.assertRaises(swin_compile.BugError) as caught:
            self.compiled(compiler=self.command("kill -SEGV $$\n"))
        self.assertEqual((caught.exception.status, caught.exception.reproducer), (-signal.SIGSEGV, None))

    def test_where_the_compiler_is(self):
        real = os.path.join(BIN, "swin-compile")
        find = swin_compile.build.Compiler
        self.assertIn("compiler is '/none'", self.fails(swin_compile.CompilerNotFound, find, "/none"))
        with unittest.mock.patch.dict(os.environ, SWIN_COMPILE="", PATH=BIN):
            self.assertEqual(find().path, real)
        with unittest.mock.patch.dict(os.environ, SWIN_COMPILE=self.path("no"), PATH=BIN):
            self.assertIn("$SWIN_COMPILE is", self.fails(swin_compile.CompilerNotFound, find))
        # In a clone, what was built there.
        clone = self.path("clone")
        shutil.copytree(os.path.join(ROOT, "python/swin_compile"), os.path.join(clone, "python/swin_compile"))
        script = "import swin_compile.compiler as c\ntry: print(c.find())\nexcept Exception as e: print(e)"
        environment = {"PATH": "/nowhere", "PYTHONPATH": os.path.join(clone, "python")}

        def found():
            return subprocess.check_output([sys.executable, "-c", script], env=environment, text=True)

        self.assertIn("scripts/demo", found())
        os.makedirs(os.path.join(clone, "build/release/bin"))
        os.symlink(real, os.path.join(clone, "build/release/bin/swin-compile"))
        self.assertEqual(found(), os.path.join(clone, "build/release/bin/swin-compile") + "\n")


class Progress(Case):
    def test_line(self):
        for progress, expected in (True, True), (False, False), (None, False):
            with contextlib.redirect_stderr(io.StringIO()) as printed:
                self.compiled(cache=False, progress=progress)
            lines = [line.strip() for line in printed.getvalue().split("\r")]
            self.assertEqual("swin-compile: linking" in lines, expected)
            self.assertEqual(lines[-1], "")


class Cache(Case):
    def entry(self, **options):
        return self.compiled(cache=self.folder, **options)

    def test_hits(self):
        first, second = self.entry(), self.entry()
        self.assertEqual((first.cached, second.cached, first.path), (False, True, second.path))
        os.utime(DIGITS)  # contents count, not times
        self.assertTrue(self.entry().cached)
        self.assertFalse(self.entry(outputs="stage1").cached)
        self.assertFalse(self.entry(fast_matmul=True).cached)
        self.assertFalse(self.entry(weights="synthetic").cached)
        self.assertEqual(len(os.listdir(self.folder)), 4)
        self.assertEqual(stat.S_IMODE(os.stat(self.path(os.listdir(self.folder)[0])).st_mode) & 0o077, 0)

    def test_none(self):
        model = self.entry(), self.compiled(cache=False)
        self.assertFalse(model[1].cached)
        np.testing.assert_array_equal(model[0](images()), model[1](images()))
        self.assertEqual(len(os.listdir(self.folder)), 1)
        folder = os.path.dirname(model[1].path)
        self.assertTrue(os.path.exists(folder))
        del model
        gc.collect()
        self.assertFalse(os.path.exists(folder))

    def test_damaged_entries_are_made_anew(self):
        model = self.entry()
        folder, expected = os.path.dirname(model.path), model(images())

        def cut():
            os.remove(model.path)
            with open(model.path, "wb") as file:
                file.write(b"\x7fELF")

        def turn():
            with open(glob.glob(os.path.join(folder, "*.h"))[0], "r+") as file:
                file.write("x")

        def forget():
            os.remove(os.path.join(folder, cache.ENTRY))

        def scribble():
            with open(os.path.join(folder, cache.ENTRY), "w") as file:
                file.write('{"files": 3}')

        for damage in turn, cut, forget, scribble, lambda: os.remove(model.path):
            damage()
            again = self.entry()
            self.assertFalse(again.cached)
            np.testing.assert_array_equal(again(images()), expected)
            self.assertEqual(os.listdir(self.folder), [os.path.basename(folder)])

    def test_processes_at_the_same_time(self):
        script = (f"import sys; sys.path.insert(0, {os.path.join(ROOT, 'python')!r}); import swin_compile, numpy\n"
                  f"m = swin_compile.compile({DIGITS!r}, cache={self.folder!r}, threads=1)\n"
                  "print(m(numpy.ones((1, 1, 32, 32), numpy.float32)).sum())")  # fmt: skip
        started = [subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) for _ in range(4)]
        self.assertEqual(len({process.communicate()[0] for process in started}), 1)
        self.assertEqual([process.returncode for process in started], [0] * 4)
        self.assertTrue(self.entry().cached)
        self.assertEqual(len(os.listdir(self.folder)), 1)

    def test_who_comes_second(self):
        model = self.entry()
        folder = os.path.dirname(model.path)
        second, file = shutil.copytree(folder, self.path("second")), os.stat(model.path).st_ino
        cache.put(second, folder)
        self.assertEqual(os.stat(model.path).st_ino, file)
        os.remove(model.path)
        cache.put(second, folder)
        self.assertEqual(sorted(os.listdir(self.folder)), [os.path.basename(folder)])
        self.assertTrue(self.entry().cached)

    def test_limits(self):
        with unittest.mock.patch.object(cache, "LIMIT", 1):
            first = self.entry()
            os.mkdir(self.path(".making-old"))
            os.utime(self.path(".making-old"), (0, 0))
            second = self.entry(outputs="stage1")
        self.assertEqual(os.listdir(self.folder), [os.path.basename(os.path.dirname(second.path))])
        first(images())  # is still open

    def test_default_place(self):
        for environment, expected in [
            ({"SWIN_CACHE_DIR": "/a"}, "/a/python"), ({"SWIN_CACHE_DIR": "off"}, None),
            ({"XDG_CACHE_HOME": "/b"}, "/b/swin-compile/python"), ({"HOME": "/c"}, "/c/.cache/swin-compile/python"),
        ]:  # fmt: skip
            with unittest.mock.patch.dict(os.environ, environment, clear=True):
                self.assertEqual(cache.folder_of(True), expected)
                self.assertEqual((cache.folder_of(False), cache.folder_of("/d")), (None, "/d"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
