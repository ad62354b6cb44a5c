//===- ConstantOps.td - ops on constants of the model --------------------===//
#ifndef SWIN_PASSES_DIALECT_CONSTANTOPS_TD
#define SWIN_PASSES_DIALECT_CONSTANTOPS_TD

include "passes/dialect/SwinDialect.td"

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

def PackSumsOp : GraphOp<"pack_sums"> {
  let summary = "Lay sums of a weight matrix' quarters out for a product of seven products";
  let description = [{
    What Winograd's variant of Strassen's algorithm (Winograd 1971) reads of a weight
    W of N x K: with its quarters `Bij[n, k] = W[n + (j - 1) N/2, k + (i - 1) K/2]`
    and `T1 = B12 - B11`, `T2 = B22 - T1` part q of the result is entry q of

        B11, B21, B22, B21 - T2, T1, T2, B22 - B12

    in panels: `result[q, p, k, i] = part_q[16 p + i, k]`. Works on constants only.
    Differs from `swin.pack`, which keeps the weights as they are.
    Constraints: (C1) 32 divides N and K. (C2) result is (7, N/32, K/2, 16).

    ```mlir
    %1 = swin.pack_sums %w : tensor<384x96xf32> -> tensor<7x12x48x16xf32>
    ```
  }];
  let arguments = (ins FloatMatrix:$input);
  let results = (outs FloatTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;  // pack_sums_c1, pack_sums_c2
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

def LogCoordsOp : GraphOp<"log_coords"> {
  let summary = "Log-spaced relative positions of a window, what a position MLP reads";
  let description = [{
    For every relative position (r, c), -wh < r < wh (slow), -ww < c < ww (fast), in
    the order of the position table: `result[(r + wh - 1)(2 ww - 1) + c + ww - 1] =
    gain (f(r, step_h), f(c, step_w))` with `f(p, s) = sign(p) ln(1 + s |p|)`.
    Swin V2 has step 8 / (p - 1), p the window that was trained with, and gain
    1 / ln 8; raw positions have step 1 and gain 1. Works at compile time only.
    Constraints: (C1) two window sizes >= 1. (C2) two steps, finite and > 0; gain
    finite. (C3) result is ((2 wh - 1)(2 ww - 1), 2).

    ```mlir
    %1 = swin.log_coords window [8, 8] step [1.142857, 1.142857] gain 0.480898 : tensor<225x2xf32>
    ```
  }];
  let arguments = (ins DenseI64ArrayAttr:$window, DenseF64ArrayAttr:$step, F64Attr:$gain);
  let results = (outs FloatMatrix:$result);
  let assemblyFormat = "`window` $window `step` $step `gain` $gain attr-dict `:` type($result)";
  let hasVerifier = 1;  // log_coords_c1 .. log_coords_c3
}

def LogitScaleOp : GraphOp<"logit_scale"> {
  let summary = "Learned temperatures of heads";
  let description = [{
    `result[h] = exp(min(input[h], max))`; `input` has one number per head in any
    shape. There is no lower bound. Works on constants only.
    Constraints: (C1) as many entries in the result as in the operand.
    (C2) max is finite.

    ```mlir
    %1 = swin.logit_scale %l max 4.605170185988092 : tensor<3x1x1xf32> -> tensor<3xf32>
    ```
  }];
  let arguments = (ins FloatTensor:$input, F64Attr:$max);
  let results = (outs FloatVector:$result);
  let assemblyFormat = "$input `max` $max attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;  // logit_scale_c1, logit_scale_c2
}

def QkvBiasOp : GraphOp<"qkv_bias"> {
  let summary = "Bias of queries, keys and values where keys have none";
  let description = [{
    `result = (query_0 .. query_{C-1}, 0 .. 0, value_0 .. value_{C-1})`. Works on
    constants only. Constraints: (C1) query and value have C entries, the result 3 C.

    ```mlir
    %1 = swin.qkv_bias %q, %v : tensor<96xf32>, tensor<96xf32> -> tensor<288xf32>
    ```
  }];
  let arguments = (ins FloatVector:$query, FloatVector:$value);
  let results = (outs FloatVector:$result);
  let assemblyFormat = "$query `,` $value attr-dict `:` type($query) `,` type($value) `->` type($result)";
  let hasVerifier = 1;  // qkv_bias_c1
}

#endif // SWIN_PASSES_DIALECT_CONSTANTOPS_TD
