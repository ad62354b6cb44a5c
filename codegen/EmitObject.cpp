//===- EmitObject.cpp - a module of the LLVM dialect becomes an object ----===//
#include "codegen/EmitObject.h"

#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/Triple.h"

#include <mutex>

using namespace llvm;

namespace swin::codegen {
namespace {

Expected<std::unique_ptr<TargetMachine>> createMachine(const Triple &triple, const char *processor) {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
  });
  std::string error;
  const Target *target = TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return createStringError(error);
  TargetOptions options;
  options.FunctionSections = true;
  options.DataSections = true;
  return std::unique_ptr<TargetMachine>(
      target->createTargetMachine(triple, processor, /*Features=*/"", options, Reloc::PIC_));
}

void optimize(Module &module, TargetMachine &machine) {
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder.buildPerModuleDefaultPipeline(OptimizationLevel::O2).run(module, modules);
}

} // namespace

Expected<ObjectBytes> emitObject(mlir::ModuleOp module, const std::string &name, const Architecture &architecture,
                                 std::string *text) {
  Triple triple(architecture.triple);
  auto machine = createMachine(triple, architecture.processor);
  if (!machine)
    return machine.takeError();
  mlir::registerBuiltinDialectTranslation(*module->getContext());
  mlir::registerLLVMDialectTranslation(*module->getContext());
  LLVMContext context;
  std::unique_ptr<Module> translated = mlir::translateModuleToLLVMIR(module, context, name);
  if (!translated)
    return createStringError("the module cannot be translated to LLVM IR");
  translated->setSourceFileName(name);
  translated->setTargetTriple(triple);
  translated->setDataLayout((*machine)->createDataLayout());
  std::string broken;
  raw_string_ostream stream(broken);
  if (verifyModule(*translated, &stream))
    return createStringError("the module is not valid LLVM IR: " + broken);
  optimize(*translated, **machine);
  if (text) {
    raw_string_ostream out(*text);
    translated->print(out, nullptr);
  }
  SmallVector<char, 0> object;
  raw_svector_ostream out(object);
  legacy::PassManager emission;
  if ((*machine)->addPassesToEmitFile(emission, out, nullptr, CodeGenFileType::ObjectFile))
    return createStringError("LLVM cannot write object files for " + triple.str());
  emission.run(*translated);
  return ObjectBytes(object.begin(), object.end());
}

} // namespace swin::codegen
