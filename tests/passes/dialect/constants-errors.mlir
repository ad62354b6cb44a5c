// RUN: swin-opt %s --split-input-file --verify-diagnostics -o %t

func.func @param_c1() {
  // expected-error @below {{'swin.param' op dimension 1 of a constant must be a number >= 1, but is ?}}
  %0 = swin.param "w" : tensor<4x?xf32>
  return
}

// -----

func.func @param_c1_empty() {
  // expected-error @below {{dimension 0 of a constant must be a number >= 1, but is 0}}
  %0 = swin.param "w" : tensor<0x4xf32>
  return
}

// -----

func.func @param_c2() {
  // expected-error @below {{needs the name of its entry in the constant store, but the name is empty}}
  %0 = swin.param "" : tensor<4xf32>
  return
}

// -----

func.func @param_c3() {
  // expected-error @below {{a constant must have at most 2147483647 elements, but has more}}
  %0 = swin.param "w" : tensor<2147483648xf32>
  return
}

// -----

// 2^64 elements: the product is 0 if it wraps.
func.func @param_c3_overflow() {
  // expected-error @below {{a constant must have at most 2147483647 elements, but has more}}
  %0 = swin.param "w" : tensor<4294967296x4294967296xf32>
  return
}

// -----

func.func @scale_rows_c1(%w: tensor<288x96xf32>) {
  // expected-error @below {{rows must be in order inside [0, 288], but are [96, 289]}}
  %0 = swin.scale_rows %w rows [96, 289] by 0.5 : tensor<288x96xf32>
  return
}

// -----

func.func @scale_rows_c1_order(%w: tensor<288x96xf32>) {
  // expected-error @below {{rows must be in order inside [0, 288], but are [97, 96]}}
  %0 = swin.scale_rows %w rows [97, 96] by 0.5 : tensor<288x96xf32>
  return
}

// -----

func.func @scale_rows_c1_negative(%w: tensor<288x96xf32>) {
  // expected-error @below {{rows must be in order inside [0, 288], but are [-1, 96]}}
  %0 = swin.scale_rows %w rows [-1, 96] by 0.5 : tensor<288x96xf32>
  return
}

// -----

func.func @scale_rows_c1_none(%w: tensor<288x96xf32>) {
  // expected-error @below {{rows must be [begin, end], but has 0 entries}}
  %0 = swin.scale_rows %w rows [] by 0.5 : tensor<288x96xf32>
  return
}

// -----

func.func @scale_rows_c1_rank(%w: tensor<f32>) {
  // expected-error @below {{needs a constant with rows, but its first dimension is missing}}
  %0 = swin.scale_rows %w rows [0, 1] by 0.5 : tensor<f32>
  return
}

// -----

func.func @scale_rows_c1_dynamic(%w: tensor<?x96xf32>) {
  // expected-error @below {{needs a constant with rows, but its first dimension is dynamic}}
  %0 = swin.scale_rows %w rows [0, 1] by 0.5 : tensor<?x96xf32>
  return
}

// -----

func.func @scale_columns_c1(%w: tensor<384x96xf32>, %g: tensor<95xf32>) {
  // expected-error @below {{scale must have 96 entries, one for each of the matrix' columns, but has 95}}
  %0 = swin.scale_columns %w by %g : tensor<384x96xf32>, tensor<95xf32>
  return
}

// -----

func.func @scale_columns_c1_dynamic(%w: tensor<384x?xf32>, %g: tensor<?xf32>) {
  // expected-error @below {{columns of the matrix must be a number from 1 to 2147483647, but is ?}}
  %0 = swin.scale_columns %w by %g : tensor<384x?xf32>, tensor<?xf32>
  return
}

// -----

func.func @pack_c1(%w: tensor<1000x768xf32>) {
  // expected-error @below {{the result must be 63 x 768 x 16, panels x inputs x 16, but is 62 x 768 x 16}}
  %0 = swin.pack %w : tensor<1000x768xf32> -> tensor<62x768x16xf32>
  return
}

// -----

func.func @pack_c1_rank(%w: tensor<f32>) {
  // expected-error @below {{needs a weight of N x ..., but has a number without dimensions}}
  %0 = swin.pack %w : tensor<f32> -> tensor<1x1x16xf32>
  return
}

// -----

func.func @pack_c1_dynamic(%w: tensor<96x?xf32>) {
  // expected-error @below {{dimension 1 of the weight must be a number from 1 to 2147483647, but is ?}}
  %0 = swin.pack %w : tensor<96x?xf32> -> tensor<6x?x16xf32>
  return
}

// -----

// Packed rows are rounded up to 16: 2^31 - 1 elements are 2^31 then.
func.func @pack_c1_large(%w: tensor<2147483647x1xf32>) {
  // expected-error @below {{a packed weight must have at most 2147483647 elements, but would have more}}
  %0 = swin.pack %w : tensor<2147483647x1xf32> -> tensor<134217728x1x16xf32>
  return
}

// -----

func.func @expand_bias_c1(%t: tensor<168x3xf32>) {
  // expected-error @below {{rows of the table must be 169, (2 wh - 1)(2 ww - 1), but is 168}}
  %0 = swin.expand_bias %t window [7, 7] : tensor<168x3xf32> -> tensor<3x49x64xf32>
  return
}

// -----

func.func @expand_bias_c1_window(%t: tensor<169x3xf32>) {
  // expected-error @below {{window must have two sizes, [height, width], but has 0}}
  %0 = swin.expand_bias %t window [] : tensor<169x3xf32> -> tensor<3x49x64xf32>
  return
}

// -----

// A window whose table would overflow.
func.func @expand_bias_c1_large(%t: tensor<169x3xf32>) {
  // expected-error @below {{window of 9223372036854775807 x 9223372036854775807 is larger than any map}}
  %0 = swin.expand_bias %t window [9223372036854775807, 9223372036854775807] : tensor<169x3xf32> -> tensor<3x49x64xf32>
  return
}

// -----

func.func @expand_bias_c2(%t: tensor<169x3xf32>) {
  // expected-error @below {{the result must be 3 x 49 x 64, heads x tokens x tokens rounded up to 16, but is 3 x 49 x 49}}
  %0 = swin.expand_bias %t window [7, 7] : tensor<169x3xf32> -> tensor<3x49x49xf32>
  return
}

// -----

// 4096 tokens, 2^24 pairs and 512 heads.
func.func @expand_bias_c2_large(%t: tensor<16129x512xf32>) {
  // expected-error @below {{an expanded bias must have at most 2147483647 elements, but would have more}}
  %0 = swin.expand_bias %t window [64, 64] : tensor<16129x512xf32> -> tensor<512x4096x4096xf32>
  return
}
