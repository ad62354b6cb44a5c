// RUN: swin-opt %s --split-input-file --verify-diagnostics -o %t

func.func @cyclic_shift_c1(%x: tensor<?x?x?x96xf32>) {
  // expected-error @below {{'swin.cyclic_shift' op needs two offsets, [height, width], but has 1}}
  %0 = swin.cyclic_shift %x by [3] window [7, 7] never : tensor<?x?x?x96xf32>
  return
}

// -----

func.func @cyclic_shift_c1_window(%x: tensor<?x?x?x96xf32>) {
  // expected-error @below {{window must have two sizes, [height, width], but has 0}}
  %0 = swin.cyclic_shift %x by [3, 3] window [] never : tensor<?x?x?x96xf32>
  return
}

// -----

func.func @cyclic_shift_c2(%x: tensor<?x?x?x96xf32>) {
  // expected-error @below {{offset along width must be between -7 and 7, both excluded, but is 7}}
  %0 = swin.cyclic_shift %x by [3, 7] window [7, 7] never : tensor<?x?x?x96xf32>
  return
}

// -----

// The one number whose absolute value is none.
func.func @cyclic_shift_c2_negative(%x: tensor<?x?x?x96xf32>) {
  // expected-error @below {{offset along height must be between -7 and 7, both excluded, but is -9223372036854775808}}
  %0 = swin.cyclic_shift %x by [-9223372036854775808, 0] window [7, 7] never : tensor<?x?x?x96xf32>
  return
}

// -----

func.func @window_partition_c1(%x: tensor<?x?x?x96xf32>) {
  // expected-error @below {{window width must be at least 1, but is 0}}
  %0 = swin.window_partition %x window [7, 0] : tensor<?x?x?x96xf32> -> tensor<?x?x?x49x96xf32>
  return
}

// -----

func.func @window_partition_c2(%x: tensor<?x15x?x96xf32>) {
  // expected-error @below {{height of the map must be a multiple of the window's 7, but is 15}}
  %0 = swin.window_partition %x window [7, 7] : tensor<?x15x?x96xf32> -> tensor<?x2x?x49x96xf32>
  return
}

// -----

func.func @window_partition_c2_tokens(%x: tensor<?x?x?x96xf32>) {
  // expected-error @below {{tokens of the result must be 56, those of a window, but is 49}}
  %0 = swin.window_partition %x window [7, 8] : tensor<?x?x?x96xf32> -> tensor<?x?x?x49x96xf32>
  return
}

// -----

func.func @window_partition_c2_rows(%x: tensor<?x14x?x96xf32>) {
  // expected-error @below {{height of the result must be 2, one per window, but is 14}}
  %0 = swin.window_partition %x window [7, 7] : tensor<?x14x?x96xf32> -> tensor<?x14x?x49x96xf32>
  return
}

// -----

func.func @window_partition_c2_channels(%x: tensor<?x?x?x96xf32>) {
  // expected-error @below {{channels of the result must be 96 as in the operand, but is 48}}
  %0 = swin.window_partition %x window [7, 7] : tensor<?x?x?x96xf32> -> tensor<?x?x?x49x48xf32>
  return
}

// -----

func.func @window_reverse_c1(%x: tensor<?x?x?x49x96xf32>) {
  // expected-error @below {{window must have two sizes, [height, width], but has 1}}
  %0 = swin.window_reverse %x window [7] : tensor<?x?x?x49x96xf32> -> tensor<?x?x?x96xf32>
  return
}

// -----

func.func @window_reverse_c2(%x: tensor<?x?x?x49x96xf32>) {
  // expected-error @below {{tokens of the operand must be 56, those of a window, but is 49}}
  %0 = swin.window_reverse %x window [8, 7] : tensor<?x?x?x49x96xf32> -> tensor<?x?x?x96xf32>
  return
}

// -----

func.func @window_reverse_c2_size(%x: tensor<?x2x?x49x96xf32>) {
  // expected-error @below {{height of the result must be 14, windows times the window's, but is ?}}
  %0 = swin.window_reverse %x window [7, 7] : tensor<?x2x?x49x96xf32> -> tensor<?x?x?x96xf32>
  return
}

// -----

func.func @window_reverse_c2_large(%x: tensor<?x9223372036854775807x?x49x96xf32>) {
  // expected-error @below {{rows of windows are too many: 9223372036854775807}}
  %0 = swin.window_reverse %x window [7, 7] : tensor<?x9223372036854775807x?x49x96xf32> -> tensor<?x?x?x96xf32>
  return
}

// -----

func.func @window_attention_c1(%q: tensor<?x?x?x49x288xf32>, %t: tensor<169x5xf32>) {
  // expected-error @below {{heads must divide the result's 96 channels, but is 5}}
  %0 = swin.window_attention %q, %t heads 5 scale 0.2 window [7, 7] shift [0, 0] never : (tensor<?x?x?x49x288xf32>, tensor<169x5xf32>) -> tensor<?x?x?x49x96xf32>
  return
}

// -----

func.func @window_attention_c1_negative(%q: tensor<?x?x?x49x288xf32>, %t: tensor<169x3xf32>) {
  // expected-error @below {{heads must divide the result's 96 channels, but is -3}}
  %0 = swin.window_attention %q, %t heads -3 scale 0.2 window [7, 7] shift [0, 0] never : (tensor<?x?x?x49x288xf32>, tensor<169x3xf32>) -> tensor<?x?x?x49x96xf32>
  return
}

// -----

func.func @window_attention_c2(%q: tensor<?x?x?x49x192xf32>, %t: tensor<169x3xf32>) {
  // expected-error @below {{channels of the operand must be 288, 3 times the result's 96, but is 192}}
  %0 = swin.window_attention %q, %t heads 3 scale 0.2 window [7, 7] shift [0, 0] never : (tensor<?x?x?x49x192xf32>, tensor<169x3xf32>) -> tensor<?x?x?x49x96xf32>
  return
}

// -----

func.func @window_attention_c2_rows(%q: tensor<?x2x?x49x288xf32>, %t: tensor<169x3xf32>) {
  // expected-error @below {{rows of windows of the result must be 2 as in the operand, but is ?}}
  %0 = swin.window_attention %q, %t heads 3 scale 0.2 window [7, 7] shift [0, 0] never : (tensor<?x2x?x49x288xf32>, tensor<169x3xf32>) -> tensor<?x?x?x49x96xf32>
  return
}

// -----

func.func @window_attention_c3(%q: tensor<?x?x?x49x288xf32>, %t: tensor<225x3xf32>) {
  // expected-error @below {{tokens of the operand must be 64, those of a window, but is 49}}
  %0 = swin.window_attention %q, %t heads 3 scale 0.2 window [8, 8] shift [0, 0] never : (tensor<?x?x?x49x288xf32>, tensor<225x3xf32>) -> tensor<?x?x?x49x96xf32>
  return
}

// -----

func.func @window_attention_c3_dynamic(%q: tensor<?x?x?x?x288xf32>, %t: tensor<169x3xf32>) {
  // expected-error @below {{tokens of the operand must be 49, those of a window, but is ?}}
  %0 = swin.window_attention %q, %t heads 3 scale 0.2 window [7, 7] shift [0, 0] never : (tensor<?x?x?x?x288xf32>, tensor<169x3xf32>) -> tensor<?x?x?x?x96xf32>
  return
}

// -----

func.func @window_attention_c4(%q: tensor<?x?x?x49x288xf32>, %t: tensor<3x169xf32>) {
  // expected-error @below {{bias must be 169 x 3, (2 wh - 1)(2 ww - 1) x heads, but is 3 x 169}}
  %0 = swin.window_attention %q, %t heads 3 scale 0.2 window [7, 7] shift [0, 0] never : (tensor<?x?x?x49x288xf32>, tensor<3x169xf32>) -> tensor<?x?x?x49x96xf32>
  return
}

// -----

func.func @window_attention_c4_expanded(%q: tensor<?x?x?x49x288xf32>, %t: tensor<3x49x49xf32>) {
  // expected-error @below {{expanded bias must be 3 x 49 x 64, heads x tokens x tokens rounded up to 16, but is 3 x 49 x 49}}
  %0 = swin.window_attention %q, %t heads 3 scale 0.2 window [7, 7] shift [0, 0] never : (tensor<?x?x?x49x288xf32>, tensor<3x49x49xf32>) -> tensor<?x?x?x49x96xf32>
  return
}

// -----

func.func @window_attention_c4_rank(%q: tensor<?x?x?x49x288xf32>, %t: tensor<f32>) {
  // expected-error @below {{bias must be 169 x 3, (2 wh - 1)(2 ww - 1) x heads, but is a number without dimensions}}
  %0 = swin.window_attention %q, %t heads 3 scale 0.2 window [7, 7] shift [0, 0] never : (tensor<?x?x?x49x288xf32>, tensor<f32>) -> tensor<?x?x?x49x96xf32>
  return
}

// -----

func.func @window_attention_c5(%q: tensor<?x?x?x49x288xf32>, %t: tensor<169x3xf32>) {
  // expected-error @below {{shift along width must be in [0, 7), but is -3}}
  %0 = swin.window_attention %q, %t heads 3 scale 0.2 window [7, 7] shift [3, -3] never : (tensor<?x?x?x49x288xf32>, tensor<169x3xf32>) -> tensor<?x?x?x49x96xf32>
  return
}

// -----

func.func @window_attention_c5_count(%q: tensor<?x?x?x49x288xf32>, %t: tensor<169x3xf32>) {
  // expected-error @below {{needs two shifts, [height, width], but has 0}}
  %0 = swin.window_attention %q, %t heads 3 scale 0.2 window [7, 7] shift [] never : (tensor<?x?x?x49x288xf32>, tensor<169x3xf32>) -> tensor<?x?x?x49x96xf32>
  return
}

// -----

func.func @window_attention_c6(%q: tensor<?x?x?x49x288xf32>, %t: tensor<169x3xf32>, %c: tensor<1xf32>) {
  // expected-error @below {{cosine must have 3 entries, one for each of the heads, but has 1}}
  %0 = swin.window_attention %q, %t cosine %c heads 3 scale 1.0 window [7, 7] shift [0, 0] never : (tensor<?x?x?x49x288xf32>, tensor<169x3xf32>, tensor<1xf32>) -> tensor<?x?x?x49x96xf32>
  return
}

// -----

func.func @window_attention_c6_dynamic(%q: tensor<?x?x?x49x288xf32>, %t: tensor<169x3xf32>, %c: tensor<?xf32>) {
  // expected-error @below {{cosine must have 3 entries, one for each of the heads, but has ?}}
  %0 = swin.window_attention %q, %t cosine %c heads 3 scale 1.0 window [7, 7] shift [0, 0] never : (tensor<?x?x?x49x288xf32>, tensor<169x3xf32>, tensor<?xf32>) -> tensor<?x?x?x49x96xf32>
  return
}

// -----

func.func @token_mixing_c1(%x: tensor<?x?x?x49x96xf32>, %w: tensor<245x49xf32>, %b: tensor<245xf32>) {
  // expected-error @below {{'swin.token_mixing' op heads must divide the result's 96 channels, but is 5}}
  %0 = swin.token_mixing %x, %w, %b heads 5 : tensor<?x?x?x49x96xf32>, tensor<245x49xf32>, tensor<245xf32>
  return
}

// -----

func.func @token_mixing_c1_dynamic(%x: tensor<?x?x?x49x?xf32>, %w: tensor<147x49xf32>, %b: tensor<147xf32>) {
  // expected-error @below {{channels of the result must be a number from 1 to 2147483647, but is ?}}
  %0 = swin.token_mixing %x, %w, %b heads 3 : tensor<?x?x?x49x?xf32>, tensor<147x49xf32>, tensor<147xf32>
  return
}

// -----

func.func @token_mixing_c2(%x: tensor<?x?x?x49x96xf32>, %w: tensor<147x147xf32>, %b: tensor<147xf32>) {
  // expected-error @below {{weight must be 147 x 49, heads tokens x tokens, but is 147 x 147}}
  %0 = swin.token_mixing %x, %w, %b heads 3 : tensor<?x?x?x49x96xf32>, tensor<147x147xf32>, tensor<147xf32>
  return
}

// -----

func.func @token_mixing_c2_kernel(%x: tensor<?x?x?x49x96xf32>, %w: tensor<147x49x3xf32>, %b: tensor<147xf32>) {
  // expected-error @below {{weight must be 147 x 49 x 1, heads tokens x tokens x 1, but is 147 x 49 x 3}}
  %0 = swin.token_mixing %x, %w, %b heads 3 : tensor<?x?x?x49x96xf32>, tensor<147x49x3xf32>, tensor<147xf32>
  return
}

// -----

func.func @token_mixing_c2_rank(%x: tensor<?x?x?x49x96xf32>, %w: tensor<f32>, %b: tensor<147xf32>) {
  // expected-error @below {{weight must be 147 x 49, heads tokens x tokens, but is a number without dimensions}}
  %0 = swin.token_mixing %x, %w, %b heads 3 : tensor<?x?x?x49x96xf32>, tensor<f32>, tensor<147xf32>
  return
}

// -----

func.func @token_mixing_c2_dynamic(%x: tensor<?x?x?x?x96xf32>, %w: tensor<147x49xf32>, %b: tensor<147xf32>) {
  // expected-error @below {{tokens of the operand must be a number from 1 to 2147483647, but is ?}}
  %0 = swin.token_mixing %x, %w, %b heads 3 : tensor<?x?x?x?x96xf32>, tensor<147x49xf32>, tensor<147xf32>
  return
}

// -----

func.func @token_mixing_c3(%x: tensor<?x?x?x49x96xf32>, %w: tensor<147x49x1xf32>, %b: tensor<49xf32>) {
  // expected-error @below {{bias must have 147 entries, one for each of the weight's rows, but has 49}}
  %0 = swin.token_mixing %x, %w, %b heads 3 : tensor<?x?x?x49x96xf32>, tensor<147x49x1xf32>, tensor<49xf32>
  return
}
