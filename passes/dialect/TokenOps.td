//===- TokenOps.td - ops on each token alone -----------------------------===//
#ifndef SWIN_PASSES_DIALECT_TOKENOPS_TD
#define SWIN_PASSES_DIALECT_TOKENOPS_TD

include "passes/dialect/SwinDialect.td"

def LayerNormOp : GraphOp<"layer_norm", [AllTypesMatch<["input", "result"]>, AttrSizedOperandSegments]> {
  let summary = "Normalise each token over its channels";
  let description = [{
    `result[..., c] = (input[..., c] - mean) / sqrt(var + epsilon) * gamma[c] + beta[c]`
    with mean and biased variance over the last dimension. Without `gamma`, `beta`
    (folded into the next linear map) they are 1 and 0.
    Constraints: (C1) gamma and beta have C entries. (C2) epsilon > 0.
    (C3) gamma and beta come together or not at all.

    ```mlir
    %1 = swin.layer_norm %0, %g, %b epsilon 1.0e-5 : tensor<?x?x?x96xf32>, tensor<96xf32>, tensor<96xf32>
    ```
  }];
  let arguments = (ins FloatTensor:$input, Optional<FloatVector>:$gamma, Optional<FloatVector>:$beta,
                       F64Attr:$epsilon);
  let results = (outs FloatTensor:$result);
  let assemblyFormat = [{
    $input (`,` $gamma^)? (`,` $beta^)? `epsilon` $epsilon attr-dict
    `:` type($input) (`,` type($gamma)^)? (`,` type($beta)^)?
  }];
  let hasVerifier = 1;  // layer_norm_c1, layer_norm_c2, layer_norm_c3
}

def LinearOp : GraphOp<"linear"> {
  let summary = "Linear map of each token";
  let description = [{
    `result[..., n] = sum_k input[..., k] weight[n, k] + bias[n]`. The weight is
    (N, K), or packed by `swin.pack` to (ceil(N/16), K, 16), or by `swin.pack_sums` to
    (7, N/32, K/2, 16): then kernels compute the products of rows in pairs, by seven
    products of a quarter of the size each instead of eight.
    Constraints: (C1) weight's K is the input's last dimension. (C2) weight's N
    (packed: number of panels) fits the result's last dimension. (C3) bias has N
    entries. (C4) the other dimensions of input and result agree.

    ```mlir
    %1 = swin.linear %0, %w, %b : (tensor<?x?x?x96xf32>, tensor<384x96xf32>, tensor<384xf32>) -> tensor<?x?x?x384xf32>
    ```
  }];
  let arguments = (ins FloatTensor:$input, FloatTensor:$weight, Optional<FloatVector>:$bias);
  let results = (outs FloatTensor:$result);
  let assemblyFormat = [{
    $input `,` $weight (`,` $bias^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;  // linear_c1 .. linear_c4
}

// result = f(input), elementwise.
class ActivationOp<string mnemonic, string what> : GraphOp<mnemonic, [Elementwise, AllTypesMatch<["input", "result"]>]> {
  let summary = what;
  let arguments = (ins FloatTensor:$input);
  let results = (outs FloatTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($result)";
}

def GeluOp : ActivationOp<"gelu", "Gaussian error linear unit, exact form"> {
  let description = [{
    `result = input/2 (1 + erf(input / sqrt 2))`, elementwise. Not the tanh form.

    ```mlir
    %1 = swin.gelu %0 : tensor<?x?x?x384xf32>
    ```
  }];
}

def GeluTanhOp : ActivationOp<"gelu_tanh", "Gaussian error linear unit, tanh form"> {
  let description = [{
    `result = input/2 (1 + tanh(sqrt(2/pi) (input + 0.044715 input^3)))`, elementwise.

    ```mlir
    %1 = swin.gelu_tanh %0 : tensor<?x?x?x384xf32>
    ```
  }];
}

def QuickGeluOp : ActivationOp<"quick_gelu", "Gaussian error linear unit, sigmoid form"> {
  let description = [{
    `result = input / (1 + exp(-1.702 input))`, elementwise.

    ```mlir
    %1 = swin.quick_gelu %0 : tensor<?x?x?x384xf32>
    ```
  }];
}

def SiluOp : ActivationOp<"silu", "Sigmoid linear unit"> {
  let description = [{
    `result = input / (1 + exp(-input))`, elementwise.

    ```mlir
    %1 = swin.silu %0 : tensor<?x?x?x384xf32>
    ```
  }];
}

def ReluOp : ActivationOp<"relu", "Rectified linear unit"> {
  let description = [{
    `result = max(input, 0)`, elementwise.

    ```mlir
    %1 = swin.relu %0 : tensor<?x?x?x384xf32>
    ```
  }];
}

def SigmoidOp : ActivationOp<"sigmoid", "Logistic function"> {
  let description = [{
    `result = 1 / (1 + exp(-input))`, elementwise.

    ```mlir
    %1 = swin.sigmoid %0 : tensor<225x3xf32>
    ```
  }];
}

def AddOp : GraphOp<"add", [AllTypesMatch<["lhs", "rhs", "result"]>]> {
  let summary = "Elementwise sum of two tensors of one shape";
  let description = [{
    `result = lhs + rhs`: residual connections. Nothing is broadcast; sizes that
    differ at run time are an error.

    ```mlir
    %1 = swin.add %x, %0 : tensor<?x?x?x96xf32>
    ```
  }];
  let arguments = (ins FloatTensor:$lhs, FloatTensor:$rhs);
  let results = (outs FloatTensor:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($result)";
}

def AddPositionOp : GraphOp<"add_position", [AllTypesMatch<["input", "result"]>]> {
  let summary = "Add an absolute position embedding";
  let description = [{
    `result[b, h, w, c] = input[b, h, w, c] + position[(h W + w) C + c]` with
    [H, W] = `map`, the elements of `position` in row-major order whatever its shape.
    A map of another size at run time is an error.
    Constraints: (C1) map has two sizes >= 1. (C2) static sizes of the operand are
    those of map. (C3) position has H W C elements.

    ```mlir
    %1 = swin.add_position %0, %p map [56, 56] : tensor<?x?x?x96xf32>, tensor<1x3136x96xf32>
    ```
  }];
  let arguments = (ins FeatureMap:$input, FloatTensor:$position, DenseI64ArrayAttr:$map);
  let results = (outs FeatureMap:$result);
  let assemblyFormat = "$input `,` $position `map` $map attr-dict `:` type($input) `,` type($position)";
  let hasVerifier = 1;  // add_position_c1 .. add_position_c3
}

#endif // SWIN_PASSES_DIALECT_TOKENOPS_TD
