"""lit configuration of all FileCheck tests; run by ctest, which passes where things are.

lit --param bin=BUILD/bin --param llvm=/usr/lib/llvm-22/bin tests/passes/transforms
"""
import os

import lit.formats

config.name = "swin"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.test_source_root = os.path.dirname(os.path.abspath(__file__))
config.test_exec_root = os.path.join(lit_config.params["out"], "lit")
config.environment["PATH"] = os.pathsep.join(
    [lit_config.params["bin"], lit_config.params["llvm"], os.environ.get("PATH", "/usr/bin:/bin")]
)
