//===- Descriptions.cpp - what reading a description promises --------------===//
#include "tests/fuzz/Descriptions.h"

#include "dsl/GraphBuilder.h"
#include "dsl/GraphBuilderNodes.h"
#include "dsl/ReadSpec.h"
#include "tests/fuzz/Mlir.h"
#include "tests/fuzz/Target.h"

#include <nlohmann/json.hpp>

#include <iterator>

namespace swin::fuzz {
namespace {

using namespace dsl;

/// Small enough to build thousands of.
bool isSmall(const Spec &spec) {
  int64_t blocks = 0;
  for (const Stage &stage : spec.stages)
    blocks += stage.depth;
  return blocks <= 6 && spec.channels(spec.stages.size()) <= 4096;
}

void build(Spec spec, Semantics semantics) {
  spec.semantics = semantics;
  spec.outputs = outputsOf(spec, semantics);
  Diagnostics errors;
  checkSpec(spec, "m.json", errors);
  if (errors.good())
    require(static_cast<bool>(buildGraph(spec, semantics, context())), "a graph of a consistent spec");
}

void checkSpecs(const Spec &spec) {
  constexpr Semantics all[] = {Semantics::Timm,       Semantics::Torchvision, Semantics::Hf,
                               Semantics::HfBackbone, Semantics::Mm,          Semantics::Microsoft};
  for (Semantics semantics : all) {
    for (size_t stage = 0; stage < spec.stages.size(); ++stage)
      blockGeometry(spec, semantics, stage, 1);
    int64_t total = 0;
    for (const Parameter &parameter : parametersOf(spec, semantics)) {
      int64_t size = 1;
      for (int64_t extent : parameter.shape)
        require(extent > 0 && !__builtin_mul_overflow(size, extent, &size), "a size of " + parameter.name);
      total += size;
    }
    require(total < int64_t(1) << 32, "a size of all parameters");
  }
  std::string text = specText(spec), path = written("again.json", text);
  Diagnostics errors;
  Spec again = readSpec(path, errors);
  require(errors.good(), "the spec is read again: " + text);
  again.weights = spec.weights; // from another folder
  require(specText(again) == text, "the same spec is read again: " + text);
  if (isSmall(spec)) {
    build(spec, spec.semantics.value_or(usualSemantics(spec)));
    build(spec, all[text.size() % std::size(all)]);
  }
}

void checkGraph(const Graph &graph, const Spec &use, const Diagnostics &errors) {
  if (graph.nodes.size() > 200)
    return;
  std::optional<BuiltGraph> built = buildNodes(graph, use, context());
  // Sizes that are known and sizes that are not may be one at the model's own size alone.
  require(built.has_value() == errors.good(), "a graph or an error");
  std::string text = graphText(graph, use), path = written("again.json", text);
  Diagnostics more;
  Description again = readDescription(path, more);
  require(more.good() && again.graph, "the graph is read again: " + text);
  again.spec.weights = use.weights; // from another folder
  require(graphText(*again.graph, again.spec) == text, "the same graph is read again: " + text);
}

/// In all the ways in which they are shown.
void checkErrors(const Diagnostics &errors, const std::string &begin) {
  requireLines(errors.lines(), begin);
  for (const Diagnostic &error : errors.errors()) {
    std::string line = jsonLine(error);
    requireLines({line}, "{");
    require(nlohmann::json::accept(line), "an error is JSON: " + line);
    for (char c : error.excerpt)
      require(c == '\n' || c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f),
              "a control character in an excerpt");
    require(error.excerpt.empty() || error.excerpt.ends_with('\n'), "an excerpt is whole lines");
  }
}

} // namespace

void checkDescription(const std::string &path, const std::string &begin) {
  Diagnostics errors;
  Description read = readDescription(path, errors);
  checkErrors(errors, begin);
  if (!errors.good())
    return;
  ++accepted;
  if (read.graph)
    checkGraph(*read.graph, read.spec, errors);
  else
    checkSpecs(read.spec);
  checkErrors(errors, begin);
}

} // namespace swin::fuzz
