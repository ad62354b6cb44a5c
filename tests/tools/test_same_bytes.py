"""The same inputs give the same bytes of every file: in other folders, by other builds, with any number of threads.

The linker of the machine makes the .so and the executable; here it is one and the same.
"""
import os
import shutil
import subprocess
import unittest

from harness import BIN, DIGITS, ROOT, WEIGHTS, CompileCase, tree

RELEASE = os.environ.get("SWIN_RELEASE_BIN", BIN)
ROOMS = ["cmake", "codegen", "dsl", "passes", "runtime", "tools"]
ARGUMENTS = ["--name", "aurora", "--target", "x86-64-v3,x86-64-v4", "--emit", "lib,shared,exe"]


class SameBytes(CompileCase):
    def contents(self, folder):
        found = {}
        for name in tree(self.path(folder)):
            with open(self.path(f"{folder}/{name}"), "rb") as file:
                found[name] = file.read()
        return found

    def same(self, one, other):
        first, second = self.contents(one), self.contents(other)
        self.assertEqual([name for name in first if first[name] != second.get(name)], [])
        self.assertEqual(len(first), len(second))
        self.assertEqual(len(first), 7)

    def setUp(self):
        super().setUp()
        self.good(DIGITS, "--weights", WEIGHTS, "-o", "first", *ARGUMENTS)

    def test_another_place_and_machine(self):
        os.mkdir(self.path("with space"))
        shutil.copy(DIGITS, self.path("with space/other.json"))
        shutil.copy(WEIGHTS, self.path("with space/values.safetensors"))
        # The C library of a machine that is older.
        environment = self.environment(GLIBC_TUNABLES="glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4")
        cores = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(cores)})
        try:
            done = self.compile("with space/other.json", "--weights", "with space/values.safetensors", "--cache", "off",
                                "-o", "with space/out/second", *ARGUMENTS, environment=environment)  # fmt: skip
        finally:
            os.sched_setaffinity(0, cores)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.same("first", "with space/out/second")

    def test_no_folder_of_this_machine_is_in_it(self):
        for name, content in self.contents("first").items():
            for folder in [ROOT, self.folder, self.tmp, os.path.dirname(BIN)]:
                self.assertNotIn(folder.encode(), content, name)

    @unittest.skipIf(os.path.realpath(RELEASE) == os.path.realpath(BIN), "there is one build only")
    def test_another_build_of_the_compiler(self):
        compiler = os.path.join(RELEASE, "swin-compile")
        sources = [os.path.join(ROOT, room, name) for room in ROOMS for name in tree(os.path.join(ROOT, room))]
        newest = max(map(os.path.getmtime, filter(os.path.isfile, sources)))
        if not os.path.isfile(compiler) or os.path.getmtime(compiler) < newest:
            self.skipTest("the other build is not there or out of date; scripts/test builds both")
        self.assertEqual(self.system(compiler, "--version"), self.good("--version"))
        self.system(compiler, DIGITS, "--weights", WEIGHTS, "-o", "second", "-q", "--cache", "off", *ARGUMENTS)
        self.same("first", "second")


class Runtime(CompileCase):
    """What every library contains, built at another place with other flags."""

    def test_another_clone(self):
        shutil.copytree(os.path.join(ROOT, "runtime"), self.path("runtime"))
        self.write("CMakeLists.txt", "cmake_minimum_required(VERSION 3.25)\nproject(clone C CXX)\n"
                   "set(CMAKE_C_STANDARD 11)\ninclude_directories(${PROJECT_SOURCE_DIR})\nfind_package(ZLIB REQUIRED)\n"
                   "add_subdirectory(runtime)\n")  # fmt: skip
        self.system("cmake", "-G", "Ninja", "-S", ".", "-B", "elsewhere", "-DCMAKE_BUILD_TYPE=Debug",
                    "-DCMAKE_C_FLAGS=-O0 -g3")  # fmt: skip
        self.system("cmake", "--build", "elsewhere", "--target", "SwinRuntime",
                    env={**os.environ, "CCACHE_DISABLE": "1"})  # fmt: skip
        built = os.path.join(os.path.dirname(BIN), "lib/swin/libswin_runtime.a")
        done = subprocess.run(["cmp", built, self.path("elsewhere/lib/swin/libswin_runtime.a")], capture_output=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
