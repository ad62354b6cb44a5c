//===- PlantedPasses.cpp - swin-opt with passes that are wrong -------------===//
// What --check-equivalence has to find.
//===----------------------------------------------------------------------===//
#include "passes/dialect/Swin.h"
#include "tools/opt/Main.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace {

/// Does `plant` to the last op of its kind in the module.
template <typename Op> class Planted : public PassWrapper<Planted<Op>, OperationPass<ModuleOp>> {
public:
  Planted(const char *name, void (*plant)(Op op)) : name(name), plant(plant) {}
  Planted(const Planted &other) : Planted::PassWrapper(other), name(other.name), plant(other.plant) {}

  StringRef getArgument() const override { return name; }
  void runOnOperation() override {
    Op last;
    this->getOperation()->walk([&](Op op) { last = op; });
    if (last)
      plant(last);
  }

private:
  const char *name;
  void (*plant)(Op op);
};

template <typename Op> void add(const char *name, void (*plant)(Op op)) {
  registerPass([=] { return std::make_unique<Planted<Op>>(name, plant); });
}

} // namespace

int main(int argc, char **argv) {
  add<swin::CyclicShiftOp>("planted-shift", [](swin::CyclicShiftOp op) {
    op.setOffsets(llvm::map_to_vector(op.getOffsets(), [](int64_t by) { return -by; }));
  });
  add<swin::AddOp>("planted-residual", [](swin::AddOp op) { op.getResult().replaceAllUsesWith(op.getRhs()); });
  add<swin::WindowAttentionOp>("planted-mask",
                               [](swin::WindowAttentionOp op) { op.setShift(SmallVector<int64_t>(2, 0)); });
  add<swin::CallOp>("planted-slot", [](swin::CallOp op) {
    // The last call writes an output; the one before it now writes where that one still reads.
    for (Operation *before = op; (before = before->getPrevNode());)
      if (auto call = dyn_cast<swin::CallOp>(before); call && call.getSlot()) {
        call.setSlot(1 - *call.getSlot());
        return;
      }
  });
  add<swin::ParamOp>("planted-nothing", [](swin::ParamOp) {});
  return swin::tools::optMain(argc, argv);
}
