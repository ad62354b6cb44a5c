"""Every lint finds what it is there for, and leaves good files alone."""
import unittest

import asserts
import filecheck
import include_directions
import layout
import links
import references

MD = "." + "md"  # so that the lint of references does not read the names below as documents


def joined(findings):
    return "\n".join(findings)


class IncludeDirections(unittest.TestCase):
    def check(self, sources):
        return joined(include_directions.check(sources))

    def test_rooms(self):
        for path, included in [
            ("dsl/Reader.cpp", "Halide.h"),
            ("dsl/Reader.cpp", "codegen/Package.h"),
            ("dsl/Weights.cpp", "passes/reference/Interpreter.h"),
            ("passes/dialect/Swin.cpp", "passes/reference/Interpreter.h"),
            ("passes/transforms/Fold.cpp", "dsl/Spec.h"),
            ("passes/transforms/Fold.cpp", "nlohmann/json.hpp"),
            ("codegen/KernelGraph.h", "mlir/IR/Value.h"),
            ("codegen/algorithms/Gelu.cpp", "codegen/schedules/Tokens.h"),
            ("codegen/schedules/Tokens.cpp", "codegen/algorithms/Gelu.h"),
            ("codegen/Package.cpp", "nlohmann/json.hpp"),
            ("runtime/Session.c", "llvm/Support/Error.h"),
            ("runtime/Session.c", "codegen/KernelGraph.h"),
            ("tools/layers/Reader.cpp", "llvm/Support/Error.h"),
            ("tools/report/Page.cpp", "codegen/Report.h"),
            ("tools/runner/Runner.cpp", "passes/reference/Layers.h"),
        ]:
            with self.subTest(path=path, included=included):
                found = self.check({path: f"#pragma once\n#include <{included}>\n"})
                self.assertIn(f"{path}:2: includes {included}", found)

    def test_good(self):
        self.assertEqual("", self.check({
            "dsl/Reader.cpp": '#include "passes/dialect/Swin.h"\n#include <nlohmann/json.hpp>\n#include <string>\n',
            "runtime/Session.c": "#include <pthread.h>\n#include <sys/mman.h>\n#include \"runtime/Model.h\"\n",
            "tests/runtime/Test.cpp": '#include "runtime/Model.h"\n#include <gtest/gtest.h>\n',
        }))  # fmt: skip

    def test_halide_and_mlir_through_headers(self):
        sources = {
            "codegen/A.h": '#include "codegen/B.h"\n',
            "codegen/B.h": '#include "mlir/IR/Value.h"\n',
            "codegen/K.cpp": '#include "codegen/A.h"\n#include <Halide.h>\n',
        }
        self.assertIn("codegen/K.cpp:1: sees both MLIR and Halide", self.check(sources))
        self.assertIn("codegen/A.h > codegen/B.h > mlir/IR/Value.h", self.check(sources))
        sources["codegen/A.h"] = ""
        self.assertEqual("", self.check(sources))


class FileCheck(unittest.TestCase):
    def check(self, text):
        return joined(filecheck.check({"tests/t.mlir": text}))

    def test_check_lines_without_filecheck(self):
        self.assertIn("no RUN line calls FileCheck", self.check("// RUN: swin-opt %s\n// CHECK: x\n"))

    def test_unnamed_prefix(self):
        text = "// RUN: swin-opt %s | FileCheck %s --check-prefix=A\n// A: x\n"
        self.assertEqual("", self.check(text))
        for line in ["// CHECK: y", "// B-NEXT: y", "// CHECK-B: y"]:
            self.assertIn("t.mlir:3", self.check(text + line + "\n"))

    def test_prefix_without_lines(self):
        self.assertIn("'B'", self.check("// RUN: t | FileCheck %s --check-prefixes=A,B\n// A: x\n"))

    def test_misspelt(self):
        text = "// RUN: swin-opt %s \\\n// RUN:   | FileCheck %s\n// CHECK: x\n"
        self.assertEqual("", self.check(text + "// CHECK-NEXT: y\n// CHECK-COUNT-2: y\n// CHECK-SAME{LITERAL}: z\n"))
        for line in ["// CHECK-NXT: y", "// CHEKC: y", "// CHECKNEXT: y", "// check-next: y", "// CHECK-COUNT-x: y"]:
            self.assertIn("t.mlir:4", self.check(text + line + "\n"), line)

    def test_no_run_line_is_no_test(self):
        self.assertEqual("", self.check("// CHECK: quoted in a document\n"))


class Layout(unittest.TestCase):
    def check(self, path, text):
        return joined(layout.check({path: text}))

    def test_length(self):
        self.assertIn("501 lines", self.check("dsl/A.cpp", "x\n" * 501))
        self.assertEqual("", self.check("dsl/A.cpp", "x\n" * 500))
        self.assertIn("301 lines", self.check("tests/dsl/A.cpp", "x\n" * 301))
        self.assertIn("201 lines", self.check("tools/a.cpp", "int main() {\n" + "x\n" * 199 + "}\n"))
        self.assertEqual("", self.check("tools/a/A.cpp", "x\n" * 300))

    def test_white_space(self):
        wide = "x" * 121 + "\n"
        for text, what in [("x \n", "end of the line"), ("x", "no newline"), ("\tx\n", "tab"), (wide, "121")]:
            self.assertIn(what, self.check("a.cpp", text))

    def test_clang_format(self):
        self.assertEqual([], layout.check_formatting({"a.cpp": "int f(int x) { return x; }\n"}))
        self.assertIn("a.cpp:2", joined(layout.check_formatting({"a.cpp": "int a;\nint  b ;\n"})))


class Links(unittest.TestCase):
    def check(self, text, other="# One\n## Two: `three`\n## One\n"):
        page = "docs/B" + MD
        return joined(links.check({"docs/A" + MD: text, page: other}, ["docs/A" + MD, page, "docs/p.png"]))

    def test_dead(self):
        for target, said in [
            ("C" + MD, "is not in the repository"), ("../p.png", "is not in the repository"),
            ("B" + MD + "#two", "has no heading 'two'"), ("#there", "has no heading 'there'"),
            ("http://example.org", "is no address of https"), ("https://example", "is no address of https"),
        ]:  # fmt: skip
            with self.subTest(target=target):
                self.assertIn(f"docs/A{MD}:2: link '{target}' {said}", self.check(f"# Here\n[a `b`]({target})\n"))
        self.assertIn(f"docs/A{MD}:1: picture 'p.png' has no description", self.check("![](p.png)\n"))

    def test_good(self):
        for target in ("B" + MD, "B" + MD + "#two-three", "B" + MD + "#one-1", "../docs", "#here", "p.png",
                       "https://example.org/a_(b)"):  # fmt: skip
            with self.subTest(target=target):
                self.assertEqual("", self.check(f"# Here\n![a [b] c]({target})\n"))
        self.assertEqual("", self.check("# Here\n`[a](nowhere)`\n```c\nf[0](x)\n```\n"))


class References(unittest.TestCase):
    def check(self, text, existing=()):
        return joined(references.check({f"docs/A{MD}": text}, set(existing)))

    def test_private_paths(self):
        for path in ["/" + "work/main/x", "/" + "root/.cache", "/" + "home/joe/x", "/tmp/" + "setup/y"]:
            self.assertIn("private path", self.check(f"see {path} there\n"))
        self.assertEqual("", self.check("build/work/x, network/home/y, http://a.b/c /tmp/x\n"))

    def test_missing_documents(self):
        self.assertIn(f"'B{MD}' is not", self.check(f"see B{MD}\n"))
        text = f"see B{MD}, docs/B{MD}, ../docs/B{MD}, https://x.y/z{MD}\n"
        self.assertEqual("", self.check(text, [f"docs/B{MD}"]))


class Asserts(unittest.TestCase):
    def check(self, path, text):
        return joined(asserts.check({path: text}))

    def test_tests_use_none(self):
        self.assertIn("tests/a.c:2", self.check("tests/a.c", "\n assert(x == 1);\n"))
        self.assertEqual("", self.check("tests/a.c", "// assert(x)\nstatic_assert(1);\nchar *s = \"assert(x)\";\n"))

    def test_work(self):
        for text in ["assert(i++ < 3);", "assert(x = 1);", "assert((n += 2) > 0);", "assert(set.insert(x).second);",
                     "assert(succeeded(verify(op)));", "assert(parseFile(p));"]:  # fmt: skip
            self.assertIn("a.cpp:1", self.check("a.cpp", text), text)

    def test_good(self):
        for text in ["assert(a == b && a <= c && \"x = y\");", "assert(v.size() >= 2);", "assert(isReady());",
                     "assert(llvm::all_of(v, [&](int i) { return i != 0; }));"]:  # fmt: skip
            self.assertEqual("", self.check("a.cpp", text), text)


if __name__ == "__main__":
    unittest.main()
