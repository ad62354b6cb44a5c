//===- KernelOps.td - kernels and their calls ----------------------------===//
#ifndef SWIN_PASSES_DIALECT_KERNELOPS_TD
#define SWIN_PASSES_DIALECT_KERNELOPS_TD

include "passes/dialect/SwinDialect.td"

include "mlir/IR/SymbolInterfaces.td"

def KernelOp : SwinOp<"kernel", [IsolatedFromAbove, Symbol, SingleBlock]> {
  let summary = "Graph ops that become one compiled function";
  let description = [{
    The contract between passes and codegen: a symbol with a region of graph ops
    that ends in `swin.yield`. Fusion is which ops share a region. Equal kernels are
    one symbol, called with other weights. `kind` says what its loops look like:
    `tokens` (chains local to a row of channels, behind at most one gather),
    `windows` (gather by address, attention, scatter by address), `pool` (a
    reduction over the map and what follows it), `conv` (a gather by address, one
    convolution, what follows it pixel by pixel, scatter by address), `map` (what is
    left: gathers and elementwise ops on maps of any sizes). With `dense` the rows of the result
    lie without padding, as the model's outputs do; else a row's pitch is its
    channels rounded up to 16, and the pad lanes are zero.
    The first `activations` arguments are activations, the first of them gives the
    sizes; the others are constants of the model.
    Constraints: (C1) region arguments have the types of `function_type`'s inputs.
    (C2) `swin.yield` gives its one result type. (C3) only graph ops inside; constants are
    arguments, size checks stand between calls.
    (C4) 1 <= activations <= number of arguments.

    ```mlir
    swin.kernel @head pool activations 1 (%x: tensor<?x?x?x768xf32>, %w: tensor<63x768x16xf32>, %b: tensor<1000xf32>) -> tensor<?x1000xf32> dense {
      %0 = swin.layer_norm %x epsilon 1.0e-5 : tensor<?x?x?x768xf32>
      %1 = swin.mean_pool %0 : tensor<?x?x?x768xf32> -> tensor<?x768xf32>
      %2 = swin.linear %1, %w, %b : (tensor<?x768xf32>, tensor<63x768x16xf32>, tensor<1000xf32>) -> tensor<?x1000xf32>
      swin.yield %2 : tensor<?x1000xf32>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, Swin_KernelKindAttr:$kind,
                       TypeAttrOf<FunctionType>:$function_type, I64Attr:$activations, UnitAttr:$dense);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;  // kernel_c1 .. kernel_c4
}

def YieldOp : SwinOp<"yield", [Pure, Terminator, HasParent<"KernelOp">]> {
  let summary = "Result of a kernel";
  let arguments = (ins FloatTensor:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

def CallOp : SwinOp<"call", [DeclareOpInterfaceMethods<SymbolUserOpInterface>,
                             DeclareOpInterfaceMethods<Swin_DimsOpInterface>, Pure]> {
  let summary = "Run a kernel";
  let description = [{
    `slot`, set by memory planning, is where the result lives: slot k of the arena;
    `output` instead is the caller's buffer of that number.
    Constraints: (C1) `callee` is a kernel. (C2) operand and result types are the
    kernel's. (C3) at most one of slot and output, >= 0.

    ```mlir
    %1 = swin.call @mlp(%0, %w1, %b1, %w2, %b2) {slot = 1 : i64} : (...) -> tensor<?x?x?x96xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee, Variadic<FloatTensor>:$operands,
                       OptionalAttr<I64Attr>:$slot, OptionalAttr<I64Attr>:$output);
  let results = (outs FloatTensor:$result);
  let assemblyFormat = "$callee `(` $operands `)` attr-dict `:` functional-type($operands, $result)";
  let hasVerifier = 1;  // call_c3; verifySymbolUses: call_c1, call_c2
}

#endif // SWIN_PASSES_DIALECT_KERNELOPS_TD
