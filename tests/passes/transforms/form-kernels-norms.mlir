// RUN: swin-opt %s --swin-form-kernels --split-input-file | FileCheck %s
// RUN: swin-opt %s --swin-form-kernels --split-input-file -o %t.once
// RUN: swin-opt %t.once --swin-form-kernels --split-input-file | diff %t.once -

// Norms of what a block adds: still two kernels a block, here a plain one and one whose sum is normed, too. Merging
// with the linear map first is one kernel, a position embedding part of the embedding. The crop's size stays that of
// the block's input, though that is a norm.
// CHECK-LABEL: func.func @forward
// CHECK:         %[[E:.*]] = swin.call @embed_16(
// CHECK-NEXT:    %[[X:.*]] = swin.check_size %[[E]] min [6, 7] multiple [1, 1] max [6, 7]
// CHECK-NEXT:    %[[A:.*]] = swin.call @windows_16_2x2_shift(%[[X]], %{{.*}}) :
// CHECK-NEXT:    %[[B:.*]] = swin.call @mlp_16(%[[A]], %{{.*}}) :
// CHECK-NEXT:    %[[M:.*]] = swin.call @merge_16(%[[B]], %{{.*}}) :
// CHECK-NEXT:    %[[C:.*]] = swin.call @windows_16_2x2_shift(%[[M]], %{{.*}}) :
// CHECK-NEXT:    %[[D:.*]] = swin.call @mlp_16_norm(%[[C]], %{{.*}}) :
// CHECK-NEXT:    swin.output %[[D]] as "stage2"
// CHECK-NEXT:    swin.call @head_10(%[[D]], %{{.*}}) :
// CHECK:       swin.kernel @embed_16 tokens
// CHECK:         swin.patch_embed
// CHECK-NEXT:    swin.layer_norm
// CHECK-NEXT:    swin.add_position
// CHECK:       swin.kernel @windows_16_2x2_shift windows activations 1 (%[[IN:[^:]*]]:
// CHECK-NEXT:    swin.pad %[[IN]]
// CHECK-NEXT:    swin.cyclic_shift
// CHECK-NEXT:    swin.window_partition
// CHECK-NEXT:    swin.linear
// CHECK-NEXT:    swin.window_attention %{{.*}}, %{{.*}} cosine %{{.*}} heads 2
// CHECK-NEXT:    swin.linear
// CHECK-NEXT:    swin.window_reverse
// CHECK-NEXT:    swin.cyclic_shift
// CHECK-NEXT:    swin.crop %{{.*}} like %[[IN]]
// CHECK-NEXT:    %[[N:.*]] = swin.layer_norm
// CHECK-NEXT:    swin.add %[[IN]], %[[N]]
// CHECK-NEXT:    swin.yield
// CHECK:       swin.kernel @mlp_16 tokens activations 1 (%[[IN:[^:]*]]:
// CHECK-NEXT:    swin.linear %[[IN]]
// CHECK-NEXT:    swin.silu
// CHECK-NEXT:    swin.linear
// CHECK-NEXT:    %[[N:.*]] = swin.layer_norm
// CHECK-NEXT:    swin.add %[[IN]], %[[N]]
// CHECK-NEXT:    swin.yield
// CHECK:       swin.kernel @merge_16 tokens
// CHECK-NEXT:    swin.patch_merging
// CHECK-NEXT:    swin.linear
// CHECK-NEXT:    swin.layer_norm
// CHECK-NEXT:    swin.yield
// CHECK:       swin.kernel @mlp_16_norm tokens
// CHECK-NEXT:    swin.linear
// CHECK-NEXT:    swin.relu
// CHECK-NEXT:    swin.linear
// CHECK-NEXT:    swin.layer_norm
// CHECK-NEXT:    swin.add
// CHECK-NEXT:    swin.layer_norm
// CHECK-NEXT:    swin.yield
// CHECK:       swin.kernel @head_10 pool
// CHECK-NEXT:    swin.mean_pool
// CHECK-NOT:   swin.kernel
!map = tensor<?x?x?x16xf32>
!windows = tensor<?x?x?x4x16xf32>
!qkv = tensor<?x?x?x4x48xf32>
!hidden = tensor<?x?x?x64xf32>
func.func @forward(%image: tensor<?x3x?x?xf32>) {
  %we = swin.param "we" : tensor<1x48x16xf32>
  %v = swin.param "v" : tensor<16xf32>
  %p = swin.param "p" : tensor<1x42x16xf32>
  %wq = swin.param "wq" : tensor<3x16x16xf32>
  %t = swin.param "t" : tensor<2x4x16xf32>
  %h = swin.param "h" : tensor<2xf32>
  %wp = swin.param "wp" : tensor<1x16x16xf32>
  %w1 = swin.param "w1" : tensor<4x16x16xf32>
  %w2 = swin.param "w2" : tensor<1x64x16xf32>
  %wh = swin.param "wh" : tensor<1x16x16xf32>
  %e = swin.patch_embed %image, %we, %v patch [4, 4] : (tensor<?x3x?x?xf32>, tensor<1x48x16xf32>, tensor<16xf32>) -> !map
  %n = swin.layer_norm %e, %v, %v epsilon 1.0e-5 : !map, tensor<16xf32>, tensor<16xf32>
  %c = swin.check_size %n min [6, 7] multiple [1, 1] max [6, 7] : !map
  %x = swin.add_position %c, %p map [6, 7] : !map, tensor<1x42x16xf32>

  %1 = swin.pad %x to_multiple_of [2, 2] : !map -> !map
  %2 = swin.cyclic_shift %1 by [1, 1] window [2, 2] never : !map
  %3 = swin.window_partition %2 window [2, 2] : !map -> !windows
  %4 = swin.linear %3, %wq : (!windows, tensor<3x16x16xf32>) -> !qkv
  %5 = swin.window_attention %4, %t cosine %h heads 2 scale 1.0 window [2, 2] shift [1, 1] never : (!qkv, tensor<2x4x16xf32>, tensor<2xf32>) -> !windows
  %6 = swin.linear %5, %wp : (!windows, tensor<1x16x16xf32>) -> !windows
  %7 = swin.window_reverse %6 window [2, 2] : !windows -> !map
  %8 = swin.cyclic_shift %7 by [-1, -1] window [2, 2] never : !map
  %9 = swin.crop %8 like %x : !map, !map -> !map
  %10 = swin.layer_norm %9, %v, %v epsilon 1.0e-5 : !map, tensor<16xf32>, tensor<16xf32>
  %11 = swin.add %x, %10 : !map
  %12 = swin.linear %11, %w1 : (!map, tensor<4x16x16xf32>) -> !hidden
  %13 = swin.silu %12 : !hidden
  %14 = swin.linear %13, %w2 : (!hidden, tensor<1x64x16xf32>) -> !map
  %15 = swin.layer_norm %14, %v, %v epsilon 1.0e-5 : !map, tensor<16xf32>, tensor<16xf32>
  %16 = swin.add %11, %15 : !map

  %17 = swin.patch_merging %16 : !map -> !hidden
  %18 = swin.linear %17, %w2 : (!hidden, tensor<1x64x16xf32>) -> !map
  %19 = swin.layer_norm %18, %v, %v epsilon 1.0e-5 : !map, tensor<16xf32>, tensor<16xf32>

  %21 = swin.pad %19 to_multiple_of [2, 2] : !map -> !map
  %22 = swin.cyclic_shift %21 by [1, 1] window [2, 2] never : !map
  %23 = swin.window_partition %22 window [2, 2] : !map -> !windows
  %24 = swin.linear %23, %wq : (!windows, tensor<3x16x16xf32>) -> !qkv
  %25 = swin.window_attention %24, %t cosine %h heads 2 scale 1.0 window [2, 2] shift [1, 1] never : (!qkv, tensor<2x4x16xf32>, tensor<2xf32>) -> !windows
  %26 = swin.linear %25, %wp : (!windows, tensor<1x16x16xf32>) -> !windows
  %27 = swin.window_reverse %26 window [2, 2] : !windows -> !map
  %28 = swin.cyclic_shift %27 by [-1, -1] window [2, 2] never : !map
  %29 = swin.crop %28 like %19 : !map, !map -> !map
  %30 = swin.layer_norm %29, %v, %v epsilon 1.0e-5 : !map, tensor<16xf32>, tensor<16xf32>
  %31 = swin.add %19, %30 : !map
  %32 = swin.linear %31, %w1 : (!map, tensor<4x16x16xf32>) -> !hidden
  %33 = swin.relu %32 : !hidden
  %34 = swin.linear %33, %w2 : (!hidden, tensor<1x64x16xf32>) -> !map
  %35 = swin.layer_norm %34, %v, %v epsilon 1.0e-5 : !map, tensor<16xf32>, tensor<16xf32>
  %36 = swin.add %31, %35 : !map
  %37 = swin.layer_norm %36, %v, %v epsilon 1.0e-5 : !map, tensor<16xf32>, tensor<16xf32>
  swin.output %37 as "stage2" : !map
  %38 = swin.mean_pool %37 : !map -> tensor<?x16xf32>
  %39 = swin.linear %38, %wh : (tensor<?x16xf32>, tensor<1x16x16xf32>) -> tensor<?x10xf32>
  swin.output %39 as "logits" : tensor<?x10xf32>
  return
}

// -----

// A linear map across tokens in place of attention; windows are shifted by padding in front.
// CHECK-LABEL: func.func @forward
// CHECK:         %[[A:.*]] = swin.call @mixing_16_2x3(%{{[^,]*}}, %{{.*}}) :
// CHECK-NEXT:    %[[B:.*]] = swin.call @mixing_16_2x3_shift(%[[A]], %{{.*}}) :
// CHECK-NEXT:    swin.output %[[B]]
// CHECK:       swin.kernel @mixing_16_2x3 windows activations 1 (%[[IN:[^:]*]]:
// CHECK-NEXT:    swin.layer_norm %[[IN]]
// CHECK-NEXT:    swin.window_partition
// CHECK-NEXT:    swin.token_mixing
// CHECK-NEXT:    swin.window_reverse
// CHECK-NEXT:    swin.add %[[IN]]
// CHECK:       swin.kernel @mixing_16_2x3_shift windows activations 1 (%[[IN:[^:]*]]:
// CHECK:         swin.crop %{{.*}} like %[[IN]] before [1, 2]
!map = tensor<?x?x?x16xf32>
!windows = tensor<?x?x?x6x16xf32>
func.func @forward(%x: !map) {
  %v = swin.param "v" : tensor<16xf32>
  %w = swin.param "w" : tensor<12x6x1xf32>
  %b = swin.param "b" : tensor<12xf32>
  %1 = swin.layer_norm %x, %v, %v epsilon 1.0e-5 : !map, tensor<16xf32>, tensor<16xf32>
  %2 = swin.window_partition %1 window [2, 3] : !map -> !windows
  %3 = swin.token_mixing %2, %w, %b heads 2 : !windows, tensor<12x6x1xf32>, tensor<12xf32>
  %4 = swin.window_reverse %3 window [2, 3] : !windows -> !map
  %5 = swin.add %x, %4 : !map
  %6 = swin.layer_norm %5, %v, %v epsilon 1.0e-5 : !map, tensor<16xf32>, tensor<16xf32>
  %7 = swin.pad %6 to_multiple_of [2, 3] before [1, 2] : !map -> !map
  %8 = swin.window_partition %7 window [2, 3] : !map -> !windows
  %9 = swin.token_mixing %8, %w, %b heads 2 : !windows, tensor<12x6x1xf32>, tensor<12xf32>
  %10 = swin.window_reverse %9 window [2, 3] : !windows -> !map
  %11 = swin.crop %10 like %6 before [1, 2] : !map, !map -> !map
  %12 = swin.add %5, %11 : !map
  swin.output %12 as "features" : !map
  return
}

// -----

// What else reads the checked map still reads it as it was.
// CHECK-LABEL: func.func @forward
// CHECK:         %[[C:.*]] = swin.check_size %{{.*}} min [2, 3]
// CHECK-NEXT:    %[[A:.*]] = swin.call @tokens_16(%[[C]], %{{.*}}) :
// CHECK-NEXT:    swin.output %[[A]] as "position"
// CHECK-NEXT:    %[[B:.*]] = swin.call @tokens_16_2(%[[C]]) :
// CHECK-NEXT:    swin.output %[[B]] as "other"
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %p = swin.param "p" : tensor<6x16xf32>
  %c = swin.check_size %x min [2, 3] multiple [1, 1] max [2, 3] : tensor<?x?x?x16xf32>
  %0 = swin.add_position %c, %p map [2, 3] : tensor<?x?x?x16xf32>, tensor<6x16xf32>
  swin.output %0 as "position" : tensor<?x?x?x16xf32>
  %1 = swin.gelu %c : tensor<?x?x?x16xf32>
  swin.output %1 as "other" : tensor<?x?x?x16xf32>
  return
}

// -----

// A crop may name any value of its map's size.
// CHECK-LABEL: func.func @forward
// CHECK:       swin.kernel @mixing_16_2x2 windows activations 1 (%[[IN:[^:]*]]:
// CHECK:         swin.crop %{{.*}} like %[[IN]]
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %p = swin.param "p" : tensor<15x16xf32>
  %w = swin.param "w" : tensor<8x4x1xf32>
  %b = swin.param "b" : tensor<8xf32>
  %0 = swin.silu %x : tensor<?x?x?x16xf32>
  %1 = swin.add_position %0, %p map [3, 5] : tensor<?x?x?x16xf32>, tensor<15x16xf32>
  %2 = swin.pad %1 to_multiple_of [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x16xf32>
  %3 = swin.window_partition %2 window [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x4x16xf32>
  %4 = swin.token_mixing %3, %w, %b heads 2 : tensor<?x?x?x4x16xf32>, tensor<8x4x1xf32>, tensor<8xf32>
  %5 = swin.window_reverse %4 window [2, 2] : tensor<?x?x?x4x16xf32> -> tensor<?x?x?x16xf32>
  %6 = swin.crop %5 like %x : tensor<?x?x?x16xf32>, tensor<?x?x?x16xf32> -> tensor<?x?x?x16xf32>
  swin.output %6 as "features" : tensor<?x?x?x16xf32>
  return
}
