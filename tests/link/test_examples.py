"""The examples for users, each in a clean folder, by CMake, by pkg-config and by one command."""
import os
import re
import shutil
import unittest

from linking import LinkCase
from harness import BIN, DIGITS, ROOT, WEIGHTS

STRICT = ["-Wall", "-Wextra", "-Werror"]


class Examples(LinkCase):
    def build(self, example, model, *outputs, compiler):
        """Three programs of one source, as words to call them by."""
        shutil.copytree(os.path.join(ROOT, "examples", example), self.path("example"))
        self.net(*outputs, "--emit", "lib", name=model, folder=f"example/{model}")
        os.chdir(self.path("example"))
        self.addCleanup(os.chdir, "/")
        self.folder = self.path("example")
        source = next(file for file in os.listdir(self.folder) if file.endswith((".c", ".cpp")))
        program = os.path.splitext(source)[0]
        self.system(*compiler, *STRICT, f"-I{model}", source, f"{model}/lib{model}.a", "-lm", "-lpthread",
                    "-o", "plain")  # fmt: skip
        self.system("sh", "-c", f"{' '.join(compiler)} {source} $(pkg-config --cflags --libs {model}) -o by_pkg_config",
                    env={**os.environ, "PKG_CONFIG_PATH": self.path(model)})  # fmt: skip
        self.system("cmake", "-B", "build", f"-D{model}_DIR={self.path(model)}")
        self.system("cmake", "--build", "build")
        return ["./plain", "./by_pkg_config", f"build/{program}"]

    def test_classify(self):
        programs = self.build("classify-c", "digits", compiler=["cc", "-std=c99"])
        for program in programs:
            self.assertEqual(self.system(program, "five.png"), "5, 96.3 %\n")
        # Another program's reading of the same picture. A picture of another size is still read.
        self.good(DIGITS, "--weights", WEIGHTS, "--name", "digits", "-o", "exe", "--emit", "exe", "-q")
        self.assertRegex(self.system("exe/digits", "five.png"), r"logits\n +96\.26 %  5 ")
        self.assertRegex(self.system(programs[0], os.path.join(ROOT, "examples/features-cpp/seven.png")), r"^\d, ")

    def test_features(self):
        programs = self.build("features-cpp", "digit_features", "--outputs", "features", compiler=["c++", "-std=c++17"])
        five = os.path.join(ROOT, "examples/classify-c/five.png")
        for program in programs:
            self.assertEqual(self.system(program, five, "five.png"), "similarity 0.915\n")
            self.assertEqual(self.system(program, five, "seven.png"), "similarity 0.260\n")

    def test_their_pages_say_what_they_do(self):
        for example in ["classify-c", "features-cpp"]:
            with open(os.path.join(ROOT, "examples", example, "README.md")) as file:
                script = re.search(r"```\n(.*?)```", file.read(), re.S)[1]
            os.makedirs(self.path("examples"), exist_ok=True)
            for name in [example, "digits", "classify-c"]:
                shutil.copytree(os.path.join(ROOT, "examples", name), self.path(f"examples/{name}"), dirs_exist_ok=True)
            printed = self.system("bash", "-ec", f"cd examples/{example}\n{script}",
                                  env=self.environment(PATH=f"{BIN}:{os.environ['PATH']}"))  # fmt: skip
            expected = {"classify-c": "5, 96.3 %\n", "features-cpp": "similarity 0.915\nsimilarity 0.260\n"}
            self.assertEqual(printed, expected[example])


if __name__ == "__main__":
    unittest.main(verbosity=2)
