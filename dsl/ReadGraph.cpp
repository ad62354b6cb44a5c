//===- ReadGraph.cpp - descriptions that say a graph ----------------------===//
#include "dsl/ReadGraph.h"

#include "dsl/Check.h"
#include "dsl/GraphEntries.h"
#include "dsl/Readers.h"

#include <algorithm>
#include <filesystem>
#include <map>

namespace swin::dsl {
namespace {

const std::vector<std::string> modelKeys = {"$schema", "format",        "architecture", "image",   "batch",  "graph",
                                            "blocks",  "preprocessing", "labels",       "weights", "outputs"};

/// Entries in the order in which they can be computed.
class Sorter {
public:
  Sorter(Document &document, GraphEntries all)
      : document(document), entries(std::move(all.list)), isWhole(all.isWhole) {
    for (size_t i = 0; i < entries.size(); ++i)
      places.emplace(entries[i].name, i);
    states.resize(entries.size());
  }

  std::vector<GraphNode> sort() {
    for (size_t i = 0; i < entries.size(); ++i)
      visit(i);
    return std::move(nodes);
  }

  /// The node that a name stands for; broken ones count. Nothing after an error.
  std::optional<size_t> find(const Reading &reading) {
    auto place = places.find(reading.name);
    if (place != places.end())
      return states[place->second].node;
    if (!isWhole || isInBroken(reading.name))
      return std::nullopt;
    std::string near = meant(reading);
    document.error(reading.where, reading.pointer,
                   "there is no node \"" + printable(reading.said, maxNameBytes) + "\"" +
                       (isInside(reading) ? " in this block" : ""),
                   near.empty() ? "" : didYouMean(near), {reading.said, near});
    return std::nullopt;
  }

private:
  enum class Mark { New, Open, Done };
  struct State {
    Mark mark = Mark::New;
    size_t next = 0; ///< reading to be followed
    size_t node = 0;
  };

  static bool isInside(const Reading &reading) { return reading.name != reading.said; }

  /// Whether a name is of what would be inside of a block's use that is wrong.
  bool isInBroken(const std::string &name) const {
    for (size_t point = name.find('.'); point != name.npos; point = name.find('.', point + 1))
      if (auto outer = places.find(name.substr(0, point)); outer != places.end() && entries[outer->second].broken)
        return true;
    return false;
  }

  /// The name that was probably meant, or "".
  std::string meant(const Reading &reading) const {
    constexpr size_t mostNames = 2000;
    std::string prefix =
        reading.name.substr(0, reading.name.size() - std::min(reading.name.size(), reading.said.size()));
    std::vector<std::string> known;
    for (const GraphEntry &entry : entries)
      if (entry.name.starts_with(prefix) && known.size() < mostNames)
        known.push_back(entry.name.substr(prefix.size()));
    return nearest(reading.said, known);
  }

  /// Depth first, without recursion: chains are long.
  void visit(size_t start) {
    if (states[start].mark != Mark::New)
      return;
    std::vector<size_t> way = {start};
    states[start].mark = Mark::Open;
    while (!way.empty()) {
      size_t at = way.back();
      State &state = states[at];
      if (state.next == entries[at].reads.size()) {
        finish(at);
        way.pop_back();
        continue;
      }
      auto place = places.find(entries[at].reads[state.next++].name);
      if (place == places.end())
        continue; // reported by finish
      State &next = states[place->second];
      if (next.mark == Mark::Open) {
        reportCycle(way, place->second);
        entries[at].broken = true;
      } else if (next.mark == Mark::New) {
        next.mark = Mark::Open;
        way.push_back(place->second);
      }
    }
  }

  void reportCycle(const std::vector<size_t> &way, size_t from) {
    constexpr size_t mostNames = 8;
    auto first = std::find(way.begin(), way.end(), from);
    std::string names;
    size_t count = 0;
    // Each is read by the one in front of it.
    for (auto at = first; at != way.end(); ++at)
      if (entries[*at].op && ++count <= mostNames)
        names += "\"" + printable(entries[*at].name, maxNameBytes) + "\" reads ";
    if (count > mostNames)
      names += "... reads ";
    const GraphEntry &entry = entries[from];
    auto named = std::find_if(first, way.end(), [&](size_t at) { return entries[at].op; });
    std::string end = named == way.end() ? entry.name : entries[*named].name;
    document.error(entry.where, entry.pointer,
                   "nodes read each other in a circle: " + names + "\"" + printable(end, maxNameBytes) + "\"",
                   "expected every node to follow from the image");
  }

  void finish(size_t at) {
    GraphEntry &entry = entries[at];
    State &state = states[at];
    state.mark = Mark::Done;
    GraphNode node;
    node.name = entry.name;
    node.op = entry.op;
    node.object = std::move(entry.object);
    node.pointer = entry.pointer;
    node.broken = entry.broken;
    node.object.where = entry.where;
    for (const Reading &reading : entry.reads) {
      std::optional<size_t> found = find(reading);
      node.broken |= !found;
      if (!found)
        continue;
      if (reading.role.empty() || reading.role == "like")
        node.inputs.push_back(*found);
      else
        node.constants.emplace(reading.role, *found);
      node.hasLike |= reading.role == "like";
    }
    bool isAlias = !entry.op && at > 0;
    if (isAlias && !node.broken && !node.inputs.empty()) {
      state.node = node.inputs[0];
      return;
    }
    state.node = nodes.size();
    nodes.push_back(std::move(node));
  }

  Document &document;
  std::vector<GraphEntry> entries;
  const bool isWhole; ///< else a name that is not there may be one that an error took away
  std::map<std::string, size_t> places;
  std::vector<State> states;
  std::vector<GraphNode> nodes;
};

bool isOutputName(const std::string &name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

void readOutputs(Document &document, const Fields &model, Sorter &sorter, Graph &graph, Spec &use) {
  const std::string example = "{\"logits\": the name of a node}";
  model.require("outputs", "outputs by name, as " + example);
  const Json *object = model.find("outputs");
  if (!object)
    return;
  Fields fields(document, *object, "/outputs");
  if (object->kind == Json::Kind::Object && object->members.empty())
    model.error("outputs", "there are no outputs", "expected at least one, as " + example);
  for (const JsonMember &member : object->members) {
    std::string at = fields.pointerTo(member.key), name;
    if (!isOutputName(member.key))
      document.error(member.where, at, "an output is called \"" + printable(member.key) + "\"",
                     "expected letters, digits, _ and -, at most 64");
    if (!fields.text(member.key, name))
      continue;
    if (std::optional<size_t> node = sorter.find({name, name, member.value.where, at, ""})) {
      graph.outputs.push_back({member.key, *node, member.value.where, at});
      use.outputs.push_back(member.key);
    }
  }
}

/// A node that leads nowhere is probably a mistake.
void noteUnused(const Graph &graph) {
  constexpr size_t mostNames = 3;
  std::vector<bool> isNeeded(graph.nodes.size());
  for (const GraphOutput &output : graph.outputs)
    isNeeded[output.node] = true;
  std::vector<std::string> names;
  for (size_t i = graph.nodes.size(); i-- > 1;) {
    const GraphNode &node = graph.nodes[i];
    if (!isNeeded[i])
      names.push_back("\"" + printable(node.name, maxNameBytes) + "\"");
    for (size_t read : node.inputs)
      isNeeded[read] = isNeeded[read] || isNeeded[i];
    for (const auto &[role, constant] : node.constants)
      isNeeded[constant] = isNeeded[constant] || isNeeded[i];
  }
  std::reverse(names.begin(), names.end());
  if (names.empty())
    return;
  std::string rest = names.size() > mostNames ? " and " + std::to_string(names.size() - mostNames) + " more" : "";
  std::string what = names.size() == 1 ? "the node " : "the nodes ";
  names.resize(std::min(names.size(), mostNames));
  graph.document->note("no output needs " + what + join(names, ", ") + rest);
}

} // namespace

Diagnostic errorAt(const Graph &graph, const std::string &name, const std::string &what, const SourceTexts &texts) {
  Diagnostics diagnostics(texts);
  auto node = std::find_if(graph.nodes.begin(), graph.nodes.end(), [&](const GraphNode &n) { return n.name == name; });
  bool found = node != graph.nodes.end();
  Diagnostic error;
  error.file = graph.document->file;
  error.where = found ? node->object.where : Position();
  error.what = "node \"" + printable(name, maxNameBytes) + "\": " + printable(what, 300);
  error.pointer = found ? node->pointer : "";
  error.layer = name;
  diagnostics.error(std::move(error));
  return diagnostics.errors().front();
}

const GraphOutput *Graph::output(const std::string &name) const {
  auto found = std::find_if(outputs.begin(), outputs.end(), [&](const GraphOutput &each) { return each.name == name; });
  return found == outputs.end() ? nullptr : &*found;
}

std::string Graph::outputNames() const {
  std::vector<std::string> names;
  for (const GraphOutput &each : outputs)
    names.push_back(each.name);
  return join(names);
}

bool saysGraph(const Json &root) { return root.find("graph"); }

std::vector<std::string> graphKeys(const std::string &object) {
  return object == "model" ? modelKeys : unrolledKeys(object);
}

std::shared_ptr<const Graph> readGraph(std::shared_ptr<Document> document, const std::string &folder, Spec &use) {
  Fields model(*document, document->root, "");
  model.refuseOthers(modelKeys);
  size_t choice = 0;
  model.choice("format", {"swin-model"}, choice);
  std::string schema;
  model.text("$schema", schema);
  model.text("architecture", use.architecture);
  model.texts("labels", use.labels);
  readImage(model, use);
  readUse(model, use);
  if (!use.weights.empty())
    use.weights = (std::filesystem::path(folder) / use.weights).string();
  document->report(problemsOfUse(use), [](const std::string &pointer) { return pointer; });
  auto graph = std::make_shared<Graph>();
  Sorter sorter(*document, unrollGraph(*document));
  graph->nodes = sorter.sort();
  readOutputs(*document, model, sorter, *graph, use);
  graph->document = std::move(document);
  if (checkGraph(*graph, use) && graph->document->good())
    noteUnused(*graph);
  return graph;
}

} // namespace swin::dsl
