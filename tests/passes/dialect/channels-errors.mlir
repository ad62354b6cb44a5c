// RUN: swin-opt %s --split-input-file --verify-diagnostics -o %t

func.func @affine_c1(%x: tensor<?x?x?x8xf32>, %s: tensor<4xf32>, %o: tensor<8xf32>) {
  // expected-error @below {{scale must have 8 entries, one for each of the operand's channels, but has 4}}
  %0 = swin.affine %x by %s, %o : tensor<?x?x?x8xf32>, tensor<4xf32>, tensor<8xf32>
  return
}

// -----

func.func @affine_c1_offset(%x: tensor<?x?x?x8xf32>, %s: tensor<8xf32>, %o: tensor<1xf32>) {
  // expected-error @below {{offset must have 8 entries, one for each of the operand's channels, but has 1}}
  %0 = swin.affine %x by %s, %o : tensor<?x?x?x8xf32>, tensor<8xf32>, tensor<1xf32>
  return
}

// -----

func.func @affine_c1_rank(%x: tensor<f32>, %s: tensor<8xf32>, %o: tensor<8xf32>) {
  // expected-error @below {{needs tokens with channels, but the operand has no dimension}}
  %0 = swin.affine %x by %s, %o : tensor<f32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

func.func @affine_c1_dynamic(%x: tensor<?x?x?x?xf32>, %s: tensor<8xf32>, %o: tensor<8xf32>) {
  // expected-error @below {{channels of the operand must be a number from 1 to 2147483647, but is ?}}
  %0 = swin.affine %x by %s, %o : tensor<?x?x?x?xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

func.func @batch_norm_c1(%x: tensor<?x?x?x8xf32>, %g: tensor<8xf32>, %b: tensor<8xf32>, %v: tensor<7xf32>) {
  // expected-error @below {{variance must have 8 entries, one for each of the operand's channels, but has 7}}
  %0 = swin.batch_norm %x, %g, %b, %g, %v epsilon 1.0e-5 : tensor<?x?x?x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<7xf32>
  return
}

// -----

func.func @batch_norm_c1_beta(%x: tensor<?x?x?x8xf32>, %g: tensor<8xf32>, %b: tensor<9xf32>, %v: tensor<8xf32>) {
  // expected-error @below {{beta must have 8 entries, one for each of the operand's channels, but has 9}}
  %0 = swin.batch_norm %x, %g, %b, %g, %v epsilon 1.0e-5 : tensor<?x?x?x8xf32>, tensor<8xf32>, tensor<9xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

func.func @batch_norm_c2(%x: tensor<?x?x?x8xf32>, %g: tensor<8xf32>, %b: tensor<8xf32>, %v: tensor<8xf32>) {
  // expected-error @below {{epsilon must be greater than 0, but is 0.000000e+00}}
  %0 = swin.batch_norm %x, %g, %b, %g, %v epsilon 0.0 : tensor<?x?x?x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

func.func @leaky_relu_c1(%x: tensor<?x?x?x8xf32>) {
  // expected-error @below {{slope must be a finite number, but is}}
  %0 = swin.leaky_relu %x slope 0x7FF0000000000000 : tensor<?x?x?x8xf32>
  return
}

// -----

func.func @literal_c1() {
  // expected-error @below {{needs at least one value, but there is none}}
  %0 = swin.literal [] : tensor<0xf32>
  return
}

// -----

func.func @literal_c1_count() {
  // expected-error @below {{the result must have 2 entries, one for each of the values, but has 3}}
  %0 = swin.literal [1.0, 2.0] : tensor<3xf32>
  return
}

// -----

func.func @literal_c1_large() {
  // expected-error @below {{value 1 must be a finite number of f32, but is 1.000000e+39}}
  %0 = swin.literal [1.0, 1.0e39] : tensor<2xf32>
  return
}

// -----

func.func @batch_scale_c1(%g: tensor<8xf32>) {
  // expected-error @below {{epsilon must be greater than 0, but is -1.000000e-05}}
  %0 = swin.batch_scale %g, %g epsilon -1.0e-5 : tensor<8xf32>
  return
}

// -----

func.func @scale_outputs_c1(%w: tensor<4x8xf32>, %s: tensor<8xf32>) {
  // expected-error @below {{scale must have 4 entries, one for each of the weight's outputs, but has 8}}
  %0 = swin.scale_outputs %w by %s : tensor<4x8xf32>, tensor<8xf32>
  return
}

// -----

func.func @scale_outputs_c1_rank(%w: tensor<f32>, %s: tensor<8xf32>) {
  // expected-error @below {{needs a weight of N x ..., but has a number without dimensions}}
  %0 = swin.scale_outputs %w by %s : tensor<f32>, tensor<8xf32>
  return
}

// -----

func.func @scale_outputs_c1_dynamic(%w: tensor<?x8xf32>, %s: tensor<8xf32>) {
  // expected-error @below {{outputs of the weight must be a number from 1 to 2147483647, but is ?}}
  %0 = swin.scale_outputs %w by %s : tensor<?x8xf32>, tensor<8xf32>
  return
}

// -----

func.func @ungroup_c1(%w: tensor<6x2x3x3xf32>) {
  // expected-error @below {{groups must divide the 6 outputs of the weight, but are 4}}
  %0 = swin.ungroup %w groups 4 : tensor<6x2x3x3xf32> -> tensor<6x6x3x3xf32>
  return
}

// -----

func.func @ungroup_c1_zero(%w: tensor<6x2x3x3xf32>) {
  // expected-error @below {{groups must divide the 6 outputs of the weight, but are 0}}
  %0 = swin.ungroup %w groups 0 : tensor<6x2x3x3xf32> -> tensor<6x6x3x3xf32>
  return
}

// -----

func.func @ungroup_c2(%w: tensor<6x2x3x3xf32>) {
  // expected-error @below {{the result must be 6 x 6 x 3 x 3, outputs x groups times inputs x kernel, but is 6 x 2 x 3 x 3}}
  %0 = swin.ungroup %w groups 3 : tensor<6x2x3x3xf32> -> tensor<6x2x3x3xf32>
  return
}

// -----

func.func @ungroup_c2_dynamic(%w: tensor<6x?x3x3xf32>) {
  // expected-error @below {{dimension 1 of the weight must be a number from 1 to 2147483647, but is ?}}
  %0 = swin.ungroup %w groups 3 : tensor<6x?x3x3xf32> -> tensor<6x6x3x3xf32>
  return
}

// -----

func.func @ungroup_c2_large(%w: tensor<65536x1x1x1xf32>) {
  // expected-error @below {{an ungrouped weight must have at most 2147483647 elements, but would have more}}
  %0 = swin.ungroup %w groups 65536 : tensor<65536x1x1x1xf32> -> tensor<65536x65536x1x1xf32>
  return
}
