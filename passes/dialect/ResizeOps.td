//===- ResizeOps.td - maps of other sizes and layouts ---------------------===//
#ifndef SWIN_PASSES_DIALECT_RESIZEOPS_TD
#define SWIN_PASSES_DIALECT_RESIZEOPS_TD

include "passes/dialect/SwinDialect.td"

def ChannelsLastOp : GraphOp<"channels_last"> {
  let summary = "B x C x H x W to B x H x W x C";
  let description = [{
    `result[b, h, w, c] = input[b, c, h, w]`: the image as a map, and the weight of a convolution with
    its channels as the fast dimension. In a kernel it is an address.
    Constraints: (C1) result is the permuted shape.

    ```mlir
    %1 = swin.channels_last %image : tensor<?x3x?x?xf32> -> tensor<?x?x?x3xf32>
    ```
  }];
  let arguments = (ins FeatureMap:$input);
  let results = (outs FeatureMap:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;  // channels_last_c1
}

def ReflectPadOp : GraphOp<"reflect_pad"> {
  let summary = "Mirror a map's end to whole windows";
  let description = [{
    H' = ceil(H / wh) wh, W' = ceil(W / ww) ww; behind the end stands what is in front of it, the edge
    not repeated: `result[b, h, w, c] = input[b, m(h, H), m(w, W), c]` with m(i, n) = i for i < n, else
    2 n - 2 - i. Maps smaller than needed (H' - H >= H) are an error at run time.
    Constraints: (C1) two window sizes >= 1. (C2) static sizes of the result are the padded ones; batch
    and channels stay. (C3) a static size is more than what is added to it.

    ```mlir
    %1 = swin.reflect_pad %0 to_multiple_of [8, 8] : tensor<?x?x?x3xf32> -> tensor<?x?x?x3xf32>
    ```
  }];
  let arguments = (ins FeatureMap:$input, DenseI64ArrayAttr:$window);
  let results = (outs FeatureMap:$result);
  let assemblyFormat = "$input `to_multiple_of` $window attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;  // reflect_pad_c1 .. reflect_pad_c3
}

def PixelShuffleOp : GraphOp<"pixel_shuffle"> {
  let summary = "Channels become pixels";
  let description = [{
    `result[b, h r + i, w r + j, c] = input[b, h, w, c r^2 + i r + j]` with r = `factor`, 0 <= i, j < r. In a
    kernel it is the address of the store.
    Constraints: (C1) 1 <= factor <= 64. (C2) the input has r^2 times the channels of the result; batch
    stays, static sizes are r times the input's.

    ```mlir
    %1 = swin.pixel_shuffle %0 by 2 : tensor<?x?x?x256xf32> -> tensor<?x?x?x64xf32>
    ```
  }];
  let arguments = (ins FeatureMap:$input, I64Attr:$factor);
  let results = (outs FeatureMap:$result);
  let assemblyFormat = "$input `by` $factor attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;  // pixel_shuffle_c1, pixel_shuffle_c2
}

def ResizeOp : GraphOp<"resize"> {
  let summary = "Interpolate a map to another size";
  let description = [{
    H' = `factor`[0] H(like), W' = `factor`[1] W(like); without `like` of the input itself, without `factor` it is
    [1, 1]. Per axis, n to n' sizes, with s = (i + 1/2) n / n' - 1/2 (corners are not aligned):
    `nearest`: floor(i n / n'). `bilinear`: s' = max(s, 0), f = floor(s'), weights 1 - (s' - f) of f and s' - f of
    min(f + 1, n - 1). `bicubic`: f = floor(s), t = s - f, tokens f - 1 .. f + 2 limited to 0 .. n - 1 with
    weights k(t + 1), k(t), k(1 - t), k(2 - t) of the cubic convolution kernel with a = -3/4:
    k(x) = (a + 2) x^3 - (a + 3) x^2 + 1 for x <= 1, else a x^3 - 5 a x^2 + 8 a x - 4 a. Nothing is smoothed where a
    map becomes smaller.
    Constraints: (C1) two factors in 1 .. 64. (C2) batch and channels stay, the batch of `like` is the same;
    static sizes are those of the formula.

    ```mlir
    %1 = swin.resize %0 nearest by [2, 2] : (tensor<?x?x?x64xf32>) -> tensor<?x?x?x64xf32>
    ```
    ```mlir
    %2 = swin.resize %0 bilinear like %m : (tensor<?x?x?x64xf32>, tensor<?x?x?x32xf32>) -> tensor<?x?x?x64xf32>
    ```
  }];
  let arguments = (ins FeatureMap:$input, Optional<FeatureMap>:$like, Swin_InterpolationAttr:$interpolation,
                       OptionalAttr<DenseI64ArrayAttr>:$factor);
  let results = (outs FeatureMap:$result);
  let assemblyFormat = [{
    $input $interpolation (`like` $like^)? (`by` $factor^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;  // resize_c1, resize_c2
}

def AdaptivePoolOp : GraphOp<"adaptive_pool"> {
  let summary = "Means of a map's parts, as many as wanted";
  let description = [{
    `result[b, i, j, c]` is the mean of `input[b, h, w, c]` for floor(i H / h') <= h < ceil((i + 1) H / h') and the
    same along w, with [h', w'] = `size`: parts of maps that do not divide overlap.
    Constraints: (C1) two sizes in 1 .. 64. (C2) the result has them; batch and channels stay.

    ```mlir
    %1 = swin.adaptive_pool %0 to [6, 6] : tensor<?x?x?x768xf32> -> tensor<?x6x6x768xf32>
    ```
  }];
  let arguments = (ins FeatureMap:$input, DenseI64ArrayAttr:$size);
  let results = (outs FeatureMap:$result);
  let assemblyFormat = "$input `to` $size attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;  // adaptive_pool_c1, adaptive_pool_c2
}

def ConcatOp : GraphOp<"concat"> {
  let summary = "Channels of several maps of one size, one map after the other";
  let description = [{
    `result[b, h, w, C_0 + .. + C_{k-1} + c] = inputs[k][b, h, w, c]`. Sizes that differ at run time are
    an error.
    Constraints: (C1) at least one input. (C2) the result has the channels of all together, and static
    sizes agree.

    ```mlir
    %2 = swin.concat %0, %1 : tensor<?x?x?x64xf32>, tensor<?x?x?x32xf32> -> tensor<?x?x?x96xf32>
    ```
  }];
  let arguments = (ins Variadic<FeatureMap>:$inputs);
  let results = (outs FeatureMap:$result);
  let assemblyFormat = "$inputs attr-dict `:` type($inputs) `->` type($result)";
  let hasVerifier = 1;  // concat_c1, concat_c2
}

#endif // SWIN_PASSES_DIALECT_RESIZEOPS_TD
