//===- LoadedKernel.cpp - a kernel's object becomes code in this process --===//
// The linker of LLVM's ORC alone: no code is generated here, and no thread is started.
//===----------------------------------------------------------------------===//
#include "codegen/tuning/LoadedKernel.h"

#include "codegen/tuning/Workers.h"

#include "llvm/ExecutionEngine/JITLink/JITLinkMemoryManager.h"
#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/Core.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h"
#include "llvm/ExecutionEngine/Orc/SelfExecutorProcessControl.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;

namespace swin::tuning {

struct LoadedKernel::Session {
  explicit Session(std::unique_ptr<orc::ExecutorProcessControl> control)
      : execution(std::move(control)), linking(execution) {}
  ~Session() { consumeError(execution.endSession()); }
  orc::ExecutionSession execution;
  orc::ObjectLinkingLayer linking;
};

LoadedKernel::LoadedKernel() = default;
LoadedKernel::LoadedKernel(LoadedKernel &&) noexcept = default;
LoadedKernel &LoadedKernel::operator=(LoadedKernel &&) noexcept = default;
LoadedKernel::~LoadedKernel() = default;

KernelRuntime workersRuntime(const std::string &prefix) {
  return {{prefix + "_rt_par_for", reinterpret_cast<void *>(&swin_workers_loop)},
          {prefix + "_rt_malloc", reinterpret_cast<void *>(&swin_workers_allocate)},
          {prefix + "_rt_free", reinterpret_cast<void *>(&swin_workers_free)}};
}

Expected<LoadedKernel> LoadedKernel::load(ArrayRef<uint8_t> code, const std::string &symbol,
                                          const KernelRuntime &runtime) {
  MemoryBufferRef bytes(StringRef(reinterpret_cast<const char *>(code.data()), code.size()), symbol);
  auto file = object::ObjectFile::createObjectFile(bytes);
  if (!file)
    return file.takeError();
  if (Triple machine(sys::getProcessTriple()); (*file)->getArch() != machine.getArch())
    return createStringError("the kernel " + symbol + " is for " + Triple::getArchTypeName((*file)->getArch()) +
                             ", this machine is " + machine.getArchName());
  auto control = orc::SelfExecutorProcessControl::Create(nullptr, std::make_unique<orc::InPlaceTaskDispatcher>());
  if (!control)
    return control.takeError();
  std::string reported; // outlives the session, whose errors go there
  LoadedKernel kernel;
  kernel.session = std::make_unique<Session>(std::move(*control));
  orc::ExecutionSession &execution = kernel.session->execution;
  execution.setErrorReporter([&](Error error) { reported = toString(std::move(error)); });
  orc::JITDylib &library = execution.createBareJITDylib("kernel");
  orc::SymbolMap symbols;
  for (const auto &[name, address] : runtime)
    symbols[execution.intern(name)] = {orc::ExecutorAddr::fromPtr(address), JITSymbolFlags::Exported};
  if (Error error = library.define(orc::absoluteSymbols(std::move(symbols))))
    return error;
  // Halide is in this process, and a kernel that needs more of it could not be in a library.
  auto others = orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
      '\0', [](const orc::SymbolStringPtr &name) { return !(*name).starts_with("halide_"); });
  if (!others)
    return others.takeError();
  library.addGenerator(std::move(*others));
  if (Error error = kernel.session->linking.add(library, MemoryBuffer::getMemBufferCopy(bytes.getBuffer(), symbol)))
    return error;
  // Functions of a library's kernels are hidden.
  auto found = execution.lookup({{&library, orc::JITDylibLookupFlags::MatchAllSymbols}}, execution.intern(symbol));
  if (!found) {
    std::string why = toString(found.takeError());
    return createStringError("the kernel " + symbol + " cannot be linked: " + (reported.empty() ? why : reported));
  }
  execution.setErrorReporter(consumeError);
  kernel.function = found->getAddress().toPtr<void *>();
  return kernel;
}

} // namespace swin::tuning
