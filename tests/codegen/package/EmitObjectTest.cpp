//===- EmitObjectTest.cpp - the LLVM dialect becomes code -----------------===//
#include "codegen/EmitObject.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace swin::codegen;

namespace {

const char driver[] = R"(
llvm.mlir.global external constant @tiny_weights() {addr_space = 0 : i32, alignment = 64 : i64} : i8
llvm.func @tiny_kernel(!llvm.ptr) -> i32
llvm.func @tiny_run(%n: i64) -> i32 {
  %w = llvm.mlir.addressof @tiny_weights : !llvm.ptr
  %0 = llvm.call @tiny_kernel(%w) : (!llvm.ptr) -> i32
  llvm.return %0 : i32
}
)";

struct EmitObject : testing::Test {
  MLIRContext context;
  EmitObject() { context.loadDialect<LLVM::LLVMDialect>(); }
  llvm::Expected<ObjectBytes> emit(const char *text, std::string *ir = nullptr,
                                   const Architecture &architecture = x86_64) {
    auto module = parseSourceString<ModuleOp>(text, &context);
    if (!module)
      return llvm::createStringError("does not parse");
    return emitObject(*module, "tiny_driver", architecture, ir);
  }
};

TEST_F(EmitObject, MakesAnObject) {
  std::string ir;
  auto object = emit(driver, &ir);
  ASSERT_TRUE(static_cast<bool>(object)) << llvm::toString(object.takeError());
  auto symbols = listSymbols(*object);
  ASSERT_TRUE(static_cast<bool>(symbols));
  EXPECT_EQ(symbols->defined, (std::vector<std::string>{"tiny_run"}));
  EXPECT_EQ(symbols->undefined.size(), 2u);
  EXPECT_NE(ir.find("define i32 @tiny_run(i64"), std::string::npos) << ir;
  EXPECT_NE(ir.find("target triple = \"x86_64-unknown-linux-gnu\""), std::string::npos);
  EXPECT_EQ(ir.find("MLIR"), ir.npos) << "a name that comes from nowhere";
}

TEST_F(EmitObject, ForOtherArchitectures) {
  std::string ir;
  auto object = emit(driver, &ir, aarch64);
  ASSERT_TRUE(static_cast<bool>(object)) << llvm::toString(object.takeError());
  EXPECT_NE(ir.find("target triple = \"aarch64-unknown-linux-gnu\""), std::string::npos);
  ASSERT_GT(object->size(), 20u);
  EXPECT_EQ((*object)[18] | (*object)[19] << 8, 183) << "the machine of an object of AArch64";
  EXPECT_EQ(&architectureOf("aarch64"), &aarch64);
  EXPECT_EQ(&architectureOf("x86-64-v3"), &x86_64);
}

TEST_F(EmitObject, SameBytesEachTime) {
  auto first = emit(driver), second = emit(driver);
  ASSERT_TRUE(static_cast<bool>(first));
  ASSERT_TRUE(static_cast<bool>(second));
  EXPECT_EQ(*first, *second);
}

TEST_F(EmitObject, SaysWhatCannotBeTranslated) {
  context.allowUnregisteredDialects();
  ScopedDiagnosticHandler quiet(&context, [](Diagnostic &) { return success(); });
  auto object = emit("\"foreign.op\"() : () -> ()");
  ASSERT_FALSE(static_cast<bool>(object));
  EXPECT_EQ(llvm::toString(object.takeError()), "the module cannot be translated to LLVM IR");
}

} // namespace
