//===- MapOps.td - ops on maps -------------------------------------------===//
#ifndef SWIN_PASSES_DIALECT_MAPOPS_TD
#define SWIN_PASSES_DIALECT_MAPOPS_TD

include "passes/dialect/SwinDialect.td"

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
    The value itself; it is an error if height or width is less than `min`, more
    than `max` or not a multiple of `multiple` (per axis: [height, width]). Sources
    that reject such sizes get it, so that a size they have no meaning for is an
    error here too.
    Constraints: (C1) two entries each, all >= 1. (C2) min <= max.

    ```mlir
    %1 = swin.check_size %0 min [7, 7] multiple [1, 1] : tensor<?x?x?x96xf32>
    ```
  }];
  let arguments = (ins FeatureMap:$input, DenseI64ArrayAttr:$min, DenseI64ArrayAttr:$multiple,
                       OptionalAttr<DenseI64ArrayAttr>:$max);
  let results = (outs FeatureMap:$result);
  let assemblyFormat = "$input `min` $min `multiple` $multiple (`max` $max^)? attr-dict `:` type($result)";
  let hasVerifier = 1;  // check_size_c1, check_size_c2
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

#endif // SWIN_PASSES_DIALECT_MAPOPS_TD
