//===- ConvolutionOps.td - convolutions and maps of channels --------------===//
#ifndef SWIN_PASSES_DIALECT_CONVOLUTIONOPS_TD
#define SWIN_PASSES_DIALECT_CONVOLUTIONOPS_TD

include "passes/dialect/SwinDialect.td"

def Conv2dOp : GraphOp<"conv2d"> {
  let summary = "Two-dimensional convolution of a map";
  let description = [{
    Cross-correlation with zeros around the map:
    `result[b, i, j, e] = bias[e] + sum_{y,x,c} input[b, i sh + y - ph, j sw + x - pw, g C/G + c] weight[e, c, y, x]`
    with [kh, kw] = `kernel`, [sh, sw] = `stride`, [ph, pw] = `padding`, G = `groups` (1 without it),
    g = floor(e G / E); H' = floor((H + 2 ph - kh) / sh) + 1. The weight is (E, C/G, kh, kw), or, of one
    group, packed to (ceil(E/16), kh kw C, 16) with the channel as the fast one: `swin.pack` of
    `swin.channels_last`. Nothing is dilated.
    Constraints: (C1) kernel and stride have two sizes >= 1, padding two in 0 <= padding < kernel.
    (C2) the weight fits input, kernel, groups and result. (C3) bias has E entries. (C4) batch and
    static sizes of the result are those of the formula, at least 1. (C5) groups >= 1 divide both
    channels; a packed weight has no groups.

    ```mlir
    %1 = swin.conv2d %0, %w, %b kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<?x?x?x60xf32>, tensor<60x60x3x3xf32>, tensor<60xf32>) -> tensor<?x?x?x60xf32>
    ```
  }];
  let arguments = (ins FeatureMap:$input, FloatTensor:$weight, Optional<FloatVector>:$bias,
                       DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$stride, DenseI64ArrayAttr:$padding,
                       OptionalAttr<I64Attr>:$groups);
  let results = (outs FeatureMap:$result);
  let assemblyFormat = [{
    $input `,` $weight (`,` $bias^)? `kernel` $kernel `stride` $stride `padding` $padding (`groups` $groups^)?
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;  // conv2d_c1 .. conv2d_c5
}

def DepthwiseConv2dOp : GraphOp<"depthwise_conv2d"> {
  let summary = "Two-dimensional convolution of each channel by itself";
  let description = [{
    `result[b, i, j, c] = bias[c] + sum_{y,x} input[b, i sh + y - ph, j sw + x - pw, c] weight[c, 0, y, x]`,
    attributes and sizes as of `swin.conv2d`. The weight is (C, 1, kh, kw), or packed by `swin.pack` to
    (ceil(C/16), kh kw, 16).
    Constraints: (C1) kernel and stride have two sizes >= 1, padding two in 0 <= padding < kernel.
    (C2) the weight fits input and kernel. (C3) bias has C entries. (C4) batch, channels and static
    sizes of the result are those of the formula, at least 1.

    ```mlir
    %1 = swin.depthwise_conv2d %0, %w, %b kernel [7, 7] stride [1, 1] padding [3, 3] : (tensor<?x?x?x64xf32>, tensor<64x1x7x7xf32>, tensor<64xf32>) -> tensor<?x?x?x64xf32>
    ```
  }];
  let arguments = (ins FeatureMap:$input, FloatTensor:$weight, Optional<FloatVector>:$bias,
                       DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$stride, DenseI64ArrayAttr:$padding);
  let results = (outs FeatureMap:$result);
  let assemblyFormat = [{
    $input `,` $weight (`,` $bias^)? `kernel` $kernel `stride` $stride `padding` $padding
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;  // depthwise_conv2d_c1 .. depthwise_conv2d_c4
}

def AffineOp : GraphOp<"affine", [AllTypesMatch<["input", "result"]>]> {
  let summary = "Scale and shift each channel by its own numbers";
  let description = [{
    `result[..., c] = input[..., c] scale[c] + offset[c]`. What a batch norm is at inference, and how
    pictures get the range that a model works with.
    Constraints: (C1) scale and offset have C entries.

    ```mlir
    %1 = swin.affine %0 by %s, %o : tensor<?x?x?x3xf32>, tensor<3xf32>, tensor<3xf32>
    ```
  }];
  let arguments = (ins FloatTensor:$input, FloatVector:$scale, FloatVector:$offset);
  let results = (outs FloatTensor:$result);
  let assemblyFormat = [{
    $input `by` $scale `,` $offset attr-dict `:` type($input) `,` type($scale) `,` type($offset)
  }];
  let hasVerifier = 1;  // affine_c1
}

def BatchNormOp : GraphOp<"batch_norm", [AllTypesMatch<["input", "result"]>]> {
  let summary = "Batch normalisation with the statistics of training";
  let description = [{
    `result[..., c] = (input[..., c] - mean[c]) / sqrt(variance[c] + epsilon) * gamma[c] + beta[c]`.
    Constant folding makes a `swin.affine` of it, and that goes into the convolution or linear map before.
    Constraints: (C1) gamma, beta, mean and variance have C entries. (C2) epsilon > 0.

    ```mlir
    %1 = swin.batch_norm %0, %g, %b, %m, %v epsilon 1.0e-5 : tensor<?x?x?x64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>
    ```
  }];
  let arguments = (ins FloatTensor:$input, FloatVector:$gamma, FloatVector:$beta, FloatVector:$mean,
                       FloatVector:$variance, F64Attr:$epsilon);
  let results = (outs FloatTensor:$result);
  let assemblyFormat = [{
    $input `,` $gamma `,` $beta `,` $mean `,` $variance `epsilon` $epsilon attr-dict
    `:` type($input) `,` type($gamma) `,` type($beta) `,` type($mean) `,` type($variance)
  }];
  let hasVerifier = 1;  // batch_norm_c1, batch_norm_c2
}

def LeakyReluOp : GraphOp<"leaky_relu", [Elementwise, AllTypesMatch<["input", "result"]>]> {
  let summary = "Rectified linear unit that leaks";
  let description = [{
    `result = input` where it is > 0, else `slope input`, elementwise.
    Constraints: (C1) slope is finite.

    ```mlir
    %1 = swin.leaky_relu %0 slope 0.01 : tensor<?x?x?x64xf32>
    ```
  }];
  let arguments = (ins FloatTensor:$input, F64Attr:$slope);
  let results = (outs FloatTensor:$result);
  let assemblyFormat = "$input `slope` $slope attr-dict `:` type($result)";
  let hasVerifier = 1;  // leaky_relu_c1
}

// Constants.

def LiteralOp : GraphOp<"literal"> {
  let summary = "A few numbers of the model that no checkpoint holds";
  let description = [{
    `result[i] = values[i]`: the mean of pictures, say. Constants are f32.
    Constraints: (C1) at least one value, all finite as f32, and the result has one entry for each.

    ```mlir
    %m = swin.literal [-0.4488, -0.4371, -0.4040] : tensor<3xf32>
    ```
  }];
  let arguments = (ins DenseF64ArrayAttr:$values);
  let results = (outs FloatVector:$result);
  let assemblyFormat = "$values attr-dict `:` type($result)";
  let hasVerifier = 1;  // literal_c1
}

def BatchScaleOp : GraphOp<"batch_scale", [AllTypesMatch<["gamma", "variance", "result"]>]> {
  let summary = "Scale of a batch norm as one affine map";
  let description = [{
    `result[c] = gamma[c] / sqrt(variance[c] + epsilon)`. Works on constants only.
    Constraints: (C1) epsilon > 0.

    ```mlir
    %s = swin.batch_scale %g, %v epsilon 1.0e-5 : tensor<64xf32>
    ```
  }];
  let arguments = (ins FloatVector:$gamma, FloatVector:$variance, F64Attr:$epsilon);
  let results = (outs FloatVector:$result);
  let assemblyFormat = "$gamma `,` $variance `epsilon` $epsilon attr-dict `:` type($result)";
  let hasVerifier = 1;  // batch_scale_c1
}

def BatchOffsetOp : GraphOp<"batch_offset", [AllTypesMatch<["scale", "beta", "mean", "result"]>]> {
  let summary = "Offset of a batch norm as one affine map";
  let description = [{
    `result[c] = beta[c] - mean[c] scale[c]`, with the scale of `swin.batch_scale`. Works on constants only.

    ```mlir
    %o = swin.batch_offset %s, %b, %m : tensor<64xf32>
    ```
  }];
  let arguments = (ins FloatVector:$scale, FloatVector:$beta, FloatVector:$mean);
  let results = (outs FloatVector:$result);
  let assemblyFormat = "$scale `,` $beta `,` $mean attr-dict `:` type($result)";
}

def ScaleOutputsOp : GraphOp<"scale_outputs", [AllTypesMatch<["input", "result"]>]> {
  let summary = "Multiply what belongs to each output channel of a weight by its own number";
  let description = [{
    `result[n, ...] = input[n, ...] scale[n]`. Made by constant folding to put an affine map into the
    convolution or linear map before it. Works on constants only.
    Constraints: (C1) scale has as many entries as the first dimension of input.

    ```mlir
    %1 = swin.scale_outputs %w by %s : tensor<64x32x3x3xf32>, tensor<64xf32>
    ```
  }];
  let arguments = (ins FloatTensor:$input, FloatVector:$scale);
  let results = (outs FloatTensor:$result);
  let assemblyFormat = "$input `by` $scale attr-dict `:` type($input) `,` type($scale)";
  let hasVerifier = 1;  // scale_outputs_c1
}

def UngroupOp : GraphOp<"ungroup"> {
  let summary = "The weight of a convolution in groups as that of one group";
  let description = [{
    `result[e, g C/G + c, y, x] = input[e, c, y, x]` for g = floor(e G / E), else 0, with G = `groups`.
    Works on constants only.
    Constraints: (C1) groups >= 1 divides E. (C2) result is (E, G C/G, kh, kw).

    ```mlir
    %1 = swin.ungroup %w groups 4 : tensor<64x16x3x3xf32> -> tensor<64x64x3x3xf32>
    ```
  }];
  let arguments = (ins FeatureMap:$input, I64Attr:$groups);
  let results = (outs FeatureMap:$result);
  let assemblyFormat = "$input `groups` $groups attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;  // ungroup_c1, ungroup_c2
}

#endif // SWIN_PASSES_DIALECT_CONVOLUTIONOPS_TD
