"""The self-test of a library finds one wrong weight and says whose, and a kernel that is another layer's."""
import os
import re
import struct
import subprocess
import unittest

from harness import BIN, DIGITS, WEIGHTS, CompileCase

PASSED = "(batch, height, width): the results of all 11 calls of kernels are the compiler's, with "
# Weights, and the layer that each call of a kernel is named after.
LAYERS = [
    ("patch_embed.proj.weight", "patch_embed.norm"),
    ("layers.0.blocks.0.norm1.weight", "layers.0.blocks.0.attn"),
    ("layers.0.blocks.1.attn.qkv.weight", "layers.0.blocks.1.attn"),
    ("layers.0.blocks.1.mlp.fc2.weight", "layers.0.blocks.1.mlp"),
    ("layers.0.downsample.reduction.weight", "layers.0.downsample.reduction"),
    ("layers.1.blocks.0.attn.relative_position_bias_table", "layers.1.blocks.0.attn"),
    ("layers.1.blocks.0.mlp.fc1.bias", "layers.1.blocks.0.mlp"),
    ("layers.1.blocks.1.attn.proj.weight", "layers.1.blocks.1.attn"),
    ("head.bias", "head"),
]


class Selftest(CompileCase):
    def run_selftest(self, library):
        done = subprocess.run([os.path.join(BIN, "swin-run"), library, "--selftest"], cwd=self.folder,
                              capture_output=True, text=True)  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def layout(self):
        """[(name, offset, values)] of the weights, each at a multiple of 64 bytes."""
        text, found, offset = self.good(DIGITS, "--weights", WEIGHTS, "--emit", "kernels"), [], 0
        for name, shape in dict(re.findall(r'swin\.param "([^"]+)" : tensor<([\dx]+)xf32>', text)).items():
            count = 1
            for size in shape.split("x"):
                count *= int(size)
            found.append((name, offset, count))
            offset += (count * 4 + 63) // 64 * 64
        return found, offset

    def test_finds_a_wrong_weight(self):
        self.good(DIGITS, "--weights", WEIGHTS, "--name", "d", "-o", "out", "--emit", "lib,shared")
        status, text = self.run_selftest("out/libd.so")
        self.assertEqual(status, 0, text)
        self.assertIn(PASSED, text)
        layout, size = self.layout()
        self.system("ar", "x", "--output", "out", "out/libd.a", "d_weights.o")
        with open(self.path("out/d_weights.o"), "rb") as file:
            weights = file.read()[64 : 64 + size]
        with open(self.path("out/libd.so"), "rb") as file:
            library = file.read()
        self.assertEqual(library.count(weights), 1)
        for weight, layer in LAYERS:
            offset, count = next((at, n) for name, at, n in layout if name.split(":")[0] == weight)
            values = struct.unpack_from(f"<{count}f", weights, offset)
            largest = max(range(count), key=lambda i: abs(values[i]))
            wrong = bytearray(library)
            # The sign of one number.
            wrong[library.index(weights) + offset + 4 * largest + 3] ^= 0x80
            with open(self.path("wrong.so"), "wb") as file:
                file.write(wrong)
            status, text = self.run_selftest("./wrong.so")
            self.assertEqual(status, 3, f"{weight}: {text}")
            self.assertTrue(text.startswith(f"swin-run: error: self-test failed: {layer}: "), f"{weight}: {text}")

    def test_finds_a_kernel_of_another_layer(self):
        self.good(DIGITS, "--weights", WEIGHTS, "--name", "d", "-o", "out", "--emit", "lib", "--target", "x86-64-v3")
        with open(self.path("main.c"), "w") as file:
            file.write("""#include "d.h"
#include <stdio.h>
int main(void) {
  char text[400];
  d_session *session;
  int status = d_open(&session, NULL) ? 1 : d_selftest(session, text, sizeof text);
  puts(text);
  d_close(session);
  return status != 0;
}
""")
        right, other = "d_windows_32_4x4_shift_x86_64_v3", "d_windows_32_4x4_x86_64_v3"
        build = ["cc", "main.c", "-Iout", "out/libd.a", "-lm", "-lpthread", "-o"]
        self.system(*build, "good")
        self.assertIn(PASSED, self.system("./good"))
        self.system("ar", "x", "--output", "out", "out/libd.a", f"{other}.o")
        names = re.findall(rf" ({other}\S*)$", self.system("nm", f"out/{other}.o"), re.M)
        renamed = [f"--redefine-sym={name}={name.replace(other, right)}" for name in names]
        self.system("objcopy", *renamed, f"out/{other}.o", f"out/{right}.o")
        self.system("ar", "r", "out/libd.a", f"out/{right}.o")
        self.system(*build, "bad")
        done = subprocess.run([self.path("bad")], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertTrue(done.stdout.startswith("layers.0.blocks.1.attn: "), done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
