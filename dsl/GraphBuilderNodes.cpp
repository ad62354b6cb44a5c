//===- GraphBuilderNodes.cpp - nodes of a description become ops ----------===//
// A node whose inputs are wrong is passed over: only what is wrong by itself is said.
// What the verifier of an op says is about its node.
//===----------------------------------------------------------------------===//
#include "dsl/GraphBuilderNodes.h"

#include "dsl/Check.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace swin::dsl {
namespace {

constexpr int64_t maxElements = INT32_MAX; ///< of a tensor, as the dialect has it

const char *formText(Form form) {
  switch (form) {
  case Form::Image:
    return "an image (channels first)";
  case Form::Map:
    return "a map";
  case Form::Windows:
    return "windows";
  case Form::Rows:
    return "rows of channels";
  case Form::Constant:
    return "a constant";
  }
  llvm_unreachable("form");
}

/// Whether all known sizes together are few enough; sizes are not negative.
bool fits(ArrayRef<int64_t> dims) {
  int64_t count = 1;
  for (int64_t dim : dims)
    if (!ShapedType::isDynamic(dim) && (dim > maxElements || (count *= std::max<int64_t>(dim, 1)) > maxElements))
      return false;
  return true;
}

/// What a verifier says, without the name of the op in front.
std::string sentence(Operation *op) {
  std::string text;
  ScopedDiagnosticHandler handler(op->getContext(), [&](mlir::Diagnostic &diagnostic) {
    if (text.empty())
      text = diagnostic.str();
    return success();
  });
  if (succeeded(verify(op)))
    return "";
  if (size_t end = text.find("' op "); end != text.npos)
    text.erase(0, end + 5);
  return text.empty() ? "is not valid" : text;
}

} // namespace

std::string sizesText(ArrayRef<int64_t> dims) {
  std::string text;
  for (int64_t dim : dims)
    text += (text.empty() ? "" : "x") + (ShapedType::isDynamic(dim) ? "?" : std::to_string(dim));
  return text;
}

NodeBuilder::NodeBuilder(const Graph &graph, const Spec &use, MLIRContext &context)
    : builder(&context), graph(graph), use(use), document(*graph.document), values(graph.nodes.size()),
      node(&graph.nodes[0]), fields(document, document.root, "") {}

//===----------------------------------------------------------------------===//
// What the node reads
//===----------------------------------------------------------------------===//

void NodeBuilder::error(const std::string &key, const std::string &what, const std::string &right) {
  fields.error(key, "node \"" + printable(node->name, maxNameBytes) + "\": " + what, right);
  isWrong = true;
}

Value NodeBuilder::input(size_t index, ArrayRef<Form> allowed, const std::string &what) {
  const Built &read = values[node->inputs[index]];
  if (llvm::is_contained(allowed, read.form))
    return read.value;
  std::string name = graph.nodes[node->inputs[index]].name, right = "expected " + what;
  if (read.form == Form::Image)
    right = "expected a map, which channels_last or patch_embed makes of an image";
  error("", "\"" + printable(name, maxNameBytes) + "\" is " + formText(read.form), right);
  return {};
}

//===----------------------------------------------------------------------===//
// Its attributes
//===----------------------------------------------------------------------===//

template <typename T>
T NodeBuilder::needed(const std::string &key, const char *what, std::optional<T> otherwise, T harmless) {
  if (otherwise && !fields.has(key))
    return *otherwise;
  fields.require(key, what);
  isWrong = true;
  return harmless;
}

int64_t NodeBuilder::integer(const std::string &key, int64_t least, int64_t most, std::optional<int64_t> otherwise) {
  int64_t value = 0;
  if (!fields.integer(key, value))
    return needed(key, "a whole number", otherwise, least);
  if (value >= least && value <= most)
    return value;
  error(key, "found " + std::to_string(value), "expected " + std::to_string(least) + " to " + std::to_string(most));
  return least;
}

Size NodeBuilder::size(const std::string &key, int64_t least, int64_t most, std::optional<Size> otherwise) {
  Size value;
  if (!fields.size(key, value))
    return needed(key, "a whole number or [height, width]", otherwise, Size{least, least});
  for (int64_t each : value)
    if (each < least || each > most) {
      error(key, "found " + std::to_string(each), "expected " + std::to_string(least) + " to " + std::to_string(most));
      return {least, least};
    }
  return value;
}

std::vector<int64_t> NodeBuilder::integers(const std::string &key, size_t least, size_t most) {
  std::vector<int64_t> found;
  if (!fields.integers(key, found))
    return needed(key, "a list of whole numbers", {}, found);
  if (found.size() < least || found.size() > most)
    error(key, "found a list of " + std::to_string(found.size()),
          "expected " + std::to_string(least) + (least == most ? "" : " to " + std::to_string(most)) + " numbers");
  return found;
}

std::vector<double> NodeBuilder::numbers(const std::string &key, size_t least, size_t most) {
  std::vector<double> found;
  if (!fields.numbers(key, found))
    return needed(key, "a list of numbers", {}, found);
  if (found.size() < least || found.size() > most)
    error(key, "found a list of " + std::to_string(found.size()),
          "expected " + std::to_string(least) + (least == most ? "" : " to " + std::to_string(most)) + " numbers");
  return found;
}

double NodeBuilder::number(const std::string &key, std::optional<double> otherwise) {
  double value = 0;
  return fields.number(key, value) ? value : needed(key, "a number", otherwise, 1.0);
}

bool NodeBuilder::boolean(const std::string &key, bool otherwise) {
  bool value = otherwise;
  return fields.boolean(key, value) ? value : needed<bool>(key, "true or false", otherwise, otherwise);
}

size_t NodeBuilder::choice(const std::string &key, const std::vector<std::string> &allowed,
                           std::optional<size_t> otherwise) {
  size_t value = 0;
  if (fields.choice(key, allowed, value))
    return value;
  return needed<size_t>(key, ("one of: " + join(allowed)).c_str(), otherwise, 0);
}

Size NodeBuilder::padding(Size kernel) {
  const Json *said = fields.find("padding");
  if (!said || said->kind != Json::Kind::Text)
    return size("padding", 0, 65536, Size{0, 0});
  if (said->text != "same")
    error("padding", "found " + describe(*said), "expected a whole number, [height, width] or \"same\"");
  else if (kernel[0] % 2 == 0 || kernel[1] % 2 == 0)
    error("padding", "\"same\" with an even kernel", "expected an odd one, or how many zeros are in front");
  return {kernel[0] / 2, kernel[1] / 2};
}

//===----------------------------------------------------------------------===//
// Its tensors and its value
//===----------------------------------------------------------------------===//

bool NodeBuilder::saysWeight(const std::string &role) const {
  const Json *names = node->object.find("weights");
  return node->constants.count(role) || (names && names->find(role));
}

Value NodeBuilder::weight(const std::string &role, const std::string &suffix, ArrayRef<int64_t> shape,
                          GraphParameter::Kind kind) {
  if (auto other = node->constants.find(role); other != node->constants.end()) {
    const Built &read = values[other->second];
    std::string name = printable(graph.nodes[other->second].name, maxNameBytes);
    if (read.form != Form::Constant)
      error("weights", "its " + role + " \"" + name + "\" is " + formText(read.form), "expected a constant");
    else if (ArrayRef<int64_t>(dimsOf(read.value)) != shape)
      error("weights", "its " + role + " \"" + name + "\" is " + sizesText(dimsOf(read.value)),
            "expected " + sizesText(shape));
    return isWrong ? Value() : read.value;
  }
  const Json *names = node->object.find("weights");
  const Json *said = names ? names->find(role) : nullptr;
  return param(said ? said->text : suffix.empty() ? node->name : node->name + "." + suffix, shape, kind, role);
}

Value NodeBuilder::bias(int64_t channels) {
  if (!boolean("bias", true)) {
    if (saysWeight("bias"))
      error("bias", "found false, but its bias has a name", "expected one of them");
    return {};
  }
  return weight("bias", "bias", {channels}, GraphParameter::Kind::Offset);
}

Value NodeBuilder::param(const std::string &name, ArrayRef<int64_t> shape, GraphParameter::Kind kind,
                         const std::string &role) {
  if (isWrong)
    return {};
  std::string text = printable(name, maxNameBytes);
  if (auto there = params.find(name); there != params.end()) {
    if (ArrayRef<int64_t>(there->second.parameter.shape) == shape)
      return there->second.value;
    error("weights",
          "its " + role + " \"" + text + "\" is " + sizesText(shape) + ", but " +
              sizesText(there->second.parameter.shape) + " in node \"" +
              printable(graph.nodes[there->second.node].name, maxNameBytes) + "\"",
          "expected one shape for one tensor");
    return {};
  }
  if (name.empty() || !fits(shape)) {
    error("weights", name.empty() ? "its " + role + " has no name"
                                  : "its " + role + " would be " + sizesText(shape) + ", more than 2^31 numbers");
    return {};
  }
  auto type = RankedTensorType::get(shape, builder.getF32Type());
  Value value = ParamOp::create(builder, here(), type, name);
  params[name] = {value, {name, {shape.begin(), shape.end()}, kind}, static_cast<size_t>(node - graph.nodes.data())};
  return value;
}

Type NodeBuilder::result(ArrayRef<int64_t> dims) {
  if (isWrong)
    return {};
  bool isEmpty = llvm::any_of(dims, [](int64_t dim) { return !ShapedType::isDynamic(dim) && dim < 1; });
  if (isEmpty || !fits(dims)) {
    error("", (isEmpty ? "nothing is left: " : "more than 2^31 values: ") + sizesText(dims) + forImages());
    return {};
  }
  return RankedTensorType::get(dims, builder.getF32Type());
}

void NodeBuilder::take(Operation *op, Form form) {
  std::string wrong = sentence(op);
  if (wrong.empty()) {
    values[node - graph.nodes.data()] = {op->getResult(0), form};
    return;
  }
  op->erase();
  error("", printable(wrong, 300) + (imageText.empty() ? "" : "," + forImages()));
}

//===----------------------------------------------------------------------===//
// All nodes
//===----------------------------------------------------------------------===//

void NodeBuilder::buildNode(size_t index) {
  node = &graph.nodes[index];
  isWrong = node->broken;
  auto isThere = [&](size_t read) { return values[read].value != nullptr; };
  bool reads = llvm::all_of(node->inputs, isThere) &&
               llvm::all_of(node->constants, [&](const auto &constant) { return isThere(constant.second); });
  if (!isWrong && reads) {
    fields = Fields(document, node->object, node->pointer);
    node->op->build(*this);
  }
  isWhole &= !isWrong && reads;
}

void NodeBuilder::addOutputs(const std::vector<std::string> &outputs) {
  for (const std::string &name : outputs) {
    const GraphOutput *output = graph.output(name);
    if (!output || !values[output->node].value)
      continue; // said already
    Built &value = values[output->node];
    bool isGood =
        value.form == Form::Map || value.form == Form::Rows || (value.form == Form::Image && output->node > 0);
    if (!isGood)
      document.error(output->where, output->pointer,
                     "output \"" + name + "\" is " + (output->node == 0 ? "the image itself" : formText(value.form)),
                     "expected a map, rows of channels, or what channels_first makes of a map");
    isWhole &= isGood;
    auto channels = dimsOf(value.value)[value.form == Form::Image ? 1 : dimsOf(value.value).size() - 1];
    auto labels = static_cast<int64_t>(use.labels.size());
    if (isGood && name == "logits" && labels > 0 && labels != channels) {
      document.error(valueAt(document.root, "/labels")->where, "/labels",
                     std::to_string(labels) + " labels for " + std::to_string(channels) + " classes",
                     "expected one for each channel of the output \"logits\"");
      isWhole = false;
    }
    OutputOp::create(builder, NameLoc::get(builder.getStringAttr(name)), value.value, name);
  }
}

void NodeBuilder::takeParameters(ModuleOp module, std::vector<GraphParameter> &parameters) {
  auto forward = *module.getOps<func::FuncOp>().begin();
  // Behind what reads them.
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(forward.getBody().front())))
    if (op.getNumResults() == 1 && op.use_empty()) {
      if (auto param = dyn_cast<ParamOp>(op))
        params.erase(param.getName().str());
      op.erase();
    }
  for (auto &[name, shared] : params)
    parameters.push_back(std::move(shared.parameter));
}

std::optional<BuiltGraph> NodeBuilder::build(ArrayRef<int64_t> image, const std::vector<std::string> &outputs) {
  builder.getContext()->loadDialect<func::FuncDialect, SwinDialect>();
  BuiltGraph built;
  built.module = ModuleOp::create(builder, builder.getUnknownLoc());
  builder.setInsertionPointToEnd(built.module->getBody());
  Location place = NameLoc::get(builder.getStringAttr("forward"));
  auto type = RankedTensorType::get(image, builder.getF32Type());
  auto forward = func::FuncOp::create(builder, place, "forward", builder.getFunctionType(type, {}));
  builder.setInsertionPointToEnd(forward.addEntryBlock());
  if (!ShapedType::isDynamic(image[2]))
    imageText = std::to_string(image[2]) + "x" + std::to_string(image[3]);
  values[0] = {forward.getArgument(0), Form::Image};
  for (size_t i = 1; i < graph.nodes.size(); ++i)
    buildNode(i);
  addOutputs(outputs);
  func::ReturnOp::create(builder, place);
  if (!isWhole)
    return std::nullopt;
  takeParameters(*built.module, built.parameters);
  return built;
}

bool checkGraph(const Graph &graph, const Spec &use) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  std::vector<std::string> outputs;
  for (const GraphOutput &output : graph.outputs)
    outputs.push_back(output.name);
  auto build = [&](ArrayRef<int64_t> image) {
    return NodeBuilder(graph, use, context).build(image, outputs).has_value();
  };
  // What is wrong at any size, and then, where all sizes are known, what this one breaks: the first is said.
  bool isRight = build({ShapedType::kDynamic, use.imageChannels, ShapedType::kDynamic, ShapedType::kDynamic});
  if (!problemsOfUse(use).empty())
    return false;
  return build({std::max<int64_t>(use.batch, 1), use.imageChannels, use.imageSize[0], use.imageSize[1]}) && isRight;
}

std::optional<BuiltGraph> buildNodes(const Graph &graph, const Spec &use, MLIRContext &context) {
  auto free = [](int64_t size) { return size == 0 ? ShapedType::kDynamic : size; };
  return NodeBuilder(graph, use, context)
      .build({free(use.batch), use.imageChannels, free(use.fixed[0]), free(use.fixed[1])}, use.outputs);
}

} // namespace swin::dsl
