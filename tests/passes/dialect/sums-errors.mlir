// RUN: swin-opt %s --split-input-file --verify-diagnostics

func.func @pack_sums_c1(%w: tensor<64x48xf32>) {
  // expected-error @below {{inputs of the weight must be a multiple of 32, but is 48}}
  %0 = swin.pack_sums %w : tensor<64x48xf32> -> tensor<7x2x24x16xf32>
  return
}

// -----

func.func @pack_sums_c1_dynamic(%w: tensor<?x32xf32>) {
  // expected-error @below {{outputs of the weight must be a number from 1 to 2147483647, but is ?}}
  %0 = swin.pack_sums %w : tensor<?x32xf32> -> tensor<7x1x16x16xf32>
  return
}

// -----

func.func @pack_sums_c2(%w: tensor<64x96xf32>) {
  // expected-error @below {{the result must be 7 x 2 x 48 x 16, parts x panels x inputs x 16, but is 7 x 4 x 48 x 16}}
  %0 = swin.pack_sums %w : tensor<64x96xf32> -> tensor<7x4x48x16xf32>
  return
}

// -----

func.func @pack_sums_c2_large(%w: tensor<65536x32768xf32>) {
  // expected-error @below {{a packed weight must have at most 2147483647 elements, but would have more}}
  %0 = swin.pack_sums %w : tensor<65536x32768xf32> -> tensor<7x2048x16384x16xf32>
  return
}
