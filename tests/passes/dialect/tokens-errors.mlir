// RUN: swin-opt %s --split-input-file --verify-diagnostics -o %t

func.func @layer_norm_c1(%x: tensor<?x?x?x96xf32>, %g: tensor<96xf32>, %b: tensor<95xf32>) {
  // expected-error @below {{'swin.layer_norm' op beta must have 96 entries, one for each of the operand's channels, but has 95}}
  %0 = swin.layer_norm %x, %g, %b epsilon 1.0e-5 : tensor<?x?x?x96xf32>, tensor<96xf32>, tensor<95xf32>
  return
}

// -----

func.func @layer_norm_c1_gamma(%x: tensor<?x?x?x96xf32>, %g: tensor<?xf32>, %b: tensor<96xf32>) {
  // expected-error @below {{gamma must have 96 entries, one for each of the operand's channels, but has ?}}
  %0 = swin.layer_norm %x, %g, %b epsilon 1.0e-5 : tensor<?x?x?x96xf32>, tensor<?xf32>, tensor<96xf32>
  return
}

// -----

func.func @layer_norm_c1_dynamic(%x: tensor<4x?xf32>) {
  // expected-error @below {{channels of the operand must be a number from 1 to 2147483647, but is ?}}
  %0 = swin.layer_norm %x epsilon 1.0e-5 : tensor<4x?xf32>
  return
}

// -----

func.func @layer_norm_c1_rank(%x: tensor<f32>) {
  // expected-error @below {{needs tokens with channels, but the operand has no dimension}}
  %0 = swin.layer_norm %x epsilon 1.0e-5 : tensor<f32>
  return
}

// -----

func.func @layer_norm_c2(%x: tensor<?x96xf32>) {
  // expected-error @below {{epsilon must be greater than 0, but is 0}}
  %0 = swin.layer_norm %x epsilon 0.0 : tensor<?x96xf32>
  return
}

// -----

func.func @layer_norm_c2_nan(%x: tensor<?x96xf32>) {
  // expected-error @below {{epsilon must be greater than 0, but is nan}}
  %0 = swin.layer_norm %x epsilon 0x7ff8000000000000 : tensor<?x96xf32>
  return
}

// -----

func.func @layer_norm_c3(%x: tensor<?x96xf32>, %g: tensor<96xf32>) {
  // expected-error @below {{gamma and beta come together or not at all, but only gamma is there}}
  %0 = swin.layer_norm %x, %g epsilon 1.0e-5 : tensor<?x96xf32>, tensor<96xf32>
  return
}

// -----

func.func @layer_norm_c3_beta(%x: tensor<?x96xf32>, %b: tensor<96xf32>) {
  // expected-error @below {{gamma and beta come together or not at all, but only beta is there}}
  %0 = "swin.layer_norm"(%x, %b) <{epsilon = 1.0e-5 : f64, operandSegmentSizes = array<i32: 1, 0, 1>}> : (tensor<?x96xf32>, tensor<96xf32>) -> tensor<?x96xf32>
  return
}

// -----

func.func @linear_c1(%x: tensor<?x96xf32>, %w: tensor<384x95xf32>) {
  // expected-error @below {{inputs of the weight must be 96, the operand's channels, but is 95}}
  %0 = swin.linear %x, %w : (tensor<?x96xf32>, tensor<384x95xf32>) -> tensor<?x384xf32>
  return
}

// -----

func.func @linear_c1_sums(%x: tensor<?x48xf32>, %w: tensor<7x1x24x16xf32>) {
  // expected-error @below {{a weight of sums needs multiples of 32 channels, but maps 48 to 32}}
  %0 = swin.linear %x, %w : (tensor<?x48xf32>, tensor<7x1x24x16xf32>) -> tensor<?x32xf32>
  return
}

// -----

func.func @linear_c2_sums(%x: tensor<?x64xf32>, %w: tensor<7x2x32x16xf32>) {
  // expected-error @below {{the weight of sums must be 7 x 1 x 32 x 16, parts x panels x inputs x 16, but is 7 x 2 x 32 x 16}}
  %0 = swin.linear %x, %w : (tensor<?x64xf32>, tensor<7x2x32x16xf32>) -> tensor<?x32xf32>
  return
}

// -----

func.func @linear_c1_rank(%x: tensor<?x96xf32>, %w: tensor<384xf32>) {
  // expected-error @below {{weight must be a matrix N x K or packed to panels x K x 16 or 7 x panels x K / 2 x 16, but has 1 dimensions}}
  %0 = swin.linear %x, %w : (tensor<?x96xf32>, tensor<384xf32>) -> tensor<?x384xf32>
  return
}

// -----

func.func @linear_c1_dynamic(%x: tensor<?x?xf32>, %w: tensor<384x?xf32>) {
  // expected-error @below {{channels of the operand must be a number from 1 to 2147483647, but is ?}}
  %0 = swin.linear %x, %w : (tensor<?x?xf32>, tensor<384x?xf32>) -> tensor<?x384xf32>
  return
}

// -----

func.func @linear_c1_no_channels(%x: tensor<f32>, %w: tensor<384x96xf32>) {
  // expected-error @below {{needs tokens with channels, but the operand has no dimension}}
  %0 = swin.linear %x, %w : (tensor<f32>, tensor<384x96xf32>) -> tensor<384xf32>
  return
}

// -----

func.func @linear_c2(%x: tensor<?x96xf32>, %w: tensor<384x96xf32>) {
  // expected-error @below {{outputs of the weight must be 383 for 383 channels of the result, but is 384}}
  %0 = swin.linear %x, %w : (tensor<?x96xf32>, tensor<384x96xf32>) -> tensor<?x383xf32>
  return
}

// -----

func.func @linear_c2_packed(%x: tensor<?x96xf32>, %w: tensor<24x96x16xf32>) {
  // expected-error @below {{panels of the weight must be 25 for 385 channels of the result, but is 24}}
  %0 = swin.linear %x, %w : (tensor<?x96xf32>, tensor<24x96x16xf32>) -> tensor<?x385xf32>
  return
}

// -----

func.func @linear_c2_panel(%x: tensor<?x96xf32>, %w: tensor<24x96x8xf32>) {
  // expected-error @below {{rows of a panel of the weight must be 16, but is 8}}
  %0 = swin.linear %x, %w : (tensor<?x96xf32>, tensor<24x96x8xf32>) -> tensor<?x384xf32>
  return
}

// -----

func.func @linear_c2_dynamic(%x: tensor<?x96xf32>, %w: tensor<?x96xf32>) {
  // expected-error @below {{channels of the result must be a number from 1 to 2147483647, but is ?}}
  %0 = swin.linear %x, %w : (tensor<?x96xf32>, tensor<?x96xf32>) -> tensor<?x?xf32>
  return
}

// -----

func.func @linear_c3(%x: tensor<?x96xf32>, %w: tensor<384x96xf32>, %b: tensor<96xf32>) {
  // expected-error @below {{bias must have 384 entries, one for each of the result's channels, but has 96}}
  %0 = swin.linear %x, %w, %b : (tensor<?x96xf32>, tensor<384x96xf32>, tensor<96xf32>) -> tensor<?x384xf32>
  return
}

// -----

func.func @linear_c4(%x: tensor<2x?x96xf32>, %w: tensor<384x96xf32>) {
  // expected-error @below {{dimension 1 of the result must be ? as in the operand, but is 7}}
  %0 = swin.linear %x, %w : (tensor<2x?x96xf32>, tensor<384x96xf32>) -> tensor<2x7x384xf32>
  return
}

// -----

func.func @linear_c4_rank(%x: tensor<2x?x96xf32>, %w: tensor<384x96xf32>) {
  // expected-error @below {{result must have 3 dimensions as the operand, but has 2}}
  %0 = swin.linear %x, %w : (tensor<2x?x96xf32>, tensor<384x96xf32>) -> tensor<2x384xf32>
  return
}

// -----

// Named outputs belong to the model, not to a constraint of tokens.
func.func @output_c1(%x: tensor<?x96xf32>) {
  // expected-error @below {{'swin.output' op needs a name, but the name is empty}}
  swin.output %x as "" : tensor<?x96xf32>
  return
}

// -----

func.func @add_position_c1(%x: tensor<?x?x?x96xf32>, %e: tensor<3136x96xf32>) {
  // expected-error @below {{'swin.add_position' op map must have two sizes, [height, width], but has 1}}
  %0 = swin.add_position %x, %e map [3136] : tensor<?x?x?x96xf32>, tensor<3136x96xf32>
  return
}

// -----

func.func @add_position_c1_size(%x: tensor<?x?x?x96xf32>, %e: tensor<3136x96xf32>) {
  // expected-error @below {{map height must be at least 1, but is -56}}
  %0 = swin.add_position %x, %e map [-56, -56] : tensor<?x?x?x96xf32>, tensor<3136x96xf32>
  return
}

// -----

func.func @add_position_c2(%x: tensor<?x56x28x96xf32>, %e: tensor<3136x96xf32>) {
  // expected-error @below {{width of the operand must be 56, the embedding's, but is 28}}
  %0 = swin.add_position %x, %e map [56, 56] : tensor<?x56x28x96xf32>, tensor<3136x96xf32>
  return
}

// -----

// With a class token there is one position too many.
func.func @add_position_c3(%x: tensor<?x?x?x96xf32>, %e: tensor<1x3137x96xf32>) {
  // expected-error @below {{position must have 56 x 56 x 96 elements, but is 'tensor<1x3137x96xf32>'}}
  %0 = swin.add_position %x, %e map [56, 56] : tensor<?x?x?x96xf32>, tensor<1x3137x96xf32>
  return
}

// -----

func.func @add_position_c3_dynamic(%x: tensor<?x?x?x96xf32>, %e: tensor<?x96xf32>) {
  // expected-error @below {{position must have 56 x 56 x 96 elements, but is 'tensor<?x96xf32>'}}
  %0 = swin.add_position %x, %e map [56, 56] : tensor<?x?x?x96xf32>, tensor<?x96xf32>
  return
}

// -----

// As many as said, but more than a tensor can have.
func.func @add_position_c3_overflow(%x: tensor<?x?x?x65536xf32>, %e: tensor<16384x16384x65536xf32>) {
  // expected-error @below {{position must have 16384 x 16384 x 65536 elements, but is}}
  %0 = swin.add_position %x, %e map [16384, 16384] : tensor<?x?x?x65536xf32>, tensor<16384x16384x65536xf32>
  return
}

// -----

func.func @add_position_c3_channels(%x: tensor<?x?x?x?xf32>, %e: tensor<3136x96xf32>) {
  // expected-error @below {{channels of the operand must be a number from 1 to 2147483647, but is ?}}
  %0 = swin.add_position %x, %e map [56, 56] : tensor<?x?x?x?xf32>, tensor<3136x96xf32>
  return
}
