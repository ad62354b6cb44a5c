"""Calling a compiled model: results, memory that is not copied, threads that do not wait for each other."""
import concurrent.futures
import copy
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import time
import unittest

import numpy as np
import torch
from safetensors.numpy import load_file

from package import DIGITS, SCANS, Case, images, swin_compile


class Dlpack:
    """An array of some other library."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, stream=None):
        return self.array.__dlpack__(stream=stream)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


class Interface:
    def __init__(self, array):
        self.__array_interface__, self.array = array.__array_interface__, array


class Watched(np.ndarray):
    """Counts what makes a copy of it."""

    copies = 0

    def __array_finalize__(self, other):
        Watched.copies += 1


class Results(Case):
    def test_scans(self):
        scans = load_file(SCANS)
        model = self.compiled()
        logits = model(scans["images"])
        self.assertEqual((type(logits), logits.dtype, logits.shape), (np.ndarray, np.float32, (397, 10)))
        self.assertEqual(int((logits.argmax(1) == scans["labels"]).sum()), 391)
        self.assertLess(np.abs(logits - scans["logits"]).max() / np.abs(scans["logits"]).max(), 1e-4)

    def test_several_outputs(self):
        model = self.compiled(outputs=["stage2", "logits"])
        self.assertEqual(model.outputs, ["stage2", "logits"])
        for n, h, w in (1, 32, 32), (3, 46, 60):
            found = model(images(n, h, w))
            self.assertEqual({name: each.shape for name, each in found.items()}, model.output_shapes(n, h, w))
            np.testing.assert_array_equal(found["logits"], self.compiled()(images(n, h, w)))

    def test_features(self):
        model = self.compiled()
        found = model.features(images(2, 48, 32))
        self.assertEqual({name: each.shape for name, each in found.items()},
                         {"stage1": (2, 24, 16, 32), "stage2": (2, 12, 8, 64), "features": (2, 64)})  # fmt: skip
        one = self.compiled(outputs="stage2")(images(2, 48, 32))
        np.testing.assert_allclose(found["stage2"], one, atol=1e-5 * np.abs(one).max())
        tensors = model.features(torch.from_numpy(images(1)))
        self.assertEqual({type(each) for each in tensors.values()}, {torch.Tensor})

    def test_what_it_says(self):
        model = self.compiled(threads=2)
        self.assertEqual((model.info["model"], model.info["labels"][9]), ("digits_swin", "9"))
        self.assertEqual((model.threads, [model.isa]), (2, model.info["isas"]))
        self.assertIn("same bits", model.selftest())
        self.assertEqual(model.workspace_bytes(4, 32, 32), 4 * model.workspace_bytes(1, 32, 32))
        self.assertEqual(self.fails(ValueError, model.output_shapes, 1, 0, 32),
                         "the model cannot work on 1 images of 0x32 pixels")  # fmt: skip
        self.assertIn("height must be at least 1", self.fails(swin_compile.RunError, model, images(1, 0, 32)))
        self.assertEqual(repr(model), "<swin_compile.Model digits_swin: logits>")

    def test_closed(self):
        with self.compiled() as model:
            session = model.session(threads=1)
        self.assertEqual(self.fails(ValueError, model, images()), "the session is closed")
        self.assertEqual(self.fails(ValueError, lambda: model.isa), "the session is closed")
        self.assertEqual(session(images()).shape, (2, 10))  # of its own
        model.close()

    def test_sessions_that_do_not_open(self):
        model = self.compiled()
        with self.assertRaises(swin_compile.RunError) as caught:
            model.session(isa="x86-64-v9")
        self.assertEqual(caught.exception.status, -3)
        self.assertIn("isas", caught.exception.sentence)
        self.assertIn("0 (one per core) to 1024", self.fails(swin_compile.RunError, model.session, threads=2000))

    def test_no_copies_of_a_model(self):
        model = self.compiled()
        for session in model, model.session():
            for copied in pickle.dumps, copy.copy, copy.deepcopy:
                self.assertIn("Model.save(folder)", self.fails(TypeError, copied, session))

    def test_save_and_load(self):
        model, x = self.compiled(), images()
        path = model.save(self.path("kept"))
        self.assertEqual(sorted(os.listdir(self.path("kept"))), ["digits_swin.h", "digits_swin.pc",
                         "digits_swinConfig.cmake", "digits_swinConfigVersion.cmake", "libdigits_swin.so"])  # fmt: skip
        for place in path, self.path("kept"):
            loaded = swin_compile.load(place, threads=2)
            self.assertEqual(loaded.path, path)
            np.testing.assert_array_equal(loaded(x), model(x))
            self.assertIn("compile() the model", self.fails(swin_compile.Error, loaded.features, x))
        self.fails(FileNotFoundError, swin_compile.load, self.path("kept/libother.so"))
        with open(self.path("libwrong.so"), "w") as file:
            file.write("no library")
        text = self.fails(swin_compile.RunError, swin_compile.load, self.folder)
        self.assertIn("is no library of swin-compile", text)

    def test_weights_beside_the_library(self):
        made = self.path("made")
        subprocess.run([os.environ["SWIN_COMPILE"], DIGITS, "--emit", "shared", "--target", "host", "--weights-file",
                        "-q", "-o", made], check=True)  # fmt: skip
        with swin_compile.load(made) as model:
            model.save(self.path("kept"))
            np.testing.assert_array_equal(swin_compile.load(self.path("kept"))(images()), self.compiled()(images()))
        os.truncate(self.path("kept/digits_swin.weights"), 5000)
        text = self.fails(swin_compile.RunError, swin_compile.load, self.path("kept"))
        self.assertIn("kept/digits_swin.weights is damaged", text)

    def test_another_library_of_the_same_name(self):
        first = swin_compile.load(self.compiled().save(self.path("kept")))
        expected = first(images())
        other = self.compiled(weights="synthetic")
        other.save(self.path("kept"))
        second = swin_compile.load(self.path("kept"))
        self.assertEqual(second.path, first.path)
        np.testing.assert_array_equal(second(images()), other(images()))
        np.testing.assert_array_equal(first(images()), expected)


class Memory(Case):
    def test_input_is_read_where_it_lies(self):
        model, x = self.compiled(), images()
        given, run = [], model._library.run
        model._library.run = lambda *arguments: given.append(arguments[1]) or run(*arguments)
        self.addCleanup(setattr, model._library, "run", run)
        expected = model(x)
        tensor = torch.from_numpy(x)
        with torch.no_grad():
            for same in x.view(), tensor, Dlpack(x), Interface(x), torch.nn.Parameter(tensor, requires_grad=False):
                found = model(same)
                self.assertEqual(type(found), torch.Tensor if isinstance(same, torch.Tensor) else np.ndarray)
                np.testing.assert_array_equal(np.asarray(found), expected)
        read_only = x.view()
        read_only.flags.writeable = False
        model(read_only)
        watched = x.view(Watched)
        Watched.copies = 0
        model(watched)
        self.assertEqual(Watched.copies, 0)
        self.assertEqual(set(given), {x.ctypes.data})

    def test_outputs_are_the_callers(self):
        model, x = self.compiled(), images()
        first, second = model(x), model(x)
        self.assertTrue(first.flags.owndata and not np.shares_memory(first, second))
        out = np.full((2, 10), np.nan, np.float32)
        self.assertIs(model(x, out=out), out)
        np.testing.assert_array_equal(out, first)
        tensor = torch.full((2, 10), float("nan"))
        self.assertIs(model(x, out=tensor), tensor)
        np.testing.assert_array_equal(tensor.numpy(), first)
        out[:] = np.nan
        self.assertIs(model(x, out={"logits": out}), out)
        np.testing.assert_array_equal(out, first)

    def test_what_would_need_a_copy(self):
        model, x = self.compiled(), images()
        tensor = torch.from_numpy(x)
        channels_last = torch.zeros(2, 3, 4, 5).to(memory_format=torch.channels_last)
        for kind, wrong, text in [
            (TypeError, x.astype(np.float64), "x is float64; expected float32: pass x.astype(numpy.float32)"),
            (TypeError, (x > 0).astype(np.uint8), "x is uint8; expected float32: pass x.astype(numpy.float32)"),
            (TypeError, x.astype(">f4"), "x is >f4; expected float32: pass x.astype(numpy.float32)"),
            (TypeError, tensor.half(), "x is float16; expected float32: pass x.float()"),
            (TypeError, tensor.bfloat16(), "x is bfloat16; expected float32: pass x.float()"),
            (TypeError, x.tolist(), "x is a list; expected an array of float32, as from numpy.asarray(x, "
                                    "numpy.float32)"),
            (ValueError, x[:, :, ::2], "x is not in C order (strides (4096, 4096, 256, 4), shape (2, 1, 16, 32)); pass "
                                       "numpy.ascontiguousarray(x)"),
            (ValueError, channels_last, "x is not in C order (strides (240, 4, 60, 12), shape (2, 3, 4, 5)); pass "
                                        "x.contiguous()"),
            (ValueError, tensor.clone().requires_grad_(), "x requires a gradient, which a compiled model does not "
                                                          "give; pass x.detach()"),
            (ValueError, x[0], "x has shape (1, 32, 32); expected N x C x H x W: pass x[None]"),
            (ValueError, images(channels=3), "x has shape (2, 3, 32, 32); expected N x 1 x H x W"),
        ]:  # fmt: skip
            with self.subTest(text):
                self.assertEqual(self.fails(kind, model, wrong), text)
        shifted = np.frombuffer(bytes(x.nbytes + 1), np.uint8)[1:].view(np.float32).reshape(x.shape)
        self.assertEqual(self.fails(ValueError, model, shifted), "x is not aligned to 4 bytes; pass x.copy()")

    def test_wrong_outs(self):
        model, x = self.compiled(outputs=["logits", "stage2"]), images()
        good = model(x)
        self.assertIs(model(x, out=good)["stage2"], good["stage2"])
        read_only = np.zeros((2, 10), np.float32)
        read_only.flags.writeable = False
        for kind, out, text in [
            (TypeError, good["logits"], "out is a ndarray; expected a dict with logits, stage2"),
            (ValueError, {"logits": good["logits"]}, "out has logits; expected logits, stage2"),
            (ValueError, {**good, "logits": good["stage2"]}, "out['logits'] has shape (2, 8, 8, 64); expected (2, 10)"),
            (ValueError, {**good, "logits": read_only}, "out['logits'] is read-only"),
            (TypeError, {**good, "logits": good["logits"].astype(float)}, "out['logits'] is float64; expected float32: "
                                                                          "pass out['logits'].astype(numpy.float32)"),
        ]:  # fmt: skip
            self.assertEqual(self.fails(kind, model, x, out=out), text)
        with self.assertRaises(swin_compile.RunError) as caught:
            self.compiled()(x, out=x.reshape(-1)[:20].reshape(2, 10))
        self.assertEqual(caught.exception.status, -16)


class Threads(Case):
    def long_run(self, model):
        """A thread in a run of about a second, and an Event that it has ended."""
        large, ended = np.zeros((1500, 1, 32, 32), np.float32), threading.Event()
        thread = threading.Thread(target=lambda: (model(large), ended.set()))
        thread.start()
        self.addCleanup(thread.join)
        time.sleep(0.05)
        self.assertFalse(ended.is_set(), "the run is too short to be watched")
        return ended

    def test_python_goes_on_meanwhile(self):
        ended, count = self.long_run(self.compiled()), 0
        while not ended.is_set():
            count += 1
        self.assertGreater(count, 1000)

    def test_sessions_run_beside_each_other(self):
        model, x = self.compiled(), images()
        expected, other = model(x), model.session(threads=1)
        ended = self.long_run(model)
        np.testing.assert_array_equal(other(x), expected)
        self.assertFalse(ended.is_set())

    def test_python_ends_during_a_run(self):
        script = (f"import sys; sys.path.insert(0, {os.path.dirname(os.path.abspath(__file__))!r}); import package\n"
                  "import threading, time\n"
                  f"model = package.swin_compile.load({self.compiled().path!r}, threads=2)\n"
                  "run = lambda: [model(package.images(600)) for _ in range(1000)]\n"
                  "threading.Thread(target=run, daemon=True).start()\n"
                  "time.sleep(0.2)")  # fmt: skip
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_after_fork(self):
        model, x = self.compiled(threads=2), images()
        expected = model(x)
        child = multiprocessing.get_context("fork").Process(
            target=lambda: sys.exit(not np.array_equal(model(x), expected)))  # fmt: skip
        child.start()
        child.join()
        self.assertEqual(child.exitcode, 0)
        np.testing.assert_array_equal(model(x), expected)

    def test_one_session_in_several_threads(self):
        model = self.compiled()
        inputs = [images(n, 32, 40) for n in range(1, 9)]
        expected = [model(x) for x in inputs]
        with concurrent.futures.ThreadPoolExecutor(len(inputs)) as pool:
            for found in [pool.map(model, inputs) for _ in range(20)]:
                for got, right in zip(found, expected):
                    np.testing.assert_array_equal(got, right)


if __name__ == "__main__":
    unittest.main(verbosity=2)
