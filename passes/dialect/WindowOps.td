//===- WindowOps.td - from a map to its windows and back -----------------===//
#ifndef SWIN_PASSES_DIALECT_WINDOWOPS_TD
#define SWIN_PASSES_DIALECT_WINDOWOPS_TD

include "passes/dialect/SwinDialect.td"

def PadOp : GraphOp<"pad"> {
  let summary = "Zero-pad a map to whole windows";
  let description = [{
    H' = ceil((H + top) / wh) wh, W' = ceil((W + left) / ww) ww with [top, left] =
    `before`, without it [0, 0]: `result[b, h + top, w + left, c] = input[b, h, w, c]`,
    other tokens are 0. They are not masked in attention: no library masks them.
    Constraints: (C1) two window sizes >= 1. (C2) static sizes of the result are
    the padded ones; batch and channels stay. (C3) two entries of before,
    0 <= before < window.

    ```mlir
    %1 = swin.pad %0 to_multiple_of [7, 7] : tensor<?x?x?x96xf32> -> tensor<?x?x?x96xf32>
    ```
  }];
  let arguments = (ins FeatureMap:$input, DenseI64ArrayAttr:$window, OptionalAttr<DenseI64ArrayAttr>:$before);
  let results = (outs FeatureMap:$result);
  let assemblyFormat = [{
    $input `to_multiple_of` $window (`before` $before^)? attr-dict `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;  // pad_c1 .. pad_c3
  let hasFolder = 1;    // static sizes that already divide
}

def CropOp : GraphOp<"crop"> {
  let summary = "Cut a map to another map's size";
  let description = [{
    `result[b, h, w, c] = input[b, h + top, w + left, c]` for h, w inside `like`, whose
    height and width count `factor` times ([1, 1] without it), with [top, left] =
    `before`, without it [0, 0]: undoes `pad`, also behind what makes a map larger.
    Constraints: (C1) the result has the type of `like` but for channels, which are
    the input's, and for the factor. (C2) batch agrees; the result's static sizes with
    `before` are inside the input. (C3) two entries of before, >= 0. (C4) two factors
    in 1 .. 64.

    ```mlir
    %2 = swin.crop %1 like %0 : tensor<?x?x?x96xf32>, tensor<?x?x?x96xf32> -> tensor<?x?x?x96xf32>
    ```
  }];
  let arguments = (ins FeatureMap:$input, FeatureMap:$like, OptionalAttr<DenseI64ArrayAttr>:$before,
                       OptionalAttr<DenseI64ArrayAttr>:$factor);
  let results = (outs FeatureMap:$result);
  let assemblyFormat = [{
    $input `like` $like (`by` $factor^)? (`before` $before^)? attr-dict `:` type($input) `,` type($like) `->` type($result)
  }];
  let hasVerifier = 1;  // crop_c1 .. crop_c4
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
    `result_a = sum_b P[a, b] v_b`, heads side by side. With `cosine` the product of
    q and k is that of q / max(|q|, 1e-12) and k / max(|k|, 1e-12), times the head's
    entry of `cosine`.
    `bias` is the compact table ((2 wh - 1)(2 ww - 1), heads), or that table after
    `expand_bias`. `mask` is -100 between tokens of different regions of a shifted
    map, else 0: on an axis of n = windows x w tokens with shift s > 0 the region of
    position p is `[p >= n - w] + [p >= n - s]`; s follows `unless_covered` as in
    `cyclic_shift`. It is computed from sizes; there is no mask tensor.
    Constraints: (C1) heads >= 1 and heads divides C. (C2) input has 3 C channels and
    the result C. (C3) tokens = wh ww. (C4) bias has one of its two shapes.
    (C5) 0 <= shift < window. (C6) cosine has an entry per head.

    ```mlir
    %1 = swin.window_attention %qkv, %table heads 3 scale 0.176776695 window [7, 7] shift [3, 3] never : (tensor<?x?x?x49x288xf32>, tensor<169x3xf32>) -> tensor<?x?x?x49x96xf32>
    ```
  }];
  let arguments = (ins Windows:$qkv, FloatTensor:$bias, Optional<FloatVector>:$cosine, I64Attr:$heads,
                       F64Attr:$scale, DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$shift,
                       Swin_ShiftRuleAttr:$unless_covered);
  let results = (outs Windows:$result);
  let assemblyFormat = [{
    $qkv `,` $bias (`cosine` $cosine^)? `heads` $heads `scale` $scale `window` $window `shift` $shift $unless_covered
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;  // window_attention_c1 .. window_attention_c6
}

def TokenMixingOp : GraphOp<"token_mixing", [AllTypesMatch<["input", "result"]>]> {
  let summary = "Linear map across the tokens of a window, one per head";
  let description = [{
    `result[.., i, h d + c] = sum_j weight[h N + i, j] input[.., j, h d + c] + bias[h N + i]`
    with N tokens of a window and d = C / heads: what stands in place of attention in
    a Swin MLP (its grouped Conv1d over tokens).
    Constraints: (C1) heads >= 1 and heads divides C. (C2) weight is (heads N, N) or
    (heads N, N, 1). (C3) bias has heads N entries.

    ```mlir
    %1 = swin.token_mixing %0, %w, %b heads 3 : tensor<?x?x?x49x96xf32>, tensor<147x49x1xf32>, tensor<147xf32>
    ```
  }];
  let arguments = (ins Windows:$input, FloatTensor:$weight, FloatVector:$bias, I64Attr:$heads);
  let results = (outs Windows:$result);
  let assemblyFormat = [{
    $input `,` $weight `,` $bias `heads` $heads attr-dict `:` type($input) `,` type($weight) `,` type($bias)
  }];
  let hasVerifier = 1;  // token_mixing_c1 .. token_mixing_c3
}

#endif // SWIN_PASSES_DIALECT_WINDOWOPS_TD
