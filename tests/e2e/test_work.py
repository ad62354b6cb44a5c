"""What a library says of the calls of its kernels: multiply-adds at every size, times that sum up to those of runs."""
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


if __name__ == "__main__":
    unittest.main(verbosity=2)
