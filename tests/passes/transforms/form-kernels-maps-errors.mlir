// RUN: swin-opt %s --swin-form-kernels --split-input-file --verify-diagnostics -o %t

func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %0 = swin.gelu %x : tensor<?x?x?x16xf32>
  // expected-error @below {{'swin.channels_last' op is the address of a read from the image, so its operand must be the image itself}}
  %1 = swin.channels_last %0 : tensor<?x?x?x16xf32> -> tensor<?x?x16x?xf32>
  swin.output %1 as "a" : tensor<?x?x16x?xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x?x?x8xf32>) {
  %w = swin.param "w" : tensor<8x4x3x3xf32>
  // expected-error @below {{'swin.conv2d' op has 2 groups, but kernels have one; run swin-fold-constants first}}
  %0 = swin.conv2d %x, %w kernel [3, 3] stride [1, 1] padding [1, 1] groups 2 : (tensor<?x?x?x8xf32>, tensor<8x4x3x3xf32>) -> tensor<?x?x?x8xf32>
  swin.output %0 as "a" : tensor<?x?x?x8xf32>
  return
}

// -----

// Constants where maps are read, and the other way round.
func.func @forward(%x: tensor<1x4x4x8xf32>, %w: tensor<8x8x3x3xf32>, %s: tensor<8xf32>) {
  %c = swin.param "c" : tensor<1x4x4x8xf32>
  %v = swin.param "v" : tensor<8x8x3x3xf32>
  // expected-error @below {{'swin.concat' op operand 1 must be computed from the image}}
  %0 = swin.concat %x, %c : tensor<1x4x4x8xf32>, tensor<1x4x4x8xf32> -> tensor<1x4x4x16xf32>
  swin.output %0 as "a" : tensor<1x4x4x16xf32>
  // expected-error @below {{'swin.resize' op operand 1 must be computed from the image}}
  %1 = swin.resize %x nearest like %c : (tensor<1x4x4x8xf32>, tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  swin.output %1 as "b" : tensor<1x4x4x8xf32>
  // expected-error @below {{'swin.conv2d' op operand 1 must be a constant of the model}}
  %2 = swin.conv2d %x, %w kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<1x4x4x8xf32>, tensor<8x8x3x3xf32>) -> tensor<1x4x4x8xf32>
  swin.output %2 as "c" : tensor<1x4x4x8xf32>
  %3 = swin.conv2d %x, %v kernel [3, 3] stride [1, 1] padding [1, 1] : (tensor<1x4x4x8xf32>, tensor<8x8x3x3xf32>) -> tensor<1x4x4x8xf32>
  // expected-error @below {{'swin.affine' op operand 1 must be a constant of the model}}
  %4 = swin.affine %3 by %s, %s : tensor<1x4x4x8xf32>, tensor<8xf32>, tensor<8xf32>
  swin.output %4 as "d" : tensor<1x4x4x8xf32>
  return
}

// -----

// A batch norm is an affine map before kernels are formed.
func.func @forward(%x: tensor<?x?x?x8xf32>) {
  %v = swin.param "v" : tensor<8xf32>
  // expected-error @below {{'swin.batch_norm' op fits no kernel: swin-fold-constants makes an affine map of it}}
  %0 = swin.batch_norm %x, %v, %v, %v, %v epsilon 1.0e-5 : tensor<?x?x?x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
  swin.output %0 as "a" : tensor<?x?x?x8xf32>
  return
}

// -----

// A crop to a multiple undoes no padding.
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %w = swin.param "w" : tensor<8x4x1xf32>
  %b = swin.param "b" : tensor<8xf32>
  // expected-error @below {{needs a swin.crop behind the windows that cuts the map to its size again}}
  %0 = swin.pad %x to_multiple_of [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x16xf32>
  %1 = swin.window_partition %0 window [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x4x16xf32>
  %2 = swin.token_mixing %1, %w, %b heads 2 : tensor<?x?x?x4x16xf32>, tensor<8x4x1xf32>, tensor<8xf32>
  %3 = swin.window_reverse %2 window [2, 2] : tensor<?x?x?x4x16xf32> -> tensor<?x?x?x16xf32>
  %4 = swin.crop %3 like %x by [1, 2] : tensor<?x?x?x16xf32>, tensor<?x?x?x16xf32> -> tensor<?x?x?x16xf32>
  swin.output %4 as "features" : tensor<?x?x?x16xf32>
  return
}
