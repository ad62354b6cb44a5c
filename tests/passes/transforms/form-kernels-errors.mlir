// RUN: swin-opt %s --swin-form-kernels --split-input-file --verify-diagnostics -o %t

func.func @forward(%x: tensor<?x?x?x16xf32>) {
  // expected-error @below {{'swin.window_partition' op fits no kernel: no kind of kernel computes this}}
  %0 = swin.window_partition %x window [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x4x16xf32>
  swin.output %0 as "windows" : tensor<?x?x?x4x16xf32>
  return
}

// -----

// Windows whose attention is missing: the whole must be one kernel.
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  // expected-note @below {{swin.window_partition is not part of it: only one linear map stands between attention and map}}
  // expected-error @below {{'swin.window_partition' op fits no kernel: no kind of kernel computes this}}
  %0 = swin.window_partition %x window [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x4x16xf32>
  // expected-error @below {{'swin.window_reverse' op fits no kernel: the chain of its window attention ends at swin.window_reverse}}
  %1 = swin.window_reverse %0 window [2, 2] : tensor<?x?x?x4x16xf32> -> tensor<?x?x?x16xf32>
  swin.output %1 as "features" : tensor<?x?x?x16xf32>
  return
}

// -----

// The mask must be for the roll that was made, and vanish with it.
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %w = swin.param "w" : tensor<3x16x16xf32>
  %t = swin.param "t" : tensor<2x4x16xf32>
  %0 = swin.cyclic_shift %x by [1, 1] window [2, 2] never : tensor<?x?x?x16xf32>
  %1 = swin.window_partition %0 window [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x4x16xf32>
  %2 = swin.linear %1, %w : (tensor<?x?x?x4x16xf32>, tensor<3x16x16xf32>) -> tensor<?x?x?x4x48xf32>
  // expected-error @below {{the map is rolled by [0, 0] after the attention, but its mask is for shift [1, 1]}}
  %3 = swin.window_attention %2, %t heads 2 scale 1.0 window [2, 2] shift [1, 1] never : (tensor<?x?x?x4x48xf32>, tensor<2x4x16xf32>) -> tensor<?x?x?x4x16xf32>
  %4 = swin.window_reverse %3 window [2, 2] : tensor<?x?x?x4x16xf32> -> tensor<?x?x?x16xf32>
  swin.output %4 as "features" : tensor<?x?x?x16xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %w = swin.param "w" : tensor<3x16x16xf32>
  %t = swin.param "t" : tensor<2x4x16xf32>
  // expected-error @below {{and its window_attention differ in window or in when the shift vanishes}}
  %0 = swin.cyclic_shift %x by [1, 1] window [2, 2] map : tensor<?x?x?x16xf32>
  %1 = swin.window_partition %0 window [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x4x16xf32>
  %2 = swin.linear %1, %w : (tensor<?x?x?x4x16xf32>, tensor<3x16x16xf32>) -> tensor<?x?x?x4x48xf32>
  %3 = swin.window_attention %2, %t heads 2 scale 1.0 window [2, 2] shift [1, 1] axis : (tensor<?x?x?x4x48xf32>, tensor<2x4x16xf32>) -> tensor<?x?x?x4x16xf32>
  %4 = swin.window_reverse %3 window [2, 2] : tensor<?x?x?x4x16xf32> -> tensor<?x?x?x16xf32>
  %5 = swin.cyclic_shift %4 by [-1, -1] window [2, 2] axis : tensor<?x?x?x16xf32>
  swin.output %5 as "features" : tensor<?x?x?x16xf32>
  return
}

// -----

func.func @forward(%image: tensor<?x3x?x?xf32>) {
  // expected-error @below {{is the image itself}}
  swin.output %image as "image" : tensor<?x3x?x?xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %w = swin.param "w" : tensor<32x16xf32>
  %g = swin.param "g" : tensor<16xf32>
  // expected-error @below {{depends on constants only; run swin-fold-constants first}}
  %0 = swin.linear %g, %w : (tensor<16xf32>, tensor<32x16xf32>) -> tensor<32xf32>
  %1 = swin.gelu %x : tensor<?x?x?x16xf32>
  swin.output %1 as "features" : tensor<?x?x?x16xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x?x?x16xf32>) {
  // expected-error @below {{gives the layout of an output, so its one user must be swin.output}}
  %0 = swin.channels_first %x : tensor<?x?x?x16xf32> -> tensor<?x16x?x?xf32>
  swin.output %0 as "a" : tensor<?x16x?x?xf32>
  swin.output %0 as "b" : tensor<?x16x?x?xf32>
  return
}

// -----

// expected-error @below {{has no function @forward of one block}}
module {
}
