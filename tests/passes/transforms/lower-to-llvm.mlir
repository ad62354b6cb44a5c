// RUN: swin-opt %s --swin-lower-to-llvm="prefix=digits isas=x86-64-v4,x86-64-v3 scratch-bytes=4096" | FileCheck %s
// No kernel and no @forward are left: the second run has nothing to lower and says so.
// RUN: swin-opt %s --swin-lower-to-llvm | not swin-opt --swin-lower-to-llvm 2>&1 | FileCheck %s --check-prefix=AGAIN
// AGAIN: has no function @forward

// With weights in a file there is no symbol, but what that file is known by.
// RUN: swin-opt %s --swin-lower-to-llvm="weights-sha256=4142414241424142414241424142414241424142414241424142414241424142 weights-checksum=18446744073709551615" | FileCheck %s --check-prefix=BESIDE
// RUN: not swin-opt %s --swin-lower-to-llvm="weights-sha256=4142" 2>&1 | FileCheck %s --check-prefix=HASH
// BESIDE-NOT:  model_weights
// BESIDE:      llvm.mlir.global external constant @model_model()
// BESIDE:        llvm.mlir.zero : !llvm.ptr
// BESIDE:        llvm.mlir.constant(-1 : i64)
// BESIDE:      llvm.mlir.global private constant @{{.*}}("ABAB{{.*}}\00")
// HASH: weights-sha256 is '4142', expected 64 hexadecimal digits

// CHECK-NOT:   swin.
// CHECK-NOT:   arith.
// CHECK-DAG:   llvm.func @digits_driver_plan(%{{.*}}: i64, %{{.*}}: i64, %{{.*}}: i64, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr) -> i32
// CHECK-DAG:   llvm.func @digits_driver_output_shape(
// CHECK-DAG:   llvm.func internal @digits_driver_call_embed_16(
// CHECK-DAG:   llvm.func @digits_driver_run(
// CHECK-DAG:   llvm.func @digits_driver_work(
// CHECK-DAG:   llvm.func @digits_driver_results(
// CHECK-DAG:   llvm.mlir.global external constant @digits_weights() {{.*}} : i8
// CHECK-DAG:   llvm.func @digits_embed_16_x86_64_v4(
// CHECK-DAG:   llvm.func @digits_embed_16_x86_64_v3(
// CHECK:       llvm.mlir.global external constant @digits_model()
// CHECK-DAG:     llvm.mlir.constant(4096 : i64)
// The weights: 48 x 16 floats and one padded row of 16.
// CHECK-DAG:     llvm.mlir.constant(3136 : i64)
// CHECK-NOT:   swin.
// CHECK-NOT:   arith.
func.func @forward(%image: tensor<?x3x?x?xf32>) {
  %w = swin.param "w" : tensor<1x48x16xf32>
  %b = swin.param "b" : tensor<10xf32>
  %0 = swin.call @embed_16(%image, %w, %b) {output = 0 : i64} : (tensor<?x3x?x?xf32>, tensor<1x48x16xf32>, tensor<10xf32>) -> tensor<?x?x?x10xf32>
  swin.output %0 as "map" : tensor<?x?x?x10xf32>
  return
}
swin.kernel @embed_16 tokens activations 1 (%x: tensor<?x3x?x?xf32>, %w: tensor<1x48x16xf32>, %b: tensor<10xf32>) -> tensor<?x?x?x10xf32> dense {
  %0 = swin.patch_embed %x, %w, %b patch [4, 4] : (tensor<?x3x?x?xf32>, tensor<1x48x16xf32>, tensor<10xf32>) -> tensor<?x?x?x10xf32>
  swin.yield %0 : tensor<?x?x?x10xf32>
}
