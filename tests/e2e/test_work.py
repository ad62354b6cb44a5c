"""What a library says of the calls of its kernels: multiply-adds at every size, times that sum up to those of runs; and
that the compiler's report says the same."""
import ctypes
import json
import os
import time
import unittest

import numpy as np
import torch

import harness
from swin_config import Config
from swin_weights import parameters, random_weights

CONFIG = Config("torchvision", (61, 83), embedding=32, depths=(2, 2), heads=(2, 2), window=4, classes=10)
SIZES = [(1, 61, 83), (3, 64, 64), (2, 16, 130), (1, 35, 47)]


class Call(ctypes.Structure):
    _fields_ = [
        ("kernel", ctypes.c_char_p),
        ("kind", ctypes.c_char_p),
        ("layer", ctypes.c_char_p),
        ("macs", ctypes.c_longlong),
        ("bytes", ctypes.c_longlong),
        ("begin", ctypes.c_double),
        ("seconds", ctypes.c_double),
    ]


def up(size, multiple):
    return -(-size // multiple) * multiple


def macs(config, n, h, w):
    """Of linear maps and attention of a Swin that pads its maps, by layers."""
    h, w, c = h // config.patch, w // config.patch, config.embedding
    found = [h * w * c * config.image_channels * config.patch**2]
    for stage, depth in enumerate(config.depths):
        if stage > 0:
            h, w, c = up(h, 2) // 2, up(w, 2) // 2, 2 * c
            found.append(h * w * 2 * c * c)
        window = config.window_of(stage)
        padded = up(h, window[0]) * up(w, window[1])
        attention = padded * 4 * c * c + 2 * padded * c * window[0] * window[1]
        found += [attention, h * w * 2 * int(config.mlp_ratio * c) * c] * depth
    return n * (sum(found) + c * config.classes)


class Work(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        weights = random_weights(parameters(CONFIG), torch.Generator().manual_seed(5))
        cls.folder = cls.enterClassContext(harness.scratch())
        model = harness.write_model(cls.folder, "work", CONFIG, weights)
        cls.library = harness.compile_model(cls.folder, "work", model, emit="shared,exe")
        cls.calls = (Call * cls.library.function("num_calls")())()

    def test_multiply_adds_at_every_size(self):
        for size in SIZES:
            self.assertEqual(self.library.function("work")(*size, self.calls), 0)
            self.assertEqual(sum(call.macs for call in self.calls), macs(CONFIG, *size), size)
        self.assertEqual(self.library.info["macs"], macs(CONFIG, 1, *CONFIG.built_for))

    def test_layers_and_bytes(self):
        self.assertEqual(self.library.function("work")(1, 61, 83, self.calls), 0)
        layers = [call.layer.decode() for call in self.calls]
        self.assertEqual(len(set(layers)), len(layers), layers)
        self.assertEqual({call.kind.decode() for call in self.calls}, {"tokens", "windows", "pool"})
        # What a call writes is read by the next one, and every weight by one.
        self.assertGreater(sum(call.bytes for call in self.calls), self.library.info["weights_bytes"])
        for call in self.calls:
            self.assertGreater(call.bytes, 4 * CONFIG.classes)

    def test_times_sum_up(self):
        image = np.ones((2, 3, 128, 96), dtype=np.float32)
        for threads in [1, 2]:
            with self.library.session(threads=threads) as session:
                self.library.function("profile").argtypes = [ctypes.c_void_p, ctypes.c_void_p]
                self.assertEqual(self.library.function("profile")(session.handle, ctypes.addressof(self.calls)), 0)
                parts = []
                for _ in range(20):
                    start = time.perf_counter()
                    session.run(image)
                    passed = time.perf_counter() - start
                    parts.append(sum(call.seconds for call in self.calls) / passed)
                    for before, after in zip(self.calls, self.calls[1:]):
                        self.assertGreaterEqual(after.begin, before.begin + before.seconds - 1e-9)
                # Python's own part is in the time that passed.
                self.assertLessEqual(max(parts), 1)
                self.assertGreater(max(parts), 0.6)

    def test_executable(self):
        paths = [os.path.join(self.folder, name) for name in ["image.npy", "profile.json"]]
        np.save(paths[0], np.ones((2, 3, 40, 70), dtype=np.float32))
        line = harness.command([os.path.join(self.folder, "work", "work"), paths[0], "--repeat", "20", "--threads", "1",
                                "--json", "--profile", paths[1]])  # fmt: skip
        self.assertEqual(json.loads(line)["macs"], macs(CONFIG, 2, 40, 70))
        with open(paths[1]) as file:
            found = json.load(file)
        (one,) = found["inputs"]
        self.assertEqual(one["macs"], macs(CONFIG, 2, 40, 70))
        for part in ["calls", "kernels", "kinds"]:
            self.assertEqual(sum(each["macs"] for each in one[part]), one["macs"])
            self.assertAlmostEqual(sum(each["share"] for each in one[part]) + one["outside"]["share"], 1, 1)
        self.assertLess(one["outside"]["share"], 0.2)
        for call in one["calls"]:
            self.assertTrue(call["of_peak"] <= 1 and call["of_peak"] <= call["of_bound"], call)


# Outputs whose rows are padded are copied to the caller, and stay in their slot beside others.
OUTPUTS = Config("torchvision", (61, 83), embedding=24, depths=(2, 2, 1), heads=(2, 2, 4), window=4, classes=10)


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        weights = random_weights(parameters(OUTPUTS), torch.Generator().manual_seed(6))
        cls.folder = cls.enterClassContext(harness.scratch())
        cls.model = harness.write_model(cls.folder, "work", OUTPUTS, weights)
        cls.reports = os.path.join(cls.folder, "report.json")
        cls.library = harness.compile_model(cls.folder, "work", cls.model, "--outputs", "logits,stage1,stage2,stage3",
                                            "--report", cls.reports, emit="shared,exe")  # fmt: skip
        with open(cls.reports) as file:
            cls.report = json.load(file)
        cls.size = [cls.report["size"][axis] for axis in "nhw"]

    def test_calls(self):
        self.assertEqual(self.size, [1, 61, 83])
        calls = (Call * self.library.function("num_calls")())()
        self.assertEqual(self.library.function("work")(*self.size, calls), 0)
        self.assertEqual([[call["kernel"], call["kind"], call["layer"], call["macs"], call["bytes"]]
                          for call in self.report["calls"]],
                         [[call.kernel.decode(), call.kind.decode(), call.layer.decode(), call.macs, call.bytes]
                          for call in calls])  # fmt: skip
        self.assertEqual(sum(call.macs for call in calls), self.library.info["macs"])
        self.assertEqual(self.report["info"], self.library.info)

    def test_memory(self):
        self.assertEqual(self.report["arena"]["bytes"], self.library.function("workspace_size")(*self.size))
        # Weights of one call lie side by side, each once in the library.
        weights = {name for op in self.report["graph"]["ops"] for name in op["parameters"]}
        self.assertGreater(len(weights), 50)
        self.assertEqual(sum(call["weights_bytes"] for call in self.report["calls"]), self.report["weights_bytes"])

    def test_outputs(self):
        shape = (ctypes.c_longlong * 6)()
        for number, output in enumerate(self.report["outputs"]):
            rank = self.library.function("output_shape")(number, *self.size, shape)
            self.assertEqual(output["shape"], list(shape[:rank]))
        self.assertEqual([output["name"] for output in self.report["outputs"]],
                         [output["name"] for output in self.library.info["outputs"]])  # fmt: skip

    def test_profile(self):
        image, profile = (os.path.join(self.folder, name) for name in ["image.npy", "profile.json"])
        np.save(image, np.ones((1, 3, 61, 83), dtype=np.float32))
        harness.command([os.path.join(self.folder, "work", "work"), image, "--profile", profile])
        words = ["swin-compile", *self.model, "--name", "work", "--emit", "kernels", "--report", self.reports]
        harness.command([*words, "--outputs", "logits,stage1,stage2,stage3", "--profile", profile])
        with open(self.reports) as file:
            report = json.load(file)
        with open(profile) as file:
            self.assertEqual(report["profile"], json.load(file))
        (one,) = report["profile"]["inputs"]
        for name in ["kernel", "kind", "layer", "macs", "bytes"]:
            self.assertEqual([call[name] for call in one["calls"]], [call[name] for call in report["calls"]])
        # With other outputs other kernels are called.
        wrong = r"exit status 2\n\S*profile.json:\d+:\d+: error: (call \d+ is of kernel|there are \d+ calls)"
        with self.assertRaisesRegex(harness.Failure, wrong):
            harness.command([*words, "--profile", profile])
        self.assertFalse(os.path.exists(self.reports))


if __name__ == "__main__":
    unittest.main(verbosity=2)
