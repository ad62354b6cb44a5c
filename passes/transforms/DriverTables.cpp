//===- DriverTables.cpp - constants of a driver object --------------------===//
// The order of the fields is that of runtime/Model.h; the test of this pass reads
// the struct through that header.
//===----------------------------------------------------------------------===//
#include "passes/transforms/DriverTables.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace swin::passes {
namespace {

constexpr int32_t modelAbi = 3;

/// A constant whose value is a struct or an array of the values that `fields` creates.
LLVM::GlobalOp aggregate(ModuleOp module, Location loc, Type type, LLVM::Linkage linkage, const std::string &name,
                         llvm::function_ref<SmallVector<Value>(OpBuilder &)> fields) {
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  auto global = LLVM::GlobalOp::create(builder, loc, type, /*isConstant=*/true, linkage, name, Attribute());
  builder.createBlock(&global.getInitializerRegion());
  Value result = LLVM::UndefOp::create(builder, loc, type);
  for (auto [index, value] : llvm::enumerate(fields(builder)))
    result = LLVM::InsertValueOp::create(builder, loc, result, value, static_cast<int64_t>(index));
  LLVM::ReturnOp::create(builder, loc, result);
  return global;
}

/// A constant array of structs of texts.
LLVM::GlobalOp textTable(ModuleOp module, Location loc, DriverTexts &texts, const std::string &name,
                         ArrayRef<std::vector<std::string>> rows) {
  auto pointer = LLVM::LLVMPointerType::get(module.getContext());
  auto row = LLVM::LLVMArrayType::get(pointer, rows.empty() ? 0 : rows.front().size());
  return aggregate(module, loc, LLVM::LLVMArrayType::get(row, rows.size()), LLVM::Linkage::Private, name,
                   [&](OpBuilder &builder) {
                     SmallVector<Value> values;
                     for (const std::vector<std::string> &fields : rows) {
                       Value entry = LLVM::UndefOp::create(builder, loc, row);
                       for (auto [index, field] : llvm::enumerate(fields))
                         entry = LLVM::InsertValueOp::create(builder, loc, entry, texts.address(builder, loc, field),
                                                             static_cast<int64_t>(index));
                       values.push_back(entry);
                     }
                     return values;
                   });
}

/// A constant array of the digests of all calls; null if a call has none.
LLVM::GlobalOp digestTable(ModuleOp module, Location loc, const ModelFacts &facts) {
  SmallVector<float> numbers;
  for (const CallFacts &call : facts.calls) {
    if (call.digest.empty())
      return {};
    llvm::append_range(numbers, call.digest);
  }
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  auto count = static_cast<int64_t>(numbers.size());
  auto values = DenseElementsAttr::get(RankedTensorType::get(count, builder.getF32Type()), ArrayRef<float>(numbers));
  return LLVM::GlobalOp::create(builder, loc, LLVM::LLVMArrayType::get(builder.getF32Type(), count),
                                /*isConstant=*/true, LLVM::Linkage::Private, facts.prefix + "_digests", values);
}

} // namespace

std::string kernelSymbol(llvm::StringRef prefix, llvm::StringRef kernel, llvm::StringRef isa) {
  std::string name = (prefix + "_" + kernel + "_" + isa).str();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

Value DriverTexts::address(OpBuilder &builder, Location loc, llvm::StringRef text) {
  LLVM::GlobalOp &global = globals[text];
  if (!global) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToEnd(module.getBody());
    std::string terminated = text.str() + '\0';
    auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), terminated.size());
    global = LLVM::GlobalOp::create(builder, loc, type, /*isConstant=*/true, LLVM::Linkage::Private,
                                    prefix + "_text_" + std::to_string(globals.size() - 1),
                                    builder.getStringAttr(terminated));
  }
  return LLVM::AddressOfOp::create(builder, loc, global);
}

void emitModel(ModuleOp module, Location loc, DriverTexts &texts, const ModelFacts &facts) {
  MLIRContext *context = module.getContext();
  auto pointer = LLVM::LLVMPointerType::get(context);
  auto i8 = IntegerType::get(context, 8), i32 = IntegerType::get(context, 32), i64 = IntegerType::get(context, 64);
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  LLVM::GlobalOp weights;
  if (facts.weightsSha256.empty())
    weights = LLVM::GlobalOp::create(builder, loc, i8, /*isConstant=*/true, LLVM::Linkage::External,
                                     facts.prefix + "_weights", Attribute(), /*alignment=*/64);

  auto kernelType = LLVM::LLVMFunctionType::get(i32, {pointer}); // only its address is taken
  SmallVector<LLVM::GlobalOp> tables;
  for (const std::string &isa : facts.isas) {
    SmallVector<LLVM::LLVMFuncOp> kernels;
    for (const std::string &kernel : facts.kernels)
      kernels.push_back(LLVM::LLVMFuncOp::create(builder, loc, kernelSymbol(facts.prefix, kernel, isa), kernelType));
    auto type = LLVM::LLVMArrayType::get(pointer, kernels.size());
    tables.push_back(aggregate(module, loc, type, LLVM::Linkage::Private, kernelSymbol(facts.prefix, "kernels", isa),
                               [&](OpBuilder &b) {
                                 SmallVector<Value> values;
                                 for (LLVM::LLVMFuncOp kernel : kernels)
                                   values.push_back(LLVM::AddressOfOp::create(b, loc, kernel));
                                 return values;
                               }));
  }

  auto isaType = LLVM::LLVMStructType::getLiteral(context, {pointer, pointer});
  auto isas = aggregate(module, loc, LLVM::LLVMArrayType::get(isaType, tables.size()), LLVM::Linkage::Private,
                        facts.prefix + "_isas", [&](OpBuilder &b) {
                          SmallVector<Value> values;
                          for (auto [isa, table] : llvm::zip(facts.isas, tables)) {
                            Value entry = LLVM::UndefOp::create(b, loc, isaType);
                            Value fields[] = {texts.address(b, loc, isa), LLVM::AddressOfOp::create(b, loc, table)};
                            for (int64_t i : {0, 1})
                              entry = LLVM::InsertValueOp::create(b, loc, entry, fields[i], i);
                            values.push_back(entry);
                          }
                          return values;
                        });

  std::vector<std::vector<std::string>> rows;
  for (const CallFacts &call : facts.calls)
    rows.push_back({call.kernel, call.kind, call.layer});
  LLVM::GlobalOp calls = textTable(module, loc, texts, facts.prefix + "_calls", rows);

  LLVM::GlobalOp digests = digestTable(module, loc, facts);

  auto modelType = LLVM::LLVMStructType::getLiteral(
      context, {i32, i32, i32, i32, pointer, pointer, i64,     i64, pointer, pointer, pointer, pointer,
                i32, i32, i32, i32, pointer, pointer, pointer, i64, i32,     pointer, pointer});
  aggregate(module, loc, modelType, LLVM::Linkage::External, facts.prefix + "_model", [&](OpBuilder &b) {
    auto int32 = [&](int64_t value) { return LLVM::ConstantOp::create(b, loc, i32, value); };
    auto int64 = [&](int64_t value) { return LLVM::ConstantOp::create(b, loc, i64, value); };
    auto function = [&](const char *name) {
      return LLVM::AddressOfOp::create(b, loc, pointer, facts.prefix + "_driver_" + name);
    };
    Value inside, hash;
    if (weights) {
      inside = LLVM::AddressOfOp::create(b, loc, weights);
      hash = LLVM::ZeroOp::create(b, loc, pointer);
    } else {
      inside = LLVM::ZeroOp::create(b, loc, pointer);
      hash = texts.address(b, loc, facts.weightsSha256);
    }
    return SmallVector<Value>{int32(modelAbi),
                              int32(facts.numOutputs),
                              int32(static_cast<int64_t>(facts.isas.size())),
                              int32(static_cast<int64_t>(facts.kernels.size())),
                              LLVM::AddressOfOp::create(b, loc, isas),
                              inside,
                              int64(facts.weightsBytes),
                              int64(facts.scratchBytes),
                              texts.address(b, loc, facts.info),
                              function("plan"),
                              function("output_shape"),
                              function("run"),
                              int32(facts.channels),
                              int32(digests ? facts.testHeight : 0),
                              int32(facts.testWidth),
                              int32(static_cast<int64_t>(facts.calls.size())),
                              LLVM::AddressOfOp::create(b, loc, calls),
                              function("work"),
                              hash,
                              int64(static_cast<int64_t>(facts.weightsChecksum)),
                              int32(facts.testBatch),
                              digests ? LLVM::AddressOfOp::create(b, loc, digests).getResult()
                                      : LLVM::ZeroOp::create(b, loc, pointer).getResult(),
                              function("results")};
  });
}

} // namespace swin::passes
