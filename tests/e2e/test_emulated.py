"""Instruction sets that this machine need not have, under qemu: 64-bit ARM, and older processors of x86-64.

What an emulated processor lacks ends a program that uses it, so that a run is also the proof that code for an
instruction set stays within it. Emulation is slow: models and batches are small.
"""
import json
import os
import re
import subprocess
import unittest

import numpy as np
from safetensors.numpy import load_file

import harness
import test_golden
import test_golden_pictures
from test_digits import DIGITS, MODEL

# The processors by which qemu says what is there: x86-64-v2 and no more, x86-64-v3.
OLD, NEWER = (["qemu-x86_64", "-cpu", cpu] for cpu in ["Nehalem", "Haswell"])
SCANS = 24


def digits(count):
    """Scans, labels, and the logits of timm."""
    scans = load_file(os.path.join(DIGITS, "digits_test.safetensors"))
    return scans["images"][:count], scans["labels"][:count], scans["logits"][:count]


class Emulated(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(harness.scratch())

    def path(self, name):
        return os.path.join(self.folder, name)

    def check_same(self, one, other):
        self.assertEqual(one.keys(), other.keys())
        for name, values in one.items():
            self.assertTrue(np.array_equal(values.view(np.uint32), other[name].view(np.uint32)), name)


class Aarch64(Emulated):
    def test_golden_vectors(self):
        check, known = test_golden.Golden(), set()
        for name, output, image, model, expected, _ in test_golden.models(self.folder):
            # Several sources give the same numbers.
            first = tuple(np.round(np.asarray(expected).reshape(-1)[:3], 6))
            if first in known:
                continue
            known.add(first)
            with self.subTest(name):
                program = harness.compile_program(self.folder, name, model, "aarch64", "--outputs", output)
                check.check(f"{name} aarch64", output, program.run(image), expected, test_golden.LIMIT)

    def test_golden_pictures(self):
        check = test_golden_pictures.GoldenPictures()
        for name, output, image, model, first, total in test_golden_pictures.models(self.folder):
            with self.subTest(name):
                program = harness.compile_program(self.folder, name, model, "aarch64")
                found = program.run(image)
                check.check(f"{name} aarch64", found, output, first, total, test_golden_pictures.LIMIT)
                self.check_same(program.run(image, threads=3), found)

    def test_digits(self):
        images, labels, expected = digits(SCANS)
        program = harness.compile_program(self.folder, "digits", MODEL, "aarch64", "--dump-to", self.path("dump"))
        self.check_products(self.path("dump/kernels"))
        self.assertEqual(program.info["isas"], ["aarch64"])
        found = program.run(images)
        self.assertLessEqual(harness.difference(found["logits"], expected), 1e-4)
        self.check_same(program.run(images[:5], threads=3), {"logits": found["logits"][:5]})
        self.check_same(program.run(images[:1], isa="aarch64"), {"logits": found["logits"][:1]})
        self.assertIn("passed", program.printed("--selftest"))
        self.assertEqual((found["logits"].argmax(1) == labels).sum(), (expected.argmax(1) == labels).sum())

        beside = harness.compile_program(self.folder, "beside", MODEL, "aarch64", "--weights-file")
        self.check_same(beside.run(images[:1]), {"logits": found["logits"][:1]})

    def check_products(self, kernels):
        """Their loops multiply by a number of a register of four, and keep all sums in registers."""
        loops = 0
        for file in os.listdir(kernels):
            words = ["aarch64-linux-gnu-objdump", "-d", "--no-show-raw-insn", os.path.join(kernels, file)]
            text = subprocess.run(words, check=True, capture_output=True, text=True).stdout
            lines = {int(at, 16): line for at, line in re.findall(r"^ +([0-9a-f]+):\t(.*)", text, re.M)}
            branches = {at: re.match(r"(?:b\.|cbn?z|tbn?z).*\b([0-9a-f]+) <", line) for at, line in lines.items()}
            back = {at: int(to[1], 16) for at, to in branches.items() if to and int(to[1], 16) < at}
            for end, begin in back.items():
                body = [line for at, line in lines.items() if begin <= at <= end]
                inner = not any(begin <= at < end for at in back)
                if inner and sum(bool(re.match(r"fmla\t.*\.s\[\d\]", line)) for line in body) >= 8:
                    loops += 1
                    self.assertNotIn("[sp", "".join(body), f"{file}: sums or weights leave the registers")
        self.assertGreaterEqual(loops, 6)

    def test_library_in_a_program_of_c(self):
        """What a user links by hand, with the cross compiler."""
        out = self.path("linked")
        model = [*MODEL, "--name", "linked", "--target", "aarch64"]
        harness.command(["swin-compile", *model, "-o", out, "--emit", "lib,shared"])
        source = os.path.join(out, "main.c")
        with open(source, "w") as file:
            file.write('#include "linked.h"\n#include <stdio.h>\nint main(void) {\n  linked_session *session;\n'
                       '  char message[400] = "";\n  int status = linked_open(&session, NULL);\n'
                       '  status = status ? status : linked_selftest(session, message, sizeof message);\n'
                       '  puts(status ? linked_error(session) : message);\n  linked_close(session);\n'
                       '  return status != 0;\n}\n')  # fmt: skip
        for library in ["liblinked.a", "liblinked.so"]:
            with self.subTest(library):
                main = os.path.join(out, "main")
                words = [source, os.path.join(out, library), "-Wall", "-Werror", "-lm", "-pthread", "-o", main]
                subprocess.run(["aarch64-linux-gnu-gcc", *words, f"-Wl,-rpath,{out}"], check=True)
                program = [*harness.EMULATORS["aarch64"], main]
                done = subprocess.run(program, capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertIn("aarch64", done.stdout)


class OlderProcessors(Emulated):
    def isa_of(self, program, image):
        """The instruction set that a program chooses by itself."""
        path = self.path("image.npy")
        np.save(path, image)
        return json.loads(program.printed(path, "--json", "--threads", "1"))["isa"]

    def test_machine_without_any(self):
        program = harness.compile_program(self.folder, "usual", MODEL, "x86-64-v3,x86-64-v4", emulator=OLD)
        self.assertEqual(program.info["isas"], ["x86-64-v4", "x86-64-v3"])
        for isa in [[], ["--isa", "x86-64-v3"]]:
            done = program.call("--selftest", *isa)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertRegex(done.stderr, "^usual: error: this machine does not have the instruction set of ")

    def test_each_its_best(self):
        image = digits(1)[0]
        every = "x86-64-v2,x86-64-v3,x86-64-v4"
        old = harness.compile_program(self.folder, "every", MODEL, every, emulator=OLD)
        here, newer = (harness.Program([*emulator, old.words[-1]]) for emulator in ([], NEWER))
        for program, isa in [(old, "x86-64-v2"), (newer, "x86-64-v3")]:
            with self.subTest(isa):
                self.assertEqual(self.isa_of(program, image), isa)
                found = program.run(image)
                self.check_same(program.run(image, threads=3), found)
                if here.call("--selftest", "--isa", isa).returncode == 0:
                    self.check_same(here.run(image, isa=isa), found)
                program.printed("--selftest")
        done = newer.call("--selftest", "--isa", "x86-64-v4")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("error: this machine does not have the instruction set of ", done.stderr)

    def test_emulation_lacks_what_the_processor_lacks(self):
        """Or nothing above would prove anything: code for AVX2 is ended there."""
        out = self.path("vectors")
        with open(out + ".c", "w") as file:
            file.write("#include <immintrin.h>\nfloat x[8];\nint main(void) {\n"
                       "  _mm256_storeu_ps(x, _mm256_add_ps(_mm256_loadu_ps(x), _mm256_set1_ps(1)));\n"
                       "  return x[7] != 1;\n}\n")  # fmt: skip
        subprocess.run(["cc", "-O1", "-mavx2", out + ".c", "-o", out], check=True)
        self.assertEqual(subprocess.run([*NEWER, out], capture_output=True).returncode, 0)
        self.assertNotEqual(subprocess.run([*OLD, out], capture_output=True).returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
