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

// -----

func.func @log_coords_c1() {
  // expected-error @below {{'swin.log_coords' op window must have two sizes, [height, width], but has 3}}
  %0 = swin.log_coords window [8, 8, 1] step [1.0, 1.0] gain 1.0 : tensor<225x2xf32>
  return
}

// -----

// The table's rows would overflow.
func.func @log_coords_c1_large() {
  // expected-error @below {{window of 4294967296 x 4294967296 is larger than any map}}
  %0 = swin.log_coords window [4294967296, 4294967296] step [1.0, 1.0] gain 1.0 : tensor<1x2xf32>
  return
}

// -----

func.func @log_coords_c2() {
  // expected-error @below {{step along width must be a number greater than 0, but is 0}}
  %0 = swin.log_coords window [8, 8] step [1.0, 0.0] gain 1.0 : tensor<225x2xf32>
  return
}

// -----

// What 8 / (p - 1) is for a window of one token.
func.func @log_coords_c2_infinite() {
  // expected-error @below {{step along height must be a number greater than 0, but is INF}}
  %0 = swin.log_coords window [1, 8] step [0x7ff0000000000000, 1.0] gain 1.0 : tensor<15x2xf32>
  return
}

// -----

func.func @log_coords_c2_count() {
  // expected-error @below {{needs two steps, [height, width], but has 1}}
  %0 = swin.log_coords window [8, 8] step [1.0] gain 1.0 : tensor<225x2xf32>
  return
}

// -----

func.func @log_coords_c2_gain() {
  // expected-error @below {{gain must be a finite number, but is nan}}
  %0 = swin.log_coords window [8, 8] step [1.0, 1.0] gain 0x7ff8000000000000 : tensor<225x2xf32>
  return
}

// -----

func.func @log_coords_c3() {
  // expected-error @below {{the result must be 105 x 2, (2 wh - 1)(2 ww - 1) x 2, but is 105 x 3}}
  %0 = swin.log_coords window [8, 4] step [1.0, 1.0] gain 1.0 : tensor<105x3xf32>
  return
}

// -----

func.func @logit_scale_c1(%l: tensor<3x1x1xf32>) {
  // expected-error @below {{the result must have 3 entries, one for each of the operand's, but has 4}}
  %0 = swin.logit_scale %l max 4.5 : tensor<3x1x1xf32> -> tensor<4xf32>
  return
}

// -----

func.func @logit_scale_c1_dynamic(%l: tensor<?xf32>) {
  // expected-error @below {{needs a constant of 1 to 2147483647 entries, but the operand is 'tensor<?xf32>'}}
  %0 = swin.logit_scale %l max 4.5 : tensor<?xf32> -> tensor<?xf32>
  return
}

// -----

func.func @logit_scale_c1_empty(%l: tensor<0x1xf32>) {
  // expected-error @below {{needs a constant of 1 to 2147483647 entries, but the operand is 'tensor<0x1xf32>'}}
  %0 = swin.logit_scale %l max 4.5 : tensor<0x1xf32> -> tensor<0xf32>
  return
}

// -----

func.func @logit_scale_c2(%l: tensor<3xf32>) {
  // expected-error @below {{max must be a finite number, but is INF}}
  %0 = swin.logit_scale %l max 0x7ff0000000000000 : tensor<3xf32> -> tensor<3xf32>
  return
}

// -----

func.func @qkv_bias_c1(%q: tensor<96xf32>, %v: tensor<95xf32>) {
  // expected-error @below {{the values' bias must have 96 entries, one for each of the queries' bias, but has 95}}
  %0 = swin.qkv_bias %q, %v : tensor<96xf32>, tensor<95xf32> -> tensor<288xf32>
  return
}

// -----

func.func @qkv_bias_c1_result(%q: tensor<96xf32>, %v: tensor<96xf32>) {
  // expected-error @below {{entries of the result must be 288, 3 times the queries' 96, but is 192}}
  %0 = swin.qkv_bias %q, %v : tensor<96xf32>, tensor<96xf32> -> tensor<192xf32>
  return
}

// -----

func.func @qkv_bias_c1_dynamic(%q: tensor<?xf32>, %v: tensor<?xf32>) {
  // expected-error @below {{entries of the queries' bias must be a number from 1 to 2147483647, but is ?}}
  %0 = swin.qkv_bias %q, %v : tensor<?xf32>, tensor<?xf32> -> tensor<?xf32>
  return
}
