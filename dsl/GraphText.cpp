//===- GraphText.cpp - a graph as a description ---------------------------===//
#include "dsl/Graph.h"
#include "dsl/JsonText.h"

#include <algorithm>

namespace swin::dsl {
namespace {

nlohmann::ordered_json plain(const Json &value) {
  switch (value.kind) {
  case Json::Kind::Null:
    break;
  case Json::Kind::Boolean:
    return value.boolean;
  case Json::Kind::Integer:
    return value.integer;
  case Json::Kind::Number:
    return value.number;
  case Json::Kind::Text:
    return value.text;
  case Json::Kind::Array: {
    auto list = nlohmann::ordered_json::array();
    for (const Json &element : value.elements)
      list.push_back(plain(element));
    return list;
  }
  case Json::Kind::Object: {
    auto object = nlohmann::ordered_json::object();
    for (const JsonMember &member : value.members)
      object[member.key] = plain(member.value);
    return object;
  }
  }
  return nullptr;
}

nlohmann::ordered_json plain(const Graph &graph, const GraphNode &node) {
  nlohmann::ordered_json text = {{"name", node.name}, {"op", node.op->name}};
  auto nameOf = [&](size_t at) { return graph.nodes[at].name; };
  size_t inputs = node.inputs.size() - node.hasLike;
  if (node.op->inputs == GraphOp::Inputs::One)
    text["input"] = nameOf(node.inputs[0]);
  for (size_t i = 0; i < inputs && node.op->inputs != GraphOp::Inputs::One; ++i)
    text["inputs"].push_back(nameOf(node.inputs[i]));
  if (node.hasLike)
    text["like"] = nameOf(node.inputs.back());
  for (const JsonMember &member : node.object.members)
    text[member.key] = plain(member.value);
  for (const auto &[role, constant] : node.constants)
    text["weights"][role] = {{"node", nameOf(constant)}};
  return text;
}

} // namespace

std::string graphText(const Graph &graph, const Spec &use) {
  nlohmann::ordered_json model = {{"format", "swin-model"}};
  if (!use.architecture.empty())
    model["architecture"] = use.architecture;
  model["image"] = {{"size", {use.imageSize[0], use.imageSize[1]}},
                    {"channels", use.imageChannels},
                    {"fixed", use.fixed != Size{0, 0}}};
  model["batch"] = "any";
  if (use.batch != 0)
    model["batch"] = use.batch;
  model["graph"] = nlohmann::ordered_json::array();
  for (const GraphNode &node : graph.nodes)
    if (node.op)
      model["graph"].push_back(plain(graph, node));
  model["outputs"] = nlohmann::ordered_json::object();
  for (const std::string &name : use.outputs)
    model["outputs"][name] = graph.nodes[graph.output(name)->node].name;
  if (!use.labels.empty())
    model["labels"] = use.labels;
  if (use.preprocessing)
    model["preprocessing"] = json(*use.preprocessing);
  if (!use.weights.empty())
    model["weights"] = use.weights;
  return textOf(model);
}

} // namespace swin::dsl
