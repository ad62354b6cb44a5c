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
  // expected-error @below {{'swin.window_reverse' op fits no kernel: the chain of its windows ends at swin.window_reverse}}
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
  %1 = swin.gelu %0 : tensor<?x16x?x?xf32>
  swin.output %0 as "a" : tensor<?x16x?x?xf32>
  swin.output %1 as "b" : tensor<?x16x?x?xf32>
  return
}

// -----

// Without a mask the two rolls must still undo each other.
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %w = swin.param "w" : tensor<8x4x1xf32>
  %b = swin.param "b" : tensor<8xf32>
  // expected-error @below {{the map is rolled by [1, 1] in front of the windows, but by [0, 0] behind them}}
  %0 = swin.cyclic_shift %x by [1, 1] window [2, 2] never : tensor<?x?x?x16xf32>
  %1 = swin.window_partition %0 window [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x4x16xf32>
  %2 = swin.token_mixing %1, %w, %b heads 2 : tensor<?x?x?x4x16xf32>, tensor<8x4x1xf32>, tensor<8xf32>
  %3 = swin.window_reverse %2 window [2, 2] : tensor<?x?x?x4x16xf32> -> tensor<?x?x?x16xf32>
  swin.output %3 as "features" : tensor<?x?x?x16xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %w = swin.param "w" : tensor<8x4x1xf32>
  %b = swin.param "b" : tensor<8xf32>
  %0 = swin.cyclic_shift %x by [1, 1] window [2, 2] axis : tensor<?x?x?x16xf32>
  %1 = swin.window_partition %0 window [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x4x16xf32>
  %2 = swin.token_mixing %1, %w, %b heads 2 : tensor<?x?x?x4x16xf32>, tensor<8x4x1xf32>, tensor<8xf32>
  %3 = swin.window_reverse %2 window [2, 2] : tensor<?x?x?x4x16xf32> -> tensor<?x?x?x16xf32>
  // expected-error @below {{and the shift in front of the windows differ in window or in when they vanish}}
  %4 = swin.cyclic_shift %3 by [-1, -1] window [2, 2] map : tensor<?x?x?x16xf32>
  swin.output %4 as "features" : tensor<?x?x?x16xf32>
  return
}

// -----

// What padding adds in front, the crop takes away there.
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %w = swin.param "w" : tensor<8x4x1xf32>
  %b = swin.param "b" : tensor<8xf32>
  %0 = swin.pad %x to_multiple_of [2, 2] before [1, 0] : tensor<?x?x?x16xf32> -> tensor<?x?x?x16xf32>
  %1 = swin.window_partition %0 window [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x4x16xf32>
  %2 = swin.token_mixing %1, %w, %b heads 2 : tensor<?x?x?x4x16xf32>, tensor<8x4x1xf32>, tensor<8xf32>
  %3 = swin.window_reverse %2 window [2, 2] : tensor<?x?x?x4x16xf32> -> tensor<?x?x?x16xf32>
  // expected-error @below {{must undo the padding of its kernel, but cuts off [0, 0] tokens in front where [1, 0] were added}}
  %4 = swin.crop %3 like %x : tensor<?x?x?x16xf32>, tensor<?x?x?x16xf32> -> tensor<?x?x?x16xf32>
  swin.output %4 as "features" : tensor<?x?x?x16xf32>
  return
}

// -----

// Each of two is right by itself.
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %w = swin.param "w" : tensor<8x4x1xf32>
  %b = swin.param "b" : tensor<8xf32>
  // expected-error @below {{needs a swin.crop behind the windows that cuts the map to its size again}}
  %0 = swin.pad %x to_multiple_of [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x16xf32>
  %1 = swin.window_partition %0 window [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x4x16xf32>
  %2 = swin.token_mixing %1, %w, %b heads 2 : tensor<?x?x?x4x16xf32>, tensor<8x4x1xf32>, tensor<8xf32>
  %3 = swin.window_reverse %2 window [2, 2] : tensor<?x?x?x4x16xf32> -> tensor<?x?x?x16xf32>
  %4 = swin.window_partition %3 window [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x4x16xf32>
  %5 = swin.token_mixing %4, %w, %b heads 2 : tensor<?x?x?x4x16xf32>, tensor<8x4x1xf32>, tensor<8xf32>
  %6 = swin.window_reverse %5 window [2, 2] : tensor<?x?x?x4x16xf32> -> tensor<?x?x?x16xf32>
  // expected-error @below {{must undo the padding of its kernel, but nothing is padded}}
  %7 = swin.crop %6 like %x : tensor<?x?x?x16xf32>, tensor<?x?x?x16xf32> -> tensor<?x?x?x16xf32>
  swin.output %7 as "features" : tensor<?x?x?x16xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %w = swin.param "w" : tensor<8x4x1xf32>
  %b = swin.param "b" : tensor<8xf32>
  %0 = swin.pad %x to_multiple_of [4, 4] : tensor<?x?x?x16xf32> -> tensor<?x?x?x16xf32>
  // expected-error @below {{is the second one in front of the windows; one is expected}}
  %1 = swin.pad %0 to_multiple_of [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x16xf32>
  %2 = swin.window_partition %1 window [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x4x16xf32>
  %3 = swin.token_mixing %2, %w, %b heads 2 : tensor<?x?x?x4x16xf32>, tensor<8x4x1xf32>, tensor<8xf32>
  %4 = swin.window_reverse %3 window [2, 2] : tensor<?x?x?x4x16xf32> -> tensor<?x?x?x16xf32>
  %5 = swin.cyclic_shift %4 by [1, 0] window [2, 2] never : tensor<?x?x?x16xf32>
  // expected-error @below {{is the second one behind the windows; one is expected}}
  %6 = swin.cyclic_shift %5 by [0, 1] window [2, 2] never : tensor<?x?x?x16xf32>
  swin.output %6 as "features" : tensor<?x?x?x16xf32>
  return
}

// -----

// One kernel has one window.
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %w = swin.param "w" : tensor<8x4x1xf32>
  %b = swin.param "b" : tensor<8xf32>
  %0 = swin.window_partition %x window [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x4x16xf32>
  %1 = swin.token_mixing %0, %w, %b heads 2 : tensor<?x?x?x4x16xf32>, tensor<8x4x1xf32>, tensor<8xf32>
  // expected-error @below {{has window [1, 4], but the map is cut to windows of [2, 2]}}
  %2 = swin.window_reverse %1 window [1, 4] : tensor<?x?x?x4x16xf32> -> tensor<?x?x?x16xf32>
  // expected-error @below {{has window [4, 4], but the map is cut to windows of [2, 2]}}
  %3 = swin.pad %2 to_multiple_of [4, 4] : tensor<?x?x?x16xf32> -> tensor<?x?x?x16xf32>
  %4 = swin.window_partition %3 window [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x4x16xf32>
  %5 = swin.token_mixing %4, %w, %b heads 2 : tensor<?x?x?x4x16xf32>, tensor<8x4x1xf32>, tensor<8xf32>
  %6 = swin.window_reverse %5 window [2, 2] : tensor<?x?x?x4x16xf32> -> tensor<?x?x?x16xf32>
  %7 = swin.crop %6 like %2 : tensor<?x?x?x16xf32>, tensor<?x?x?x16xf32> -> tensor<?x?x?x16xf32>
  %t = swin.param "t" : tensor<2x4x16xf32>
  %p = swin.param "p" : tensor<3x16x16xf32>
  %8 = swin.window_partition %7 window [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x4x16xf32>
  %9 = swin.linear %8, %p : (tensor<?x?x?x4x16xf32>, tensor<3x16x16xf32>) -> tensor<?x?x?x4x48xf32>
  // expected-error @below {{has window [4, 1], but the map is cut to windows of [2, 2]}}
  %10 = swin.window_attention %9, %t heads 2 scale 1.0 window [4, 1] shift [0, 0] never : (tensor<?x?x?x4x48xf32>, tensor<2x4x16xf32>) -> tensor<?x?x?x4x16xf32>
  %11 = swin.window_reverse %10 window [2, 2] : tensor<?x?x?x4x16xf32> -> tensor<?x?x?x16xf32>
  swin.output %11 as "features" : tensor<?x?x?x16xf32>
  return
}

// -----

// A linear map around token_mixing is no part of any kernel.
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %w = swin.param "w" : tensor<8x4x1xf32>
  %b = swin.param "b" : tensor<8xf32>
  %p = swin.param "p" : tensor<1x16x16xf32>
  // expected-error @below {{'swin.window_partition' op fits no kernel: no kind of kernel computes this}}
  %0 = swin.window_partition %x window [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x4x16xf32>
  // expected-error @below {{'swin.token_mixing' op fits no kernel: no kind of kernel computes this}}
  // expected-note @below {{swin.token_mixing is not part of it: no linear map stands between token_mixing and map}}
  %1 = swin.token_mixing %0, %w, %b heads 2 : tensor<?x?x?x4x16xf32>, tensor<8x4x1xf32>, tensor<8xf32>
  %2 = swin.linear %1, %p : (tensor<?x?x?x4x16xf32>, tensor<1x16x16xf32>) -> tensor<?x?x?x4x16xf32>
  // expected-error @below {{'swin.window_reverse' op fits no kernel: the chain of its windows ends at swin.linear}}
  %3 = swin.window_reverse %2 window [2, 2] : tensor<?x?x?x4x16xf32> -> tensor<?x?x?x16xf32>
  swin.output %3 as "features" : tensor<?x?x?x16xf32>
  return
}

// -----

// Constants come as params: one error for an expression of several.
func.func @forward(%x: tensor<?x3x5x16xf32>) {
  %p = swin.param "p" : tensor<15x2xf32>
  %s = swin.relu %p : tensor<15x2xf32>
  %0 = swin.log_coords window [2, 3] step [1.0, 1.0] gain 1.0 : tensor<15x2xf32>
  // expected-error @below {{'swin.add' op depends on constants only; run swin-fold-constants first}}
  %1 = swin.add %0, %s : tensor<15x2xf32>
  swin.output %1 as "table" : tensor<15x2xf32>
  %2 = swin.gelu_tanh %x : tensor<?x3x5x16xf32>
  swin.output %2 as "features" : tensor<?x3x5x16xf32>
  return
}

// -----

func.func @forward(%x: tensor<1x3x5x16xf32>) {
  %0 = swin.quick_gelu %x : tensor<1x3x5x16xf32>
  // expected-error @below {{operand 1 must be a constant of the model}}
  %1 = swin.add_position %x, %0 map [3, 5] : tensor<1x3x5x16xf32>, tensor<1x3x5x16xf32>
  swin.output %1 as "features" : tensor<1x3x5x16xf32>
  return
}

// -----

func.func @forward(%x: tensor<1x3x5x16xf32>) {
  %p = swin.param "p" : tensor<1x3x5x16xf32>
  // expected-error @below {{'swin.relu' op depends on constants only; run swin-fold-constants first}}
  %s = swin.relu %p : tensor<1x3x5x16xf32>
  %2 = swin.add %x, %s : tensor<1x3x5x16xf32>
  swin.output %2 as "c" : tensor<1x3x5x16xf32>
  // expected-error @below {{operand 1 must be computed from the image}}
  %0 = swin.add %x, %p : tensor<1x3x5x16xf32>
  swin.output %0 as "a" : tensor<1x3x5x16xf32>
  // expected-error @below {{operand 0 must be computed from the image}}
  %1 = swin.add %p, %x : tensor<1x3x5x16xf32>
  swin.output %1 as "b" : tensor<1x3x5x16xf32>
  return
}

// -----

// expected-error @below {{has no function @forward of one block}}
module {
}
