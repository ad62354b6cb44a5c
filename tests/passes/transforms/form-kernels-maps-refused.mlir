// RUN: swin-opt %s --swin-form-kernels --split-input-file --remarks-filter='swin-.*' --remark-format=emitRemark --verify-diagnostics -o %t

// In front of a convolution: no other convolution, no norm, no position, no pooled map; what is elementwise stays with
// the rows or the convolution before it; a value of several readers is there once.
!map = tensor<?x?x?x16xf32>
func.func @forward(%x: !map) {
  %w = swin.param "w" : tensor<1x144x16xf32>
  %l = swin.param "l" : tensor<1x16x16xf32>
  %c = swin.param "c" : tensor<1x720x16xf32>
  %p = swin.param "p" : tensor<64x16xf32>
  // expected-remark @below {{Reason="a kernel has at most one convolution", Remark="swin.conv2d is not computed in the kernel of swin.conv2d"}}
  // expected-remark @below {{1 ops are kernel conv_3x3_16}}
  %0 = swin.conv2d %x, %w kernel [3, 3] stride [1, 1] padding [1, 1] : (!map, tensor<1x144x16xf32>) -> !map
  // expected-remark @below {{Reason="a kernel has at most one convolution", Remark="swin.conv2d is not computed in the kernel of swin.conv2d"}}
  // expected-remark @below {{1 ops are kernel conv_3x3_16}}
  %1 = swin.conv2d %0, %w kernel [3, 3] stride [1, 1] padding [1, 1] : (!map, tensor<1x144x16xf32>) -> !map
  // expected-remark @below {{Reason="what is in front of a convolution only moves tokens or changes each alone", Remark="swin.layer_norm is not computed in the kernel of swin.conv2d"}}
  // expected-remark @below {{1 ops are kernel norm_16}}
  %2 = swin.layer_norm %x epsilon 1.0e-5 : !map
  %3 = swin.linear %x, %l : (!map, tensor<1x16x16xf32>) -> !map
  // expected-remark @below {{Reason="it belongs behind the rows before it", Remark="swin.gelu is not computed in the kernel of swin.conv2d"}}
  // expected-remark @below {{2 ops are kernel linear_16}}
  %4 = swin.gelu %3 : !map
  // expected-remark @below {{Reason="a position embedding is no part of what is in front of a convolution", Remark="swin.add_position is not computed in the kernel of swin.conv2d"}}
  // expected-remark @below {{1 ops are kernel tokens_16}}
  %5 = swin.add_position %x, %p map [8, 8] : !map, tensor<64x16xf32>
  // expected-remark @below {{Reason="its result has 2 users", Remark="swin.relu is not computed in the kernel of swin.conv2d"}}
  // expected-remark @below {{1 ops are kernel tokens_16_2}}
  %6 = swin.relu %x : !map
  %7 = swin.concat %1, %2, %4, %5, %6 : !map, !map, !map, !map, !map -> tensor<?x?x?x80xf32>
  // expected-remark @below {{2 ops are kernel conv_3x3_16_2}}
  %8 = swin.conv2d %7, %c kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<?x?x?x80xf32>, tensor<1x720x16xf32>) -> !map
  swin.output %6 as "a" : !map
  swin.output %8 as "b" : !map
  return
}

// -----

// A map is interpolated once and shifted once on its way; a pooled map begins a kernel.
!map = tensor<?x?x?x16xf32>
func.func @forward(%x: !map) {
  %w = swin.param "w" : tensor<1x144x16xf32>
  // expected-remark @below {{Reason="adaptive_pool is the first op of a kernel", Remark="swin.adaptive_pool is not computed in the kernel of swin.resize"}}
  // expected-remark @below {{1 ops are kernel pool_2x2_16}}
  %0 = swin.adaptive_pool %x to [2, 2] : !map -> tensor<?x2x2x16xf32>
  %1 = swin.cyclic_shift %0 by [1, 1] window [2, 2] never : tensor<?x2x2x16xf32>
  // expected-remark @below {{Reason="tokens between those of a map would be computed once for each that is made of them", Remark="swin.resize is not computed in the kernel of swin.cyclic_shift"}}
  // expected-remark @below {{2 ops are kernel resize_16}}
  %2 = swin.resize %1 bilinear by [4, 4] : (tensor<?x2x2x16xf32>) -> tensor<?x8x8x16xf32>
  %3 = swin.resize %2 bicubic by [1, 1] : (tensor<?x8x8x16xf32>) -> tensor<?x8x8x16xf32>
  // expected-remark @below {{Reason="a kernel has one shift", Remark="swin.cyclic_shift is not computed in the kernel of swin.conv2d"}}
  // expected-remark @below {{2 ops are kernel resize_16_2}}
  %4 = swin.cyclic_shift %3 by [1, 1] window [2, 2] never : tensor<?x8x8x16xf32>
  %5 = swin.cyclic_shift %4 by [-1, 0] window [2, 2] never : tensor<?x8x8x16xf32>
  // expected-remark @below {{2 ops are kernel conv_3x3_16}}
  %6 = swin.conv2d %5, %w kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<?x8x8x16xf32>, tensor<1x144x16xf32>) -> tensor<?x8x8x16xf32>
  swin.output %6 as "map" : tensor<?x8x8x16xf32>
  return
}

// -----

// Behind a convolution: one shuffle, then one crop; of a sum one summand. A linear map leaves to the convolution what is
// behind it.
!map = tensor<?x?x?x16xf32>
!small = tensor<?x?x?x4xf32>
!pixels = tensor<?x?x?x1xf32>
func.func @forward(%x: !map) {
  %w = swin.param "w" : tensor<1x144x16xf32>
  %l = swin.param "l" : tensor<1x1x16xf32>
  %0 = swin.conv2d %x, %w kernel [3, 3] stride [1, 1] padding [1, 1] : (!map, tensor<1x144x16xf32>) -> !map
  // expected-remark @below {{Reason="it belongs behind the convolution before it", Remark="swin.crop is not computed in the kernel of swin.pixel_shuffle"}}
  // expected-remark @below {{2 ops are kernel conv_3x3_16}}
  %1 = swin.crop %0 like %x : !map, !map -> !map
  // expected-remark @below {{1 ops are kernel map_4}}
  %2 = swin.pixel_shuffle %1 by 2 : !map -> !small
  swin.output %2 as "a" : !small

  // expected-remark @below {{Reason="another operand of the add is already part of the kernel", Remark="swin.conv2d is not computed in the kernel of swin.pixel_shuffle"}}
  // expected-remark @below {{1 ops are kernel conv_3x3_16_2}}
  %3 = swin.conv2d %x, %w kernel [3, 3] stride [1, 1] padding [1, 1] : (!map, tensor<1x144x16xf32>) -> !map
  %4 = swin.conv2d %x, %w kernel [3, 3] stride [1, 1] padding [1, 1] : (!map, tensor<1x144x16xf32>) -> !map
  %5 = swin.add %4, %3 : !map
  // expected-remark @below {{Reason="it belongs behind the convolution before it", Remark="swin.pixel_shuffle is not computed in the kernel of swin.pixel_shuffle"}}
  // expected-remark @below {{3 ops are kernel conv_3x3_16_add_up2}}
  %6 = swin.pixel_shuffle %5 by 2 : !map -> !small
  // expected-remark @below {{1 ops are kernel map_1}}
  %7 = swin.pixel_shuffle %6 by 2 : !small -> !pixels
  swin.output %7 as "b" : !pixels

  %8 = swin.conv2d %x, %w kernel [3, 3] stride [1, 1] padding [1, 1] : (!map, tensor<1x144x16xf32>) -> !pixels
  // expected-remark @below {{Reason="it belongs behind the convolution before it", Remark="swin.silu is not computed in the kernel of swin.linear"}}
  // expected-remark @below {{2 ops are kernel conv_3x3_1}}
  %9 = swin.silu %8 : !pixels
  // expected-remark @below {{1 ops are kernel linear_16}}
  %10 = swin.linear %9, %l : (!pixels, tensor<1x1x16xf32>) -> !map
  swin.output %10 as "c" : !map
  return
}

// -----

// A map that is pooled is there before.
!map = tensor<?x?x?x16xf32>
func.func @forward(%x: !map) {
  %w = swin.param "w" : tensor<1x16x16xf32>
  // expected-remark @below {{Reason="adaptive_pool is the first op of a kernel", Remark="swin.linear is not computed in the kernel of swin.adaptive_pool"}}
  // expected-remark @below {{1 ops are kernel linear_16}}
  %0 = swin.linear %x, %w : (!map, tensor<1x16x16xf32>) -> !map
  // expected-remark @below {{1 ops are kernel pool_2x2_16}}
  %1 = swin.adaptive_pool %0 to [2, 2] : !map -> tensor<?x2x2x16xf32>
  swin.output %1 as "parts" : tensor<?x2x2x16xf32>
  return
}
