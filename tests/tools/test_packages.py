"""How other builds find what swin-compile writes: CMake's find_package and pkg-config, in folders that move."""
import json
import os
import shutil
import unittest

from harness import DIGITS, WEIGHTS, CompileCase

# What a program that uses a model does.
MAIN = "#include <{0}.h>\n#include <stdio.h>\nint main(void) {{ return puts({0}_info()) < 0; }}\n"


class Packages(CompileCase):
    def digits(self, name, emit, folder):
        self.good(DIGITS, "--weights", WEIGHTS, "--name", name, "-o", folder, "--target", "x86-64-v3", "--emit", emit)

    def project(self, body, prefixes, *definitions):
        """Configures a project of body; its lists of folders are CMake's."""
        shutil.rmtree(self.path("build"), ignore_errors=True)
        self.write("CMakeLists.txt", f"cmake_minimum_required(VERSION 3.16)\nproject(user C)\n{body}")
        folders = ";".join(map(self.path, prefixes))
        return self.system("cmake", "-S", ".", "-B", "build", f"-DCMAKE_PREFIX_PATH={folders}", *definitions)

    def model_of(self, *command):
        return json.loads(self.system(*command))["model"]

    def test_cmake(self):
        for emit, target in [("lib", "aurora"), ("shared", "aurora"), ("lib,shared", "aurora"),
                             ("lib,shared", "shared")]:  # fmt: skip
            with self.subTest(emit=emit, target=target):
                self.digits("aurora", emit, "made")
                shutil.rmtree(self.path("with space"), ignore_errors=True)
                os.makedirs(self.path("with space"))
                os.rename(self.path("made"), self.path("with space/a"))
                self.write("main.c", MAIN.format("aurora"))
                self.project("find_package(aurora 0.1 REQUIRED)\nadd_executable(user main.c)\n"
                             f"target_link_libraries(user aurora::{target})\n", ["with space/a"])  # fmt: skip
                self.system("cmake", "--build", "build")
                self.assertEqual(self.model_of("build/user"), "aurora")
                needed = "libaurora.so" in self.system("readelf", "-d", "build/user")
                self.assertEqual(needed, emit == "shared" or target == "shared")

    def test_two_models_and_versions_in_cmake(self):
        self.digits("aurora", "lib", "models/aurora")
        self.digits("borealis", "lib", "models/borealis")
        self.write("main.c", "#include <aurora.h>\n#include <borealis.h>\n#include <stdio.h>\n"
                   "int main(void) { return puts(aurora_info()) < 0 || puts(borealis_info()) < 0; }\n")  # fmt: skip
        checks = "".join(
            f"find_package(aurora {version} QUIET)\nmessage(STATUS \"version {version}: ${{aurora_FOUND}}\")\n"
            "unset(aurora_DIR CACHE)\n"
            for version in ["0", "0.1", "0.1.0", "0.1.0 EXACT", "0.1.1", "0.0", "0.2", "1", "1.1", "0.0.9...0.2",
                            "0.0...<0.1", "0.1...<1", "0.2...1", ""]
        )  # fmt: skip
        said = self.project(f"{checks}find_package(aurora REQUIRED)\nfind_package(aurora REQUIRED)\n"
                            "find_package(borealis REQUIRED)\nadd_executable(user main.c)\n"
                            "message(STATUS \"it is ${aurora_VERSION}\")\n"
                            "target_link_libraries(user aurora::aurora borealis::borealis)\n", ["models"])  # fmt: skip
        found = dict(line[len("-- version "):].split(": ") for line in said.splitlines() if "-- version " in line)
        fit = {"0", "0.1", "0.1.0", "0.1.0 EXACT", "0.0.9...0.2", "0.1...<1", ""}
        self.assertEqual(found, {version: str(int(version in fit)) for version in found})
        self.assertEqual(len(found), 14)
        self.assertIn("-- it is 0.1.0\n", said)
        self.system("cmake", "--build", "build")
        self.assertEqual([json.loads(line)["model"] for line in self.system("build/user").splitlines()],
                         ["aurora", "borealis"])  # fmt: skip

    @unittest.skipUnless(shutil.which("pkg-config"), "no pkg-config")
    def test_pkg_config(self):
        folder = self.path("with space/a")
        self.write("main.c", MAIN.format("aurora"))
        for emit in ["lib", "shared", "lib,shared"]:
            self.digits("aurora", emit, folder)
            for options in [[], ["--static"]]:
                words = ["pkg-config", *options, "--cflags", "--libs", "aurora"]
                environment = {**os.environ, "PKG_CONFIG_PATH": folder, "LD_LIBRARY_PATH": folder}
                said = self.system(*words, env=environment)
                self.assertEqual("-lm" in said, emit == "lib" or bool(options), said)
                # Words of it are quoted for a shell.
                self.system("sh", "-c", f"eval \"cc main.c $({' '.join(words)}) -o user\"", env=environment)
                self.assertEqual(json.loads(self.system("./user", env=environment))["model"], "aurora")
            shutil.rmtree(folder)


if __name__ == "__main__":
    unittest.main(verbosity=2)
