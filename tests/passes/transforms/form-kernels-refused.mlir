// RUN: swin-opt %s --swin-form-kernels --split-input-file --remarks-filter='swin-.*' --remark-format=emitRemark --verify-diagnostics -o %t

// Several users: not computed twice. A gather begins a kernel. Behind a linear map a norm can stand, and what follows.
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %w = swin.param "w" : tensor<2x64x16xf32>
  // expected-remark @below {{Reason="its result has 2 users", Remark="swin.gelu is not computed in the kernel of swin.add"}}
  // expected-remark @below {{1 ops are kernel tokens_16}}
  %0 = swin.gelu %x : tensor<?x?x?x16xf32>
  // expected-remark @below {{Reason="a gather is the first op of a kernel", Remark="swin.add is not computed in the kernel of swin.gelu"}}
  // expected-remark @below {{1 ops are kernel tokens_16_2}}
  %1 = swin.add %0, %0 : tensor<?x?x?x16xf32>
  %2 = swin.patch_merging %1 : tensor<?x?x?x16xf32> -> tensor<?x?x?x64xf32>
  %3 = swin.linear %2, %w : (tensor<?x?x?x64xf32>, tensor<2x64x16xf32>) -> tensor<?x?x?x32xf32>
  %4 = swin.layer_norm %3 epsilon 1.0e-5 : tensor<?x?x?x32xf32>
  // expected-remark @below {{4 ops are kernel merge_32}}
  %5 = swin.gelu %4 : tensor<?x?x?x32xf32>
  swin.output %5 as "features" : tensor<?x?x?x32xf32>
  return
}

// -----

// No norm between two linear maps, and none of a sum but where that adds a norm.
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %w = swin.param "w" : tensor<1x16x16xf32>
  // expected-remark @below {{Reason="its result has 2 users", Remark="swin.linear is not computed in the kernel of swin.linear"}}
  // expected-remark @below {{Reason="its result has 2 users", Remark="swin.linear is not computed in the kernel of swin.add"}}
  // expected-remark @below {{1 ops are kernel linear_16}}
  %0 = swin.linear %x, %w : (tensor<?x?x?x16xf32>, tensor<1x16x16xf32>) -> tensor<?x?x?x16xf32>
  // expected-remark @below {{Reason="a layer norm begins a kernel: it needs whole rows", Remark="swin.linear is not computed in the kernel of swin.add"}}
  // expected-remark @below {{1 ops are kernel linear_16}}
  %1 = swin.linear %0, %w : (tensor<?x?x?x16xf32>, tensor<1x16x16xf32>) -> tensor<?x?x?x16xf32>
  %2 = swin.layer_norm %1 epsilon 1.0e-5 : tensor<?x?x?x16xf32>
  %3 = swin.linear %2, %w : (tensor<?x?x?x16xf32>, tensor<1x16x16xf32>) -> tensor<?x?x?x16xf32>
  // expected-remark @below {{Reason="a layer norm stands behind a linear map or a gather, or begins a kernel", Remark="swin.add is not computed in the kernel of swin.layer_norm"}}
  // expected-remark @below {{3 ops are kernel linear_16_2}}
  %4 = swin.add %0, %3 : tensor<?x?x?x16xf32>
  // expected-remark @below {{1 ops are kernel norm_16}}
  %5 = swin.layer_norm %4 epsilon 1.0e-5 : tensor<?x?x?x16xf32>
  swin.output %5 as "features" : tensor<?x?x?x16xf32>
  return
}

// -----

// Between the two norms is an add alone, and the inner one has no other reader.
func.func @forward(%x: tensor<?x?x?x16xf32>, %y: tensor<?x?x?x4xf32>) {
  %w = swin.param "w" : tensor<1x16x16xf32>
  // expected-remark @below {{Reason="a layer norm stands behind a linear map or a gather, or begins a kernel", Remark="swin.linear is not computed in the kernel of swin.layer_norm"}}
  // expected-remark @below {{1 ops are kernel linear_16}}
  %0 = swin.linear %x, %w : (tensor<?x?x?x16xf32>, tensor<1x16x16xf32>) -> tensor<?x?x?x16xf32>
  %1 = swin.layer_norm %x epsilon 1.0e-5 : tensor<?x?x?x16xf32>
  %2 = swin.add %0, %1 : tensor<?x?x?x16xf32>
  // expected-remark @below {{3 ops are kernel norm_16_norm}}
  %3 = swin.layer_norm %2 epsilon 1.0e-5 : tensor<?x?x?x16xf32>
  swin.output %3 as "a" : tensor<?x?x?x16xf32>
  // expected-remark @below {{Reason="a layer norm stands behind a linear map or a gather, or begins a kernel", Remark="swin.patch_merging is not computed in the kernel of swin.layer_norm"}}
  // expected-remark @below {{1 ops are kernel merge_16}}
  %4 = swin.patch_merging %y : tensor<?x?x?x4xf32> -> tensor<?x?x?x16xf32>
  %5 = swin.layer_norm %x epsilon 1.0e-5 : tensor<?x?x?x16xf32>
  %6 = swin.add %4, %5 : tensor<?x?x?x16xf32>
  // expected-remark @below {{3 ops are kernel norm_16_norm}}
  %7 = swin.layer_norm %6 epsilon 1.0e-5 : tensor<?x?x?x16xf32>
  swin.output %7 as "b" : tensor<?x?x?x16xf32>
  // expected-remark @below {{Reason="its result has 2 users", Remark="swin.layer_norm is not computed in the kernel of swin.add"}}
  // expected-remark @below {{1 ops are kernel norm_16}}
  %8 = swin.layer_norm %x epsilon 1.0e-5 : tensor<?x?x?x16xf32>
  swin.output %8 as "c" : tensor<?x?x?x16xf32>
  // expected-remark @below {{Reason="a layer norm stands behind a linear map or a gather, or begins a kernel", Remark="swin.add is not computed in the kernel of swin.layer_norm"}}
  // expected-remark @below {{1 ops are kernel tokens_16}}
  %9 = swin.add %x, %8 : tensor<?x?x?x16xf32>
  // expected-remark @below {{1 ops are kernel norm_16}}
  %10 = swin.layer_norm %9 epsilon 1.0e-5 : tensor<?x?x?x16xf32>
  swin.output %10 as "d" : tensor<?x?x?x16xf32>
  return
}

// -----

// Three norms of rows are more than two; the third is a kernel of its own. So is one of another's result.
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  // expected-remark @below {{Reason="a layer norm stands behind a linear map or a gather, or begins a kernel", Remark="swin.layer_norm is not computed in the kernel of swin.layer_norm"}}
  // expected-remark @below {{1 ops are kernel norm_16}}
  %0 = swin.layer_norm %x epsilon 1.0e-5 : tensor<?x?x?x16xf32>
  // expected-remark @below {{Reason="its result has 2 users", Remark="swin.layer_norm is not computed in the kernel of swin.add"}}
  // expected-remark @below {{1 ops are kernel norm_16}}
  %1 = swin.layer_norm %0 epsilon 1.0e-5 : tensor<?x?x?x16xf32>
  %2 = swin.layer_norm %1 epsilon 1.0e-6 : tensor<?x?x?x16xf32>
  // expected-remark @below {{Reason="a layer norm stands behind a linear map or a gather, or begins a kernel", Remark="swin.add is not computed in the kernel of swin.layer_norm"}}
  // expected-remark @below {{2 ops are kernel norm_16_2}}
  %3 = swin.add %1, %2 : tensor<?x?x?x16xf32>
  %4 = swin.layer_norm %3 epsilon 1.0e-5 : tensor<?x?x?x16xf32>
  %5 = swin.add %x, %4 : tensor<?x?x?x16xf32>
  // expected-remark @below {{3 ops are kernel norm_16_norm}}
  %6 = swin.layer_norm %5 epsilon 1.0e-5 : tensor<?x?x?x16xf32>
  swin.output %6 as "features" : tensor<?x?x?x16xf32>
  return
}

// -----

// Windows whose last linear map is missing, or that are mixed without one, are not normed in the kernel: it gives no
// whole rows of a window.
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %w = swin.param "w" : tensor<8x4x1xf32>
  %b = swin.param "b" : tensor<8xf32>
  %0 = swin.window_partition %x window [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x4x16xf32>
  %1 = swin.token_mixing %0, %w, %b heads 2 : tensor<?x?x?x4x16xf32>, tensor<8x4x1xf32>, tensor<8xf32>
  // expected-remark @below {{Reason="a layer norm behind windows needs a linear map within them", Remark="swin.window_reverse is not computed in the kernel of swin.add"}}
  // expected-remark @below {{3 ops are kernel mixing_16_2x2}}
  %2 = swin.window_reverse %1 window [2, 2] : tensor<?x?x?x4x16xf32> -> tensor<?x?x?x16xf32>
  %3 = swin.layer_norm %2 epsilon 1.0e-5 : tensor<?x?x?x16xf32>
  // expected-remark @below {{2 ops are kernel norm_16}}
  %4 = swin.add %x, %3 : tensor<?x?x?x16xf32>
  swin.output %4 as "features" : tensor<?x?x?x16xf32>
  return
}

// -----

// A norm of a block's sum is not in the kernel of windows, and behind them is one add.
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %w = swin.param "w" : tensor<3x16x16xf32>
  %p = swin.param "p" : tensor<1x16x16xf32>
  %t = swin.param "t" : tensor<2x4x16xf32>
  %0 = swin.window_partition %x window [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x4x16xf32>
  %1 = swin.linear %0, %w : (tensor<?x?x?x4x16xf32>, tensor<3x16x16xf32>) -> tensor<?x?x?x4x48xf32>
  %2 = swin.window_attention %1, %t heads 2 scale 1.0 window [2, 2] shift [0, 0] never : (tensor<?x?x?x4x48xf32>, tensor<2x4x16xf32>) -> tensor<?x?x?x4x16xf32>
  %3 = swin.linear %2, %p : (tensor<?x?x?x4x16xf32>, tensor<1x16x16xf32>) -> tensor<?x?x?x4x16xf32>
  // expected-remark @below {{Reason="behind windows a kernel has at most one layer norm and one add", Remark="swin.window_reverse is not computed in the kernel of swin.layer_norm"}}
  // expected-remark @below {{5 ops are kernel windows_16_2x2}}
  %4 = swin.window_reverse %3 window [2, 2] : tensor<?x?x?x4x16xf32> -> tensor<?x?x?x16xf32>
  %5 = swin.layer_norm %4 epsilon 1.0e-5 : tensor<?x?x?x16xf32>
  %6 = swin.add %x, %5 : tensor<?x?x?x16xf32>
  // expected-remark @below {{3 ops are kernel norm_16_norm}}
  %7 = swin.layer_norm %6 epsilon 1.0e-5 : tensor<?x?x?x16xf32>
  swin.output %7 as "features" : tensor<?x?x?x16xf32>
  return
}

// -----

// A third map, and a reduction behind which more than a map would follow.
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %w = swin.param "w" : tensor<1x16x16xf32>
  // expected-remark @below {{Reason="a kernel has at most two linear maps", Remark="swin.linear is not computed in the kernel of swin.linear"}}
  // expected-remark @below {{1 ops are kernel linear_16}}
  %0 = swin.linear %x, %w : (tensor<?x?x?x16xf32>, tensor<1x16x16xf32>) -> tensor<?x?x?x16xf32>
  %1 = swin.linear %0, %w : (tensor<?x?x?x16xf32>, tensor<1x16x16xf32>) -> tensor<?x?x?x16xf32>
  // expected-remark @below {{2 ops are kernel mlp_16}}
  // expected-remark @below {{Reason="only a layer norm stands before a reduction over the map", Remark="swin.linear is not computed in the kernel of swin.mean_pool"}}
  %2 = swin.linear %1, %w : (tensor<?x?x?x16xf32>, tensor<1x16x16xf32>) -> tensor<?x?x?x16xf32>
  // expected-remark @below {{Reason="behind a reduction over the map a kernel has at most one linear map", Remark="swin.mean_pool is not computed in the kernel of swin.gelu"}}
  // expected-remark @below {{1 ops are kernel pool_16}}
  %3 = swin.mean_pool %2 : tensor<?x?x?x16xf32> -> tensor<?x16xf32>
  // expected-remark @below {{1 ops are kernel tokens_16}}
  %4 = swin.gelu %3 : tensor<?x16xf32>
  swin.output %4 as "features" : tensor<?x16xf32>
  return
}

// -----

// Rows with padding that a kernel reads, and an output without.
func.func @forward(%x: tensor<?x?x?x20xf32>) {
  // expected-remark @below {{Reason="its result has 3 users", Remark="swin.gelu is not computed in the kernel of swin.add"}}
  // expected-remark @below {{1 ops are kernel tokens_20}}
  %0 = swin.gelu %x : tensor<?x?x?x20xf32>
  // expected-remark @below {{Reason="kernels read it with padded rows, the caller without", Remark="output "a" is written by a copy"}}
  swin.output %0 as "a" : tensor<?x?x?x20xf32>
  // expected-remark @below {{1 ops are kernel tokens_20_2}}
  %1 = swin.add %0, %0 : tensor<?x?x?x20xf32>
  swin.output %1 as "b" : tensor<?x?x?x20xf32>
  return
}

// -----

// Sizes are checked between kernels.
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %w = swin.param "w" : tensor<1x16x16xf32>
  // expected-remark @below {{Reason="a check of its size stands between the two", Remark="swin.linear is not computed in the kernel of swin.gelu"}}
  // expected-remark @below {{1 ops are kernel linear_16}}
  %0 = swin.linear %x, %w : (tensor<?x?x?x16xf32>, tensor<1x16x16xf32>) -> tensor<?x?x?x16xf32>
  %1 = swin.check_size %0 min [2, 2] multiple [1, 1] : tensor<?x?x?x16xf32>
  // expected-remark @below {{1 ops are kernel tokens_16}}
  %2 = swin.gelu %1 : tensor<?x?x?x16xf32>
  swin.output %2 as "features" : tensor<?x?x?x16xf32>
  return
}
