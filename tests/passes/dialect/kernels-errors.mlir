// RUN: swin-opt %s --split-input-file --verify-diagnostics -o %t

// expected-error @below {{'swin.kernel' op region argument 0 must be 'tensor<?x16xf32>' as the function type says, but is 'tensor<?x8xf32>'}}
"swin.kernel"() <{activations = 1 : i64, function_type = (tensor<?x16xf32>) -> tensor<?x8xf32>, kind = #swin<kind tokens>, sym_name = "kernel_c1"}> ({
^bb0(%x: tensor<?x8xf32>):
  swin.yield %x : tensor<?x8xf32>
}) : () -> ()

// -----

// expected-error @below {{region must have 2 arguments as the function type, but has 1}}
"swin.kernel"() <{activations = 1 : i64, function_type = (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>, kind = #swin<kind tokens>, sym_name = "kernel_c1_count"}> ({
^bb0(%x: tensor<?x8xf32>):
  swin.yield %x : tensor<?x8xf32>
}) : () -> ()

// -----

// expected-error @below {{argument 1 must be a ranked tensor of f32, but is 'index'}}
swin.kernel @kernel_c1_type tokens activations 1 (%x: tensor<?x8xf32>, %n: index) -> tensor<?x8xf32> {
  swin.yield %x : tensor<?x8xf32>
}

// -----

swin.kernel @kernel_c2 tokens activations 1 (%x: tensor<?x8xf32>) -> tensor<?x16xf32> {
  // expected-error @below {{'swin.yield' op gives 'tensor<?x8xf32>', but the kernel's result is 'tensor<?x16xf32>'}}
  swin.yield %x : tensor<?x8xf32>
}

// -----

// expected-error @below {{must have one result, but its function type has 0}}
"swin.kernel"() <{activations = 1 : i64, function_type = (tensor<?x8xf32>) -> (), kind = #swin<kind tokens>, sym_name = "kernel_c2_count"}> ({
^bb0(%x: tensor<?x8xf32>):
  swin.yield %x : tensor<?x8xf32>
}) : () -> ()

// -----

// expected-error @below {{must end in swin.yield}}
swin.kernel @kernel_c2_end tokens activations 1 (%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = swin.gelu %x : tensor<?x8xf32>
}

// -----

// expected-error @below {{'swin.kernel' op expects a non-empty block}}
swin.kernel @kernel_c2_empty tokens activations 1 (%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
}

// -----

// A terminator without what it gives: looked at before it is verified.
swin.kernel @kernel_c2_operands tokens activations 1 (%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @below {{'swin.yield' op requires a single operand}}
  "swin.yield"() : () -> ()
}

// -----

swin.kernel @kernel_c3 tokens activations 1 (%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @below {{'swin.param' op cannot be in a kernel, which holds graph ops alone; constants are its arguments}}
  %0 = swin.param "w" : tensor<8x8xf32>
  swin.yield %x : tensor<?x8xf32>
}

// -----

swin.kernel @kernel_c3_coords tokens activations 1 (%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @below {{'swin.log_coords' op cannot be in a kernel, which holds graph ops alone; constants are its arguments}}
  %0 = swin.log_coords window [2, 2] step [1.0, 1.0] gain 1.0 : tensor<9x2xf32>
  swin.yield %x : tensor<?x8xf32>
}

// -----

swin.kernel @kernel_c3_literal tokens activations 1 (%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @below {{'swin.literal' op cannot be in a kernel, which holds graph ops alone; constants are its arguments}}
  %0 = swin.literal [1.0, 2.0] : tensor<2xf32>
  swin.yield %x : tensor<?x8xf32>
}

// -----

swin.kernel @kernel_c3_call tokens activations 1 (%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @below {{'swin.call' op cannot be in a kernel, which holds graph ops alone}}
  %0 = swin.call @kernel_c3_call(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  swin.yield %0 : tensor<?x8xf32>
}

// -----

swin.kernel @kernel_c3_output tokens activations 1 (%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @below {{'swin.output' op cannot be in a kernel, which holds graph ops alone}}
  swin.output %x as "x" : tensor<?x8xf32>
  swin.yield %x : tensor<?x8xf32>
}

// -----

// expected-error @below {{activations must be between 1 and the number of arguments, 1, but is 2}}
swin.kernel @kernel_c4 tokens activations 2 (%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  swin.yield %x : tensor<?x8xf32>
}

// -----

// expected-error @below {{activations must be between 1 and the number of arguments, 1, but is -1}}
swin.kernel @kernel_c4_negative tokens activations -1 (%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  swin.yield %x : tensor<?x8xf32>
}

// -----

// expected-error @below {{a kernel is tokens, windows, pool, conv or map, but this says 'rows'}}
swin.kernel @kernel_kind rows activations 1 (%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  swin.yield %x : tensor<?x8xf32>
}

// -----

func.func @yield_parent(%x: tensor<?x8xf32>) {
  // expected-error @below {{'swin.yield' op expects parent op 'swin.kernel'}}
  swin.yield %x : tensor<?x8xf32>
}

// -----

func.func @call_c1(%x: tensor<?x8xf32>) {
  // expected-error @below {{calls @call_c1, but there is no kernel of that name}}
  %0 = swin.call @call_c1(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @call_c2(%x: tensor<?x8xf32>) {
  // expected-error @below {{operand 0 of @k must be 'tensor<?x16xf32>', but is 'tensor<?x8xf32>'}}
  %0 = swin.call @k(%x) : (tensor<?x8xf32>) -> tensor<?x16xf32>
  return
}
swin.kernel @k tokens activations 1 (%x: tensor<?x16xf32>) -> tensor<?x16xf32> {
  swin.yield %x : tensor<?x16xf32>
}

// -----

func.func @call_c2_count(%x: tensor<?x16xf32>) {
  // expected-error @below {{needs 1 operands for @k, but has 2}}
  %0 = swin.call @k(%x, %x) : (tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<?x16xf32>
  return
}
swin.kernel @k tokens activations 1 (%x: tensor<?x16xf32>) -> tensor<?x16xf32> {
  swin.yield %x : tensor<?x16xf32>
}

// -----

func.func @call_c2_result(%x: tensor<?x16xf32>) {
  // expected-error @below {{result of @k is 'tensor<?x16xf32>', but the call's is 'tensor<?x8xf32>'}}
  %0 = swin.call @k(%x) : (tensor<?x16xf32>) -> tensor<?x8xf32>
  return
}
swin.kernel @k tokens activations 1 (%x: tensor<?x16xf32>) -> tensor<?x16xf32> {
  swin.yield %x : tensor<?x16xf32>
}

// -----

func.func @call_c3(%x: tensor<?x8xf32>) {
  // expected-error @below {{has slot 1 and output 0 as its result's place, but a value has one place}}
  %0 = swin.call @k(%x) {slot = 1 : i64, output = 0 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @call_c3_negative(%x: tensor<?x8xf32>) {
  // expected-error @below {{place must be a number >= 0, but is -1}}
  %0 = swin.call @k(%x) {slot = -1 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}
