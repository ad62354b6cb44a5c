//===- SwinOps.td - the swin ops ------------------------------------------===//
// Two levels share these ops. The graph level is pure: ranked f32 tensors,
// channels last (B x H x W x C), one op per line of the paper. The kernel level
// puts the same ops into the region of `swin.kernel` and calls it with
// `swin.call`. Batch, height and width are dynamic unless the model fixes them;
// channels, heads and windows are static.
//===----------------------------------------------------------------------===//
#ifndef SWIN_PASSES_DIALECT_SWINOPS_TD
#define SWIN_PASSES_DIALECT_SWINOPS_TD

include "passes/dialect/SwinDialect.td"

include "mlir/IR/SymbolInterfaces.td"

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

def ParamOp : GraphOp<"param"> {
  let summary = "A named constant of the model";
  let description = [{
    The entry `name` of the constant store that goes with the module: a tensor of
    the checkpoint, or one that constant folding made. Weights are never MLIR
    attributes. Constraints: (C1) static shape, every size >= 1. (C2) name not
    empty. (C3) fewer than 2^31 elements.

    ```mlir
    %w = swin.param "layers.0.blocks.0.mlp.fc1.weight" : tensor<384x96xf32>
    ```
  }];
  let arguments = (ins StrAttr:$name);
  let results = (outs FloatTensor:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
  let hasVerifier = 1;  // param_c1 .. param_c3
}

def ScaleRowsOp : GraphOp<"scale_rows", [AllTypesMatch<["input", "result"]>]> {
  let summary = "Multiply a range of a constant's rows by one number";
  let description = [{
    `result[r, ...] = input[r, ...] * factor` for `begin <= r < end`, else
    `input[r, ...]`. Made by constant folding, e.g. to put the score scale
    `d^-1/2` into the query rows of the qkv weight. Works on constants only.
    Constraints: (C1) `0 <= begin <= end <= rows`.

    ```mlir
    %1 = swin.scale_rows %w rows [0, 96] by 0.176776695 : tensor<288x96xf32>
    ```
  }];
  let arguments = (ins FloatTensor:$input, DenseI64ArrayAttr:$rows, F64Attr:$factor);
  let results = (outs FloatTensor:$result);
  let assemblyFormat = "$input `rows` $rows `by` $factor attr-dict `:` type($result)";
  let hasVerifier = 1;  // scale_rows_c1
}

def ScaleColumnsOp : GraphOp<"scale_columns", [AllTypesMatch<["input", "result"]>]> {
  let summary = "Multiply each column of a matrix by its own number";
  let description = [{
    `result[n, k] = input[n, k] * scale[k]`. Made by constant folding to put the
    gain of a layer norm into the linear map behind it. Works on constants only.
    Constraints: (C1) `scale` has as many entries as `input` has columns.

    ```mlir
    %1 = swin.scale_columns %w by %gamma : tensor<384x96xf32>, tensor<96xf32>
    ```
  }];
  let arguments = (ins FloatMatrix:$input, FloatVector:$scale);
  let results = (outs FloatMatrix:$result);
  let assemblyFormat = "$input `by` $scale attr-dict `:` type($input) `,` type($scale)";
  let hasVerifier = 1;  // scale_columns_c1
}

def PackOp : GraphOp<"pack"> {
  let summary = "Lay a weight matrix out in panels of 16 output channels";
  let description = [{
    `result[p, k, i] = input[16 p + i, k]`, zero where `16 p + i >= N`. `input` is
    (N, ...) with the trailing dimensions flattened in row-major order to K. One
    layout serves every instruction set: AVX-512 reads a row of a panel as one
    vector, AVX2 as two, NEON as four. Works on constants only.
    Constraints: (C1) result is (ceil(N/16), K, 16).

    ```mlir
    %1 = swin.pack %w : tensor<1000x768xf32> -> tensor<63x768x16xf32>
    ```
  }];
  let arguments = (ins FloatTensor:$input);
  let results = (outs FloatTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;  // pack_c1
}

def ExpandBiasOp : GraphOp<"expand_bias"> {
  let summary = "Relative position bias of every pair of tokens, queries in lanes";
  let description = [{
    For tokens a = (ra, ca) and b = (rb, cb) of a window wh x ww
    `index(a, b) = (ra - rb + wh - 1) (2 ww - 1) + (ca - cb + ww - 1)` and
    `result[h, b, a] = table[index(a, b), h]`: head, key, query, the queries
    padded with zeros to a multiple of 16. Works on constants only.
    Constraints: (C1) table is ((2 wh - 1)(2 ww - 1), heads). (C2) result is
    (heads, N, 16 ceil(N/16)) with N = wh ww.

    ```mlir
    %1 = swin.expand_bias %t window [7, 7] : tensor<169x3xf32> -> tensor<3x49x64xf32>
    ```
  }];
  let arguments = (ins FloatMatrix:$table, DenseI64ArrayAttr:$window);
  let results = (outs FloatTensor:$result);
  let assemblyFormat = "$table `window` $window attr-dict `:` type($table) `->` type($result)";
  let hasVerifier = 1;  // expand_bias_c1, expand_bias_c2
}

//===----------------------------------------------------------------------===//
// Token-wise ops
//===----------------------------------------------------------------------===//

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
    (N, K), or packed by `swin.pack` to (ceil(N/16), K, 16).
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

def GeluOp : GraphOp<"gelu", [AllTypesMatch<["input", "result"]>]> {
  let summary = "Gaussian error linear unit, exact form";
  let description = [{
    `result = input/2 (1 + erf(input / sqrt 2))`, elementwise. Not the tanh form.

    ```mlir
    %1 = swin.gelu %0 : tensor<?x?x?x384xf32>
    ```
  }];
  let arguments = (ins FloatTensor:$input);
  let results = (outs FloatTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($result)";
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

//===----------------------------------------------------------------------===//
// Ops on maps
//===----------------------------------------------------------------------===//

def PatchEmbedOp : GraphOp<"patch_embed"> {
  let summary = "Cut the image into patches and map each to a token";
  let description = [{
    Convolution with kernel = stride = patch [ph, pw] of an image B x Cin x H x W
    (channels first, as the user gives it) to B x H' x W' x E:
    `result[b, i, j, e] = bias[e] + sum_{c,y,x} image[b, c, i ph + y, j pw + x] weight[e, c, y, x]`.
    H' = floor(H / ph): trailing pixels are dropped; with `pad`, H' = ceil(H / ph)
    and pixels outside are 0. The weight is (E, Cin, ph, pw), or packed to
    (ceil(E/16), Cin ph pw, 16).
    Constraints: (C1) patch sizes >= 1. (C2) weight fits image, patch and result.
    (C3) bias has E entries. (C4) batch and static sizes of the result are those of
    the image's patches.

    ```mlir
    %1 = swin.patch_embed %image, %w, %b patch [4, 4] : (tensor<?x3x?x?xf32>, tensor<96x3x4x4xf32>, tensor<96xf32>) -> tensor<?x?x?x96xf32>
    ```
  }];
  let arguments = (ins FloatTensor:$image, FloatTensor:$weight, FloatVector:$bias,
                       DenseI64ArrayAttr:$patch, UnitAttr:$pad);
  let results = (outs FeatureMap:$result);
  let assemblyFormat = [{
    $image `,` $weight `,` $bias `patch` $patch (`pad` $pad^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;  // patch_embed_c1 .. patch_embed_c4
}

def PatchMergingOp : GraphOp<"patch_merging"> {
  let summary = "Gather 2 x 2 neighbours into one token";
  let description = [{
    `result[b, i, j, (2 q + p) C + c] = input[b, 2 i + p, 2 j + q, c]` with p, q in
    {0, 1} (row parity is the fast one), 0 outside the map: H' = ceil(H/2). Only
    the gather; norm and reduction are `layer_norm` and `linear`.
    Constraints: (C1) the result has 4 C channels. (C2) static sizes of the result
    are half the operand's, rounded up; batch stays.

    ```mlir
    %1 = swin.patch_merging %0 : tensor<?x?x?x96xf32> -> tensor<?x?x?x384xf32>
    ```
  }];
  let arguments = (ins FeatureMap:$input);
  let results = (outs FeatureMap:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;  // patch_merging_c1, patch_merging_c2
}

def CheckSizeOp : GraphOp<"check_size", [AllTypesMatch<["input", "result"]>]> {
  let summary = "State what a map's size must be";
  let description = [{
    The value itself; it is an error if height or width is less than `min` or not
    a multiple of `multiple` (per axis: [height, width]). Sources that reject such
    sizes get it, so that a size they have no meaning for is an error here too.
    Constraints: (C1) two entries each, all >= 1.

    ```mlir
    %1 = swin.check_size %0 min [7, 7] multiple [1, 1] : tensor<?x?x?x96xf32>
    ```
  }];
  let arguments = (ins FeatureMap:$input, DenseI64ArrayAttr:$min, DenseI64ArrayAttr:$multiple);
  let results = (outs FeatureMap:$result);
  let assemblyFormat = "$input `min` $min `multiple` $multiple attr-dict `:` type($result)";
  let hasVerifier = 1;  // check_size_c1
}

def PadOp : GraphOp<"pad"> {
  let summary = "Zero-pad a map at bottom and right to whole windows";
  let description = [{
    H' = ceil(H / wh) wh, W' = ceil(W / ww) ww; new tokens are 0. They are not
    masked in attention: no library masks them.
    Constraints: (C1) two window sizes >= 1. (C2) static sizes of the result are
    the padded ones; batch and channels stay.

    ```mlir
    %1 = swin.pad %0 to_multiple_of [7, 7] : tensor<?x?x?x96xf32> -> tensor<?x?x?x96xf32>
    ```
  }];
  let arguments = (ins FeatureMap:$input, DenseI64ArrayAttr:$window);
  let results = (outs FeatureMap:$result);
  let assemblyFormat = "$input `to_multiple_of` $window attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;  // pad_c1, pad_c2
  let hasFolder = 1;    // static sizes that already divide
}

def CropOp : GraphOp<"crop"> {
  let summary = "Cut a map at bottom and right to another map's size";
  let description = [{
    `result[b, h, w, c] = input[b, h, w, c]` for h, w inside `like`: undoes `pad`.
    Constraints: (C1) the result has the type of `like` but for channels, which are
    the input's. (C2) batch agrees; static sizes of `like` are inside the input.

    ```mlir
    %2 = swin.crop %1 like %0 : tensor<?x?x?x96xf32>, tensor<?x?x?x96xf32> -> tensor<?x?x?x96xf32>
    ```
  }];
  let arguments = (ins FeatureMap:$input, FeatureMap:$like);
  let results = (outs FeatureMap:$result);
  let assemblyFormat = "$input `like` $like attr-dict `:` type($input) `,` type($like) `->` type($result)";
  let hasVerifier = 1;  // crop_c1, crop_c2
  let hasFolder = 1;    // same static type
}

def CyclicShiftOp : GraphOp<"cyclic_shift", [AllTypesMatch<["input", "result"]>]> {
  let summary = "Roll a map along height and width";
  let description = [{
    `result[b, h, w, c] = input[b, (h + dy) mod H, (w + dx) mod W, c]` with
    [dy, dx] = `offsets`, negative to undo. `unless_covered` says when the run-time
    map makes it vanish: #swin<unless_covered axis>: an axis' offset is 0 if
    `window` covers it (size <= window); map: both are 0 if it covers either one;
    never: always as written. Part of inference, not only of training. Unlike
    `window_partition` it keeps the shape.
    Constraints: (C1) two offsets, two window sizes >= 1. (C2) |offset| < window.

    ```mlir
    %1 = swin.cyclic_shift %0 by [3, 3] window [7, 7] never : tensor<?x?x?x96xf32>
    ```
  }];
  let arguments = (ins FeatureMap:$input, DenseI64ArrayAttr:$offsets, DenseI64ArrayAttr:$window,
                       Swin_ShiftRuleAttr:$unless_covered);
  let results = (outs FeatureMap:$result);
  let assemblyFormat = "$input `by` $offsets `window` $window $unless_covered attr-dict `:` type($result)";
  let hasVerifier = 1;  // cyclic_shift_c1, cyclic_shift_c2
  let hasFolder = 1;    // offsets [0, 0]
}

def WindowPartitionOp : GraphOp<"window_partition"> {
  let summary = "Cut a map into windows";
  let description = [{
    `result[b, i, j, r ww + s, c] = input[b, i wh + r, j ww + s, c]`. The map must
    divide by the window. Nothing is moved in memory: kernels fold it into addresses.
    Constraints: (C1) two window sizes >= 1. (C2) result is B x H/wh x W/ww x wh ww x C.

    ```mlir
    %1 = swin.window_partition %0 window [7, 7] : tensor<?x?x?x96xf32> -> tensor<?x?x?x49x96xf32>
    ```
  }];
  let arguments = (ins FeatureMap:$input, DenseI64ArrayAttr:$window);
  let results = (outs Windows:$result);
  let assemblyFormat = "$input `window` $window attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;  // window_partition_c1, window_partition_c2
}

def WindowReverseOp : GraphOp<"window_reverse"> {
  let summary = "Put windows back into a map";
  let description = [{
    Inverse of `window_partition`: `result[b, i wh + r, j ww + s, c] = input[b, i, j, r ww + s, c]`.
    Constraints: (C1) two window sizes >= 1. (C2) tokens = wh ww, result is
    B x rows wh x columns ww x C.

    ```mlir
    %1 = swin.window_reverse %0 window [7, 7] : tensor<?x?x?x49x96xf32> -> tensor<?x?x?x96xf32>
    ```
  }];
  let arguments = (ins Windows:$input, DenseI64ArrayAttr:$window);
  let results = (outs FeatureMap:$result);
  let assemblyFormat = "$input `window` $window attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;  // window_reverse_c1, window_reverse_c2
}

def WindowAttentionOp : GraphOp<"window_attention"> {
  let summary = "Multi-head self-attention inside each window";
  let description = [{
    `qkv` holds queries, keys and values as channels [0, C), [C, 2C), [2C, 3C), head
    h at h d .. (h + 1) d of each, d = C / heads. Per window and head
    `S[a, b] = scale q_a . k_b + bias[a, b] + mask[a, b]`, `P = softmax_b(S)`,
    `result_a = sum_b P[a, b] v_b`, heads side by side.
    `bias` is the compact table ((2 wh - 1)(2 ww - 1), heads), or that table after
    `expand_bias`. `mask` is -100 between tokens of different regions of a shifted
    map, else 0: on an axis of n = windows x w tokens with shift s > 0 the region of
    position p is `[p >= n - w] + [p >= n - s]`; s follows `unless_covered` as in
    `cyclic_shift`. It is computed from sizes; there is no mask tensor.
    Constraints: (C1) heads >= 1 and heads divides C. (C2) input has 3 C channels and
    the result C. (C3) tokens = wh ww. (C4) bias has one of its two shapes.
    (C5) 0 <= shift < window.

    ```mlir
    %1 = swin.window_attention %qkv, %table heads 3 scale 0.176776695 window [7, 7] shift [3, 3] never : (tensor<?x?x?x49x288xf32>, tensor<169x3xf32>) -> tensor<?x?x?x49x96xf32>
    ```
  }];
  let arguments = (ins Windows:$qkv, FloatTensor:$bias, I64Attr:$heads, F64Attr:$scale,
                       DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$shift,
                       Swin_ShiftRuleAttr:$unless_covered);
  let results = (outs Windows:$result);
  let assemblyFormat = [{
    $qkv `,` $bias `heads` $heads `scale` $scale `window` $window `shift` $shift $unless_covered
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;  // window_attention_c1 .. window_attention_c5
}

def MeanPoolOp : GraphOp<"mean_pool"> {
  let summary = "Mean of a map's tokens";
  let description = [{
    `result[b, c] = 1/(H W) sum_{h,w} input[b, h, w, c]`.
    Constraints: (C1) result is B x C.

    ```mlir
    %1 = swin.mean_pool %0 : tensor<?x?x?x768xf32> -> tensor<?x768xf32>
    ```
  }];
  let arguments = (ins FeatureMap:$input);
  let results = (outs FloatMatrix:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;  // mean_pool_c1
}

def ChannelsFirstOp : GraphOp<"channels_first"> {
  let summary = "B x H x W x C to B x C x H x W";
  let description = [{
    `result[b, c, h, w] = input[b, h, w, c]`: the layout in which some sources give
    their stage maps. In a kernel it is the address of the store.
    Constraints: (C1) result is the permuted shape.

    ```mlir
    %1 = swin.channels_first %0 : tensor<?x?x?x96xf32> -> tensor<?x96x?x?xf32>
    ```
  }];
  let arguments = (ins FeatureMap:$input);
  let results = (outs FloatTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;  // channels_first_c1
}

def OutputOp : SwinOp<"output"> {
  let summary = "A result of the model, by name";
  let description = [{
    Outputs are numbered in the order of these ops. Constraints: (C1) name not empty.

    ```mlir
    swin.output %0 as "logits" : tensor<?x1000xf32>
    ```
  }];
  let arguments = (ins FloatTensor:$value, StrAttr:$name);
  let assemblyFormat = "$value `as` $name attr-dict `:` type($value)";
  let hasVerifier = 1;  // output_c1
}

//===----------------------------------------------------------------------===//
// Kernel level
//===----------------------------------------------------------------------===//

def KernelOp : SwinOp<"kernel", [IsolatedFromAbove, Symbol, SingleBlock]> {
  let summary = "Graph ops that become one compiled function";
  let description = [{
    The contract between passes and codegen: a symbol with a region of graph ops
    that ends in `swin.yield`. Fusion is which ops share a region. Equal kernels are
    one symbol, called with other weights. `kind` says what its loops look like:
    `tokens` (chains local to a row of channels, behind at most one gather),
    `windows` (gather by address, attention, scatter by address), `pool` (a
    reduction over the map and what follows it). With `dense` the rows of the result
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

#endif // SWIN_PASSES_DIALECT_SWINOPS_TD
