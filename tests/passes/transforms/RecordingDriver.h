//===- RecordingDriver.h - a driver whose kernels write down their calls --===//
// Lowers a planned module, compiles it in process and gives its swin_model.
//===----------------------------------------------------------------------===//
#ifndef SWIN_TESTS_PASSES_TRANSFORMS_RECORDINGDRIVER_H
#define SWIN_TESTS_PASSES_TRANSFORMS_RECORDINGDRIVER_H

#include "passes/dialect/Swin.h"
#include "passes/transforms/DriverTables.h"
#include "passes/transforms/Passes.h"
#include "runtime/Model.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "llvm/Support/TargetSelect.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace swin::test {

/// halide_buffer_t of the pinned version.
struct Dimension {
  int32_t min, extent, stride;
  uint32_t flags;
};
struct Buffer {
  uint64_t device;
  const void *interface;
  char *host;
  uint64_t flags;
  uint8_t typeCode, typeBits;
  uint16_t typeLanes;
  int32_t dimensions;
  const Dimension *dim;
  void *padding;
};

/// One call of a kernel: name, n, h, w, shifts, then address and extent of each buffer; `own` are height and width of
/// each activation behind the first.
struct Call {
  std::string kernel;
  std::array<int32_t, 5> sizes;
  std::vector<std::pair<const char *, int32_t>> buffers;
  std::vector<int32_t> own = {};
};
inline std::vector<Call> calls;
inline int32_t nextStatus = 0;

inline int32_t note(const char *name, void *context, std::array<int32_t, 5> sizes,
                    std::vector<const Buffer *> buffers) {
  EXPECT_EQ(context, &calls);
  Call call{name, sizes, {}};
  for (const Buffer *buffer : buffers) {
    EXPECT_EQ(buffer->dimensions, 1);
    EXPECT_EQ(buffer->dim[0].min, 0);
    EXPECT_EQ(buffer->dim[0].stride, 1);
    EXPECT_EQ(buffer->typeCode, 2);
    EXPECT_EQ(buffer->typeBits, 32);
    EXPECT_EQ(buffer->typeLanes, 1);
    EXPECT_EQ(buffer->device, 0u);
    call.buffers.emplace_back(buffer->host, buffer->dim[0].extent);
  }
  calls.push_back(std::move(call));
  return nextStatus;
}
inline int32_t embed(void *c, int32_t n, int32_t h, int32_t w, int32_t sh, int32_t sw, Buffer *x, Buffer *k, Buffer *b,
                     Buffer *r) {
  return note("embed", c, {n, h, w, sh, sw}, {x, k, b, r});
}
inline int32_t shift(void *c, int32_t n, int32_t h, int32_t w, int32_t sh, int32_t sw, Buffer *x, Buffer *r) {
  return note("shift", c, {n, h, w, sh, sw}, {x, r});
}
inline int32_t pool(void *c, int32_t n, int32_t h, int32_t w, int32_t sh, int32_t sw, Buffer *x, Buffer *r) {
  return note("pool", c, {n, h, w, sh, sw}, {x, r});
}
inline int32_t together(void *c, int32_t n, int32_t h, int32_t w, int32_t sh, int32_t sw, int32_t h1, int32_t w1,
                        int32_t h2, int32_t w2, Buffer *x, Buffer *y, Buffer *z, Buffer *k, Buffer *r) {
  int32_t status = note("together", c, {n, h, w, sh, sw}, {x, y, z, k, r});
  calls.back().own = {h1, w1, h2, w2};
  return status;
}

/// Image -> map of 20 channels (output "map", 4 x 6 patches) -> padded and rolled map -> mean.
inline const char *text = R"(
!image = tensor<?x3x?x?xf32>
!map = tensor<?x?x?x20xf32>
!merged = tensor<?x?x?x80xf32>
!weight = tensor<2x72x16xf32>
!bias = tensor<20xf32>
!pooled = tensor<?x80xf32>
func.func @forward(%image: !image) {
  %b = swin.param "b" : !bias
  %w = swin.param "w" : !weight
  %0 = swin.call @embed(%image, %w, %b) {slot = 0 : i64} : (!image, !weight, !bias) -> !map loc("patch_embed")
  %1 = swin.check_size %0 min [2, 3] multiple [1, 2] : !map loc("layers.0.blocks.1")
  %2 = swin.call @shift(%1) {slot = 1 : i64} : (!map) -> !map
  %3 = swin.call @merge(%2) {output = 1 : i64} : (!map) -> !merged
  %4 = swin.call @pool(%3) {output = 0 : i64} : (!merged) -> !pooled
  swin.output %4 as "features" : !pooled
  swin.output %3 as "map" : !merged
  return
}
swin.kernel @embed tokens activations 1 (%x: !image, %w: !weight, %b: !bias) -> !map {
  %0 = swin.patch_embed %x, %w, %b patch [4, 6] : (!image, !weight, !bias) -> !map
  swin.yield %0 : !map
}
swin.kernel @shift windows activations 1 (%x: !map) -> !map {
  %0 = swin.pad %x to_multiple_of [5, 5] : !map -> !map
  %1 = swin.cyclic_shift %0 by [2, 1] window [5, 5] RULE : !map
  %2 = swin.crop %1 like %x : !map, !map -> !map
  swin.yield %2 : !map
}
swin.kernel @merge tokens activations 1 (%x: !map) -> !merged {
  %0 = swin.patch_merging %x : !map -> !merged
  swin.yield %0 : !merged
}
swin.kernel @pool pool activations 1 (%x: !merged) -> !pooled {
  %0 = swin.mean_pool %x : !merged -> !pooled
  swin.yield %0 : !pooled
}
)";

class Driver {
public:
  /// The model of `text` with shifts that vanish by `rule`.
  explicit Driver(const std::string &rule = "axis") : Driver(std::string(text), rule) {}

  /// weightsSha256: in hexadecimal, of weights in a file; "" = they are driver.weights.
  Driver(std::string source, const std::string &rule, const std::string &weightsSha256 = "") {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    context.loadDialect<swin::SwinDialect, mlir::func::FuncDialect, mlir::LLVM::LLVMDialect>();
    mlir::registerBuiltinDialectTranslation(context);
    mlir::registerLLVMDialectTranslation(context);
    if (size_t place = source.find("RULE"); place != std::string::npos)
      source.replace(place, 4, rule);
    module = mlir::parseSourceString<mlir::ModuleOp>(source, &context);
    if (module)
      addDigests();
    swin::passes::LowerToLlvmOptions options;
    options.prefix = "tiny";
    options.isas = {"x86-64-v4", "x86-64-v3"};
    options.info = "{\"name\": \"tiny\"}";
    options.scratchBytes = 640;
    options.testHeight = 43;
    options.testWidth = 77;
    options.weightsSha256 = weightsSha256;
    options.weightsChecksum = weightsSha256.empty() ? 0 : 0x8000000000000001;
    options.testBatch = 2;
    mlir::PassManager manager(&context);
    manager.addPass(swin::passes::createLowerToLlvm(std::move(options)));
    if (!module || failed(manager.run(*module)))
      return;
    auto made = mlir::ExecutionEngine::create(*module);
    if (!made) {
      ADD_FAILURE() << llvm::toString(made.takeError());
      return;
    }
    engine = std::move(*made);
    engine->registerSymbols([&](llvm::orc::MangleAndInterner mangle) {
      llvm::orc::SymbolMap symbols;
      auto add = [&](const char *name, auto *address) {
        symbols[mangle(name)] = {llvm::orc::ExecutorAddr::fromPtr(address), llvm::JITSymbolFlags::Exported};
      };
      add("tiny_weights", &weights[0]);
      for (const char *name : {"tiny_embed_x86_64_v3", "tiny_embed_x86_64_v4"})
        add(name, embed);
      for (const char *name :
           {"tiny_shift_x86_64_v3", "tiny_merge_x86_64_v3", "tiny_shift_x86_64_v4", "tiny_merge_x86_64_v4"})
        add(name, shift);
      for (const char *name : {"tiny_pool_x86_64_v3", "tiny_pool_x86_64_v4"})
        add(name, pool);
      for (const char *name : {"tiny_together_x86_64_v3", "tiny_together_x86_64_v4"})
        add(name, together);
      return symbols;
    });
    auto address = engine->lookup("tiny_model");
    if (!address) {
      ADD_FAILURE() << llvm::toString(address.takeError());
      return;
    }
    model = static_cast<const swin_model *>(*address);
  }

  /// The reason why a size is refused; empty if it is not.
  std::string refusal(int64_t n, int64_t h, int64_t w) {
    const char *why = nullptr;
    arena = -1;
    return model->plan(n, h, w, &arena, &why) == 0 ? "" : why;
  }

  const swin_model *model = nullptr;
  int64_t arena = -1;
  alignas(64) char weights[8192];

private:
  /// Of call i: numbers from 100 i on.
  void addDigests() {
    int number = 0;
    module->walk([&](swin::CallOp call) {
      std::vector<float> digest(sizeof(swin_digest) / sizeof(float));
      for (size_t i = 0; i < digest.size(); ++i)
        digest[i] = static_cast<float>(100 * number + i);
      call->setAttr(swin::passes::digestAttribute, mlir::Builder(&context).getDenseF32ArrayAttr(digest));
      ++number;
    });
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::unique_ptr<mlir::ExecutionEngine> engine;
};

} // namespace swin::test

#endif // SWIN_TESTS_PASSES_TRANSFORMS_RECORDINGDRIVER_H
