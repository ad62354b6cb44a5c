"""What swin-compile writes: symbols, dependencies, three models in one C program."""
import json
import os
import re
import shutil
import struct
import subprocess
import unittest

from harness import BIN, DIGITS, WEIGHTS, CompileCase

HERE = os.path.dirname(os.path.abspath(__file__))
PUBLIC = {"open", "workspace_size", "num_outputs", "output_shape", "run", "error", "isa", "threads", "info", "selftest",
          "num_calls", "work", "profile", "watch", "close"}  # fmt: skip


def symbols(text, kinds):
    """Names that nm lists with one of these letters."""
    return set(re.findall(rf"^[0-9a-f ]{{16}} [{kinds}] (\S+)$", text, re.M))


class Library(CompileCase):
    def digits(self, name, *arguments, folder=None):
        model = [DIGITS, "--weights", WEIGHTS, "--name", name, "-o", folder or name]
        self.good(*model, "--target", "x86-64-v3", *arguments)

    def test_symbols_and_dependencies(self):
        self.digits("aurora", "--emit", "lib,shared,exe")
        self.assertEqual(self.left(), ["aurora"] + [f"aurora/{file}" for file in sorted(
            ["aurora", "aurora.h", "aurora.pc", "auroraConfig.cmake", "auroraConfigVersion.cmake", "libaurora.a",
             "libaurora.so"])])  # fmt: skip
        static = self.system("nm", "aurora/libaurora.a")
        defined, weak = symbols(static, "BCDGRSTV"), symbols(static, "WVu")
        self.assertEqual([name for name in defined if not name.startswith("aurora_")], [])
        self.assertEqual(weak, set())
        self.assertEqual(len(defined), len(re.findall(r"^[0-9a-f]{16} [BCDGRSTV] ", static, re.M)), "defined twice")
        undefined = symbols(static, "U") - defined
        self.assertNotIn("halide", " ".join(undefined | defined).lower())
        self.assertEqual([name for name in undefined if name.startswith("aurora_")], [])
        exported = symbols(self.system("nm", "-D", "--defined-only", "aurora/libaurora.so"), "A-Za-z")
        self.assertEqual(exported, {f"aurora_{name}" for name in PUBLIC})
        needed = re.findall(r"NEEDED.*\[(.+)\]", self.system("readelf", "-d", "aurora/libaurora.so"))
        self.assertLessEqual(set(needed), {"libc.so.6", "libm.so.6", "libpthread.so.0"})
        self.assertNotIn("TEXTREL", self.system("readelf", "-d", "aurora/libaurora.so"))
        self.assertNotRegex(self.system("readelf", "-lW", "aurora/libaurora.so"), r"GNU_STACK.*RWE")
        needed = re.findall(r"NEEDED.*\[(.+)\]", self.system("readelf", "-d", "aurora/aurora"))
        # The C++ library inside asks the loader for its thread-local variables.
        self.assertLessEqual(set(needed), {"libc.so.6", "libm.so.6", "libpthread.so.0", "ld-linux-x86-64.so.2"})
        self.assertEqual(json.loads(self.system("aurora/aurora", "--info"))["model"], "aurora")

    def test_three_models_in_one_program(self):
        names = ["aurora", "borealis", "Comet_3"]
        for name, extra in zip(names, [["--outputs", "logits,stage1"], ["--semantics", "hf"], ["--outputs", "stage2"]]):
            self.digits(name, "--emit", "lib,shared", *extra)
        flags = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-D_POSIX_C_SOURCE=200112L"]
        source = os.path.join(HERE, "three_models.c")
        folders = [f"-I{name}" for name in names]
        archives = [f"{name}/lib{name}.a" for name in names]
        self.system("cc", *flags, *folders, source, *archives, "-lm", "-pthread", "-o", "static")
        infos = self.system("./static").splitlines()
        self.assertEqual([json.loads(info)["model"] for info in infos], names)
        libraries = [word for name in names for word in [f"-L{name}", f"-l{name}", f"-Wl,-rpath,{self.path(name)}"]]
        for name in names:
            os.remove(self.path(f"{name}/lib{name}.a"))
        self.system("cc", *flags, *folders, source, *libraries, "-lm", "-pthread", "-o", "dynamic")
        self.assertEqual(self.system("./dynamic").splitlines(), infos)
        self.system("c++", "-std=c++98", "-pedantic", "-Wall", "-Wextra", "-Werror", "-Wno-long-long", "-fsyntax-only",
                    "-x", "c++", "aurora/aurora.h")  # fmt: skip

    def test_several_instruction_sets(self):
        self.good(DIGITS, "--weights", WEIGHTS, "--name", "all", "--target", "x86-64-v2,x86-64-v4,x86-64-v3", "-q")
        info = json.loads(self.system("all/all", "--info"))
        self.assertEqual(info["isas"], ["x86-64-v4", "x86-64-v3", "x86-64-v2"])
        self.assertEqual(info["labels"], [str(digit) for digit in range(10)])
        self.assertEqual((info["inputs"][0]["height"], info["inputs"][0]["channels"]), (32, 1))
        self.assertIn("calls of kernels are the compiler's, with 3 instruction sets, and the same bits",
                      self.system("all/all", "--selftest"))  # fmt: skip

    def test_executable_and_swin_run(self):
        self.digits("aurora", "--emit", "shared,exe")
        head = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1, 32, 32), }"
        values = [((i * 37) % 101) / 101 for i in range(2 * 32 * 32)]
        with open(self.path("in.npy"), "wb") as file:
            file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode())
            file.write(struct.pack(f"<{len(values)}f", *values))
        results = []
        commands = [["aurora/aurora"], [os.path.join(BIN, "swin-run"), "aurora/libaurora.so"]]
        for number, command in enumerate(commands):
            for threads in ["1", "3"]:
                self.system(*command, "in.npy", "-o", f"{number}.npy", "--threads", threads)
                with open(self.path(f"{number}.npy"), "rb") as file:
                    results.append(file.read())
            found = json.loads(self.system(*command, "in.npy", "--json", "--threads", "1"))
            self.assertEqual((found["n"], found["h"], found["w"], found["isa"]), (2, 32, 32, "x86-64-v3"))
            self.assertGreater(found["macs"], 1e6)
            self.assertRegex(self.system(*command, "in.npy"), r"^in.npy\[0\]: logits\n +\d+\.\d+ %  \d \(class \d\)\n")
        self.assertEqual(len(results[0]), 128 + 2 * 10 * 4)
        self.assertEqual(set(results), {results[0]}, "the same bits")

    def test_names_follow_from_the_model(self):
        shutil.copy(DIGITS, self.path("my-digits.v1.json"))
        self.good("my-digits.v1.json", "--weights", WEIGHTS, "--emit", "lib", "--target", "x86-64-v3")
        self.assertIn("my_digits_v1/libmy_digits_v1.a", self.left())

    def test_folder_with_a_description(self):
        os.mkdir(self.path("model"))
        shutil.copy(DIGITS, self.path("model"))
        shutil.copy(WEIGHTS, self.path("model"))
        self.good("model", "--emit", "lib", "--target", "x86-64-v3", "-o", "out")
        self.assertIn("out/libmodel.a", self.left())


if __name__ == "__main__":
    unittest.main(verbosity=2)
