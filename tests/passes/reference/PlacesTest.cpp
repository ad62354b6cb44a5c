//===- PlacesTest.cpp - what slots and caller's buffers mean --------------===//
#include "tests/passes/reference/Compute.h"

using namespace swin;
using namespace swin::test;

namespace {

/// The error of three calls and an output with the attributes of a memory plan; "" if the plan is right.
std::string planned(const std::string &first, const std::string &second, const std::string &third,
                    const std::string &last = "%2") {
  std::string type = "(tensor<?x1x?x?xf32>) -> tensor<?x1x?x?xf32>";
  std::string both = "(tensor<?x1x?x?xf32>, tensor<?x1x?x?xf32>) -> tensor<?x1x?x?xf32>";
  Parsed parsed("func.func @forward(%image: tensor<?x1x?x?xf32>) {\n"
                "  %0 = swin.call @gelu(%image) {" +
                first + "} : " + type +
                " loc(\"a\")\n"
                "  %c = swin.check_size %0 min [1, 1] multiple [1, 1] : tensor<?x1x?x?xf32>\n"
                "  %1 = swin.call @gelu(%0) {" +
                second + "} : " + type +
                " loc(\"b\")\n"
                "  %2 = swin.call @add(%c, %1) {" +
                third + "} : " + both +
                " loc(\"c\")\n"
                "  swin.output " +
                last +
                " as \"sum\" : tensor<?x1x?x?xf32> loc(\"out\")\n"
                "  return\n}\n"
                "swin.kernel @gelu tokens activations 1 (%x: tensor<?x1x?x?xf32>) -> tensor<?x1x?x?xf32> {\n"
                "  %0 = swin.gelu %x : tensor<?x1x?x?xf32>\n"
                "  swin.yield %0 : tensor<?x1x?x?xf32>\n}\n"
                "swin.kernel @add tokens activations 2 (%x: tensor<?x1x?x?xf32>, %y: tensor<?x1x?x?xf32>)"
                " -> tensor<?x1x?x?xf32> {\n"
                "  %0 = swin.add %x, %y : tensor<?x1x?x?xf32>\n"
                "  swin.yield %0 : tensor<?x1x?x?xf32>\n}\n");
  ref::ConstantStore store;
  auto outputs = ref::interpret(*parsed.module, store, randomTensor({1, 1, 2, 2}, 1));
  return outputs ? "" : llvm::toString(outputs.takeError());
}

TEST(Places, ARightPlanChangesNothing) {
  EXPECT_EQ(planned("", "", ""), "");
  EXPECT_EQ(planned("slot = 0 : i64", "slot = 1 : i64", "output = 0 : i64"), "");
}

TEST(Places, AValueIsGoneWhenItsSlotIsWrittenAgain) {
  // %1 has no place here, so that only %2 is wrong: its slot is that of the operand behind the size check.
  EXPECT_EQ(planned("slot = 0 : i64", "", "slot = 0 : i64"), "c: swin.call writes slot 0 while it reads it");
  EXPECT_EQ(planned("slot = 3 : i64", "slot = 3 : i64", "output = 0 : i64"),
            "b: swin.call writes slot 3 while it reads it");
  EXPECT_EQ(planned("slot = 0 : i64", "slot = 1 : i64", "slot = 2 : i64"),
            "out: swin.output \"sum\" is output 0, but its value is not in that buffer");
}

TEST(Places, AnOutputHasOneWriterAndItsNumber) {
  EXPECT_EQ(planned("slot = 0 : i64", "slot = 1 : i64", "output = 1 : i64"),
            "out: swin.output \"sum\" is output 0, but its value is not in that buffer");
  EXPECT_EQ(planned("output = 0 : i64", "slot = 1 : i64", "output = 0 : i64"),
            "c: swin.call writes output 0 a second time");
}

TEST(Places, AnOverwrittenValueCannotBeRead) {
  std::string type = "(tensor<?x1x?x?xf32>) -> tensor<?x1x?x?xf32>";
  std::string call = " = swin.call @gelu(%image) {slot = 0 : i64} : " + type;
  Parsed parsed("func.func @forward(%image: tensor<?x1x?x?xf32>) {\n  %0" + call + "\n  %1" + call +
                "\n  %2 = swin.call @gelu(%0) {output = 0 : i64} : " + type +
                " loc(\"layers.0\")\n"
                "  swin.output %2 as \"x\" : tensor<?x1x?x?xf32>\n  return\n}\n"
                "swin.kernel @gelu tokens activations 1 (%x: tensor<?x1x?x?xf32>) -> tensor<?x1x?x?xf32> {\n"
                "  %0 = swin.gelu %x : tensor<?x1x?x?xf32>\n"
                "  swin.yield %0 : tensor<?x1x?x?xf32>\n}\n");
  ref::ConstantStore store;
  auto outputs = ref::interpret(*parsed.module, store, randomTensor({1, 1, 2, 2}, 1));
  ASSERT_FALSE(static_cast<bool>(outputs));
  EXPECT_EQ(llvm::toString(outputs.takeError()), "layers.0: swin.call reads slot 0 after another call has written it");
}

} // namespace
