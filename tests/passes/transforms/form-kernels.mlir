// RUN: swin-opt %s --swin-form-kernels --split-input-file | FileCheck %s
// Idempotent.
// RUN: swin-opt %s --swin-form-kernels --split-input-file -o %t.once
// RUN: swin-opt %t.once --swin-form-kernels --split-input-file -o %t.twice
// RUN: diff %t.once %t.twice

// Two blocks: two kernels for attention (one shifted), one symbol for both MLPs. Activations come first.
// CHECK-LABEL: func.func @forward
// CHECK:         %[[X:.*]] = swin.call @embed_16(%{{.*}}, %{{.*}}, %{{.*}}) :
// CHECK:         %[[A:.*]] = swin.call @windows_16_4x4(%[[X]], %{{.*}}) :
// CHECK:         %[[B:.*]] = swin.call @mlp_16(%[[A]], %{{.*}}) :
// CHECK:         %[[C:.*]] = swin.check_size %[[B]] min [4, 4]
// CHECK:         %[[D:.*]] = swin.call @windows_16_4x4_shift(%[[C]], %{{.*}}) :
// CHECK:         %[[E:.*]] = swin.call @mlp_16(%[[D]], %{{.*}}) :
// CHECK:         %[[F:.*]] = swin.call @merge_32(%[[E]], %{{.*}}) :
// CHECK:         %[[G:.*]] = swin.call @head_10(%[[F]], %{{.*}}) :
// CHECK:         swin.output %[[G]] as "logits"
// CHECK:       swin.kernel @embed_16 tokens activations 1
// CHECK:       swin.kernel @windows_16_4x4 windows activations 1 (%[[IN:[^:]*]]: tensor<?x?x?x16xf32>,
// CHECK:         swin.layer_norm %[[IN]]
// CHECK:         swin.crop %{{.*}} like %[[IN]]
// CHECK:         swin.add %[[IN]]
// CHECK:         swin.yield
// CHECK:       swin.kernel @mlp_16 tokens
// CHECK:       swin.kernel @windows_16_4x4_shift windows
// CHECK:         swin.cyclic_shift %{{.*}} by [2, 2]
// CHECK:         swin.cyclic_shift %{{.*}} by [-2, -2]
// CHECK:       swin.kernel @merge_32 tokens
// CHECK:         swin.patch_merging
// CHECK:       swin.kernel @head_10 pool activations 1 ({{.*}}) -> tensor<?x10xf32> dense
// CHECK:         swin.layer_norm
// CHECK:         swin.mean_pool
// CHECK:         swin.linear
// CHECK-NOT:   swin.kernel
func.func @forward(%image: tensor<?x3x?x?xf32>) {
  %we = swin.param "we" : tensor<1x48x16xf32>
  %v = swin.param "v" : tensor<16xf32>
  %wq = swin.param "wq" : tensor<3x16x16xf32>
  %bq = swin.param "bq" : tensor<48xf32>
  %t = swin.param "t" : tensor<2x16x16xf32>
  %wp = swin.param "wp" : tensor<1x16x16xf32>
  %w1 = swin.param "w1" : tensor<4x16x16xf32>
  %b1 = swin.param "b1" : tensor<64xf32>
  %w2 = swin.param "w2" : tensor<1x64x16xf32>
  %wm = swin.param "wm" : tensor<2x64x16xf32>
  %wh = swin.param "wh" : tensor<1x32x16xf32>
  %bh = swin.param "bh" : tensor<10xf32>
  %e = swin.patch_embed %image, %we, %v patch [4, 4] : (tensor<?x3x?x?xf32>, tensor<1x48x16xf32>, tensor<16xf32>) -> tensor<?x?x?x16xf32>
  %x = swin.layer_norm %e, %v, %v epsilon 1.0e-5 : tensor<?x?x?x16xf32>, tensor<16xf32>, tensor<16xf32>

  %1 = swin.layer_norm %x, %v, %v epsilon 1.0e-5 : tensor<?x?x?x16xf32>, tensor<16xf32>, tensor<16xf32>
  %2 = swin.pad %1 to_multiple_of [4, 4] : tensor<?x?x?x16xf32> -> tensor<?x?x?x16xf32>
  %3 = swin.window_partition %2 window [4, 4] : tensor<?x?x?x16xf32> -> tensor<?x?x?x16x16xf32>
  %4 = swin.linear %3, %wq, %bq : (tensor<?x?x?x16x16xf32>, tensor<3x16x16xf32>, tensor<48xf32>) -> tensor<?x?x?x16x48xf32>
  %5 = swin.window_attention %4, %t heads 2 scale 1.0 window [4, 4] shift [0, 0] never : (tensor<?x?x?x16x48xf32>, tensor<2x16x16xf32>) -> tensor<?x?x?x16x16xf32>
  %6 = swin.linear %5, %wp, %v : (tensor<?x?x?x16x16xf32>, tensor<1x16x16xf32>, tensor<16xf32>) -> tensor<?x?x?x16x16xf32>
  %7 = swin.window_reverse %6 window [4, 4] : tensor<?x?x?x16x16xf32> -> tensor<?x?x?x16xf32>
  %8 = swin.crop %7 like %1 : tensor<?x?x?x16xf32>, tensor<?x?x?x16xf32> -> tensor<?x?x?x16xf32>
  %9 = swin.add %x, %8 : tensor<?x?x?x16xf32>
  %10 = swin.layer_norm %9 epsilon 1.0e-5 : tensor<?x?x?x16xf32>
  %11 = swin.linear %10, %w1, %b1 : (tensor<?x?x?x16xf32>, tensor<4x16x16xf32>, tensor<64xf32>) -> tensor<?x?x?x64xf32>
  %12 = swin.gelu %11 : tensor<?x?x?x64xf32>
  %13 = swin.linear %12, %w2, %v : (tensor<?x?x?x64xf32>, tensor<1x64x16xf32>, tensor<16xf32>) -> tensor<?x?x?x16xf32>
  %14 = swin.add %9, %13 : tensor<?x?x?x16xf32>

  %15 = swin.check_size %14 min [4, 4] multiple [1, 1] : tensor<?x?x?x16xf32>
  %16 = swin.layer_norm %15, %v, %v epsilon 1.0e-5 : tensor<?x?x?x16xf32>, tensor<16xf32>, tensor<16xf32>
  %17 = swin.pad %16 to_multiple_of [4, 4] : tensor<?x?x?x16xf32> -> tensor<?x?x?x16xf32>
  %18 = swin.cyclic_shift %17 by [2, 2] window [4, 4] axis : tensor<?x?x?x16xf32>
  %19 = swin.window_partition %18 window [4, 4] : tensor<?x?x?x16xf32> -> tensor<?x?x?x16x16xf32>
  %20 = swin.linear %19, %wq, %bq : (tensor<?x?x?x16x16xf32>, tensor<3x16x16xf32>, tensor<48xf32>) -> tensor<?x?x?x16x48xf32>
  %21 = swin.window_attention %20, %t heads 2 scale 1.0 window [4, 4] shift [2, 2] axis : (tensor<?x?x?x16x48xf32>, tensor<2x16x16xf32>) -> tensor<?x?x?x16x16xf32>
  %22 = swin.linear %21, %wp, %v : (tensor<?x?x?x16x16xf32>, tensor<1x16x16xf32>, tensor<16xf32>) -> tensor<?x?x?x16x16xf32>
  %23 = swin.window_reverse %22 window [4, 4] : tensor<?x?x?x16x16xf32> -> tensor<?x?x?x16xf32>
  %24 = swin.cyclic_shift %23 by [-2, -2] window [4, 4] axis : tensor<?x?x?x16xf32>
  %25 = swin.crop %24 like %15 : tensor<?x?x?x16xf32>, tensor<?x?x?x16xf32> -> tensor<?x?x?x16xf32>
  %26 = swin.add %15, %25 : tensor<?x?x?x16xf32>
  %27 = swin.layer_norm %26 epsilon 1.0e-5 : tensor<?x?x?x16xf32>
  %28 = swin.linear %27, %w1, %b1 : (tensor<?x?x?x16xf32>, tensor<4x16x16xf32>, tensor<64xf32>) -> tensor<?x?x?x64xf32>
  %29 = swin.gelu %28 : tensor<?x?x?x64xf32>
  %30 = swin.linear %29, %w2, %v : (tensor<?x?x?x64xf32>, tensor<1x64x16xf32>, tensor<16xf32>) -> tensor<?x?x?x16xf32>
  %31 = swin.add %26, %30 : tensor<?x?x?x16xf32>

  %32 = swin.patch_merging %31 : tensor<?x?x?x16xf32> -> tensor<?x?x?x64xf32>
  %33 = swin.layer_norm %32 epsilon 1.0e-5 : tensor<?x?x?x64xf32>
  %34 = swin.linear %33, %wm : (tensor<?x?x?x64xf32>, tensor<2x64x16xf32>) -> tensor<?x?x?x32xf32>
  %35 = swin.layer_norm %34 epsilon 1.0e-5 : tensor<?x?x?x32xf32>
  %36 = swin.mean_pool %35 : tensor<?x?x?x32xf32> -> tensor<?x32xf32>
  %37 = swin.linear %36, %wh, %bh : (tensor<?x32xf32>, tensor<1x32x16xf32>, tensor<10xf32>) -> tensor<?x10xf32>
  swin.output %37 as "logits" : tensor<?x10xf32>
  return
}

// -----

// timm's order: shift, then pad; back: crop, then shift.
// CHECK-LABEL: func.func @forward
// CHECK:         swin.call @windows_16_2x2_shift(
// CHECK:       swin.kernel @windows_16_2x2_shift windows activations 1 (%[[IN:[^:]*]]:
// CHECK:         %[[S:.*]] = swin.cyclic_shift
// CHECK:         swin.pad %[[S]]
// CHECK:         %[[C:.*]] = swin.crop %{{.*}} like %[[IN]]
// CHECK:         swin.cyclic_shift %[[C]] by [0, -1]
func.func @forward(%x: tensor<?x?x?x16xf32>) {
  %wq = swin.param "wq" : tensor<3x16x16xf32>
  %t = swin.param "t" : tensor<2x4x16xf32>
  %wp = swin.param "wp" : tensor<1x16x16xf32>
  %n = swin.layer_norm %x epsilon 1.0e-5 : tensor<?x?x?x16xf32>
  %1 = swin.cyclic_shift %n by [0, 1] window [2, 2] never : tensor<?x?x?x16xf32>
  %2 = swin.pad %1 to_multiple_of [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x16xf32>
  %3 = swin.window_partition %2 window [2, 2] : tensor<?x?x?x16xf32> -> tensor<?x?x?x4x16xf32>
  %4 = swin.linear %3, %wq : (tensor<?x?x?x4x16xf32>, tensor<3x16x16xf32>) -> tensor<?x?x?x4x48xf32>
  %5 = swin.window_attention %4, %t heads 2 scale 1.0 window [2, 2] shift [0, 1] never : (tensor<?x?x?x4x48xf32>, tensor<2x4x16xf32>) -> tensor<?x?x?x4x16xf32>
  %6 = swin.linear %5, %wp : (tensor<?x?x?x4x16xf32>, tensor<1x16x16xf32>) -> tensor<?x?x?x4x16xf32>
  %7 = swin.window_reverse %6 window [2, 2] : tensor<?x?x?x4x16xf32> -> tensor<?x?x?x16xf32>
  %8 = swin.crop %7 like %1 : tensor<?x?x?x16xf32>, tensor<?x?x?x16xf32> -> tensor<?x?x?x16xf32>
  %9 = swin.cyclic_shift %8 by [0, -1] window [2, 2] never : tensor<?x?x?x16xf32>
  %10 = swin.add %x, %9 : tensor<?x?x?x16xf32>
  swin.output %10 as "stage1" : tensor<?x?x?x16xf32>
  return
}
