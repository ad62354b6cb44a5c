"""cmake --install: into a staging folder, which is then moved, as packagers and users do."""
import os
import re
import shutil
import subprocess
import unittest

from harness import BUILD, HELP2MAN, PROGRAMS, ROOT, InstalledCase


class Install(InstalledCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        stage = os.path.join(cls.scratch, "stage")
        cls.system("cmake", "--install", BUILD, "--prefix", "/opt/swin", "--strip", DESTDIR=stage)
        cls.staged = os.listdir(stage), os.listdir(os.path.join(stage, "opt/swin"))
        cls.prefix = os.path.join(cls.scratch, "moved here")
        shutil.move(os.path.join(stage, "opt/swin"), cls.prefix)

    def test_files(self):
        self.assertEqual((self.staged[0], sorted(self.staged[1])), (["opt"], ["bin", "lib", "share"]))
        self.check_files()

    def test_all_that_products_need(self):
        built = os.path.join(BUILD, "lib/swin")
        for folder, _, names in os.walk(built):
            for name in names:
                path = os.path.relpath(os.path.join(folder, name), built)
                self.assertTrue(os.path.isfile(self.path(f"lib/swin/{path}")), path)

    def test_programs_know_no_build(self):
        self.check_programs_know_no_build()

    def test_compiles(self):
        self.check_compiles(self.path("bin/swin-compile"))

    def test_compiles_through_a_link(self):
        link = os.path.join(self.scratch, "link")
        os.symlink(self.path("bin/swin-compile"), link)
        self.check_compiles(link)

    def test_without_the_files_beside(self):
        """What is said if only the program was copied."""
        bare = os.path.join(self.scratch, "bare/bin")
        os.makedirs(bare)
        shutil.copy(self.path("bin/swin-compile"), bare)
        digits = os.path.join(ROOT, "examples/digits/digits_swin")
        done = subprocess.run(
            [f"{bare}/swin-compile", f"{digits}.json", "--weights", f"{digits}.safetensors", "--emit", "lib", "-q"],
            cwd=self.scratch, capture_output=True, text=True,
            env={"LD_LIBRARY_PATH": self.path("lib/swin/halide"), "SWIN_CACHE_DIR": "off"},
        )  # fmt: skip
        self.assertEqual(done.returncode, 2)
        self.assertIn("lib/swin/", done.stderr)

    def test_opt(self):
        text = self.system(self.path("bin/swin-opt"), "--version")
        self.assertIn("LLVM", text)

    def test_manual_pages(self):
        pages = PROGRAMS if HELP2MAN else ["swin-opt"]
        for program in pages:
            page = self.path(f"share/man/man1/{program}.1")
            done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", page], capture_output=True,
                                  text=True, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
                                                  "MANROFFOPT": "-P-c", "MANWIDTH": "100"})  # fmt: skip
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            text = re.sub(".\b", "", done.stdout)  # what is bold is printed twice
            for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "EXAMPLES", "SEE ALSO"]:
                self.assertIn(section, text)
            self.assertIn(f"{program} - ", text)
            self.assertNotRegex(text, r"19[67]\d|20\d\d")

    @unittest.skipUnless(HELP2MAN, "no help2man, so no pages to compare")
    def test_manual_pages_say_what_help_says(self):
        for program in ["swin-compile", "swin-run", "swin-tune"]:
            with open(self.path(f"share/man/man1/{program}.1")) as file:
                page = file.read().replace("\\-", "-").replace("\\fB", "").replace("\\fR", "")
            for line in self.system(self.path(f"bin/{program}"), "--help").splitlines():
                if line.startswith("  -"):
                    self.assertIn(f"\n{line.split()[0]}", page)


if __name__ == "__main__":
    unittest.main(verbosity=2)
