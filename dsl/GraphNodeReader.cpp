//===- GraphNodeReader.cpp - one node of a graph's description ------------===//
#include "dsl/GraphNodeReader.h"

#include <algorithm>

namespace swin::dsl {
namespace {

constexpr size_t mostInputs = 64;

bool isNodeName(const std::string &name) {
  auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), good) && name.front() != '.' && name.back() != '.' &&
         name.find("..") == name.npos;
}

} // namespace

std::string nameInside(const std::string &block, const std::string &name) {
  return block.empty() ? name : block + "." + name;
}

void NodeReader::addBroken(GraphEntry entry) {
  entry.broken = true;
  entries.push_back(std::move(entry));
}

std::optional<GraphEntry> NodeReader::named(const Fields &fields, const Json &object, const std::string &pointer,
                                            const Scope &scope) {
  fields.require("name", "a name that is there once");
  const Json *value = object.find("name");
  std::string name;
  if (!value || !templates.fillText(*value, fields.pointerTo("name"), scope.variables, name))
    return std::nullopt;
  GraphEntry entry;
  entry.name = nameInside(scope.block, name);
  entry.where = object.where;
  entry.pointer = pointer;
  if (!isNodeName(name) || entry.name.size() > maxNameBytes) {
    fields.error("name", "found \"" + printable(entry.name) + "\"",
                 "expected letters, digits, _, - and single points, at most " + std::to_string(maxNameBytes) +
                     " with the names of blocks");
    return std::nullopt;
  }
  if (!names.insert(entry.name).second) {
    fields.error("name", "a second node \"" + printable(entry.name, maxNameBytes) + "\"",
                 "expected a name that is there once; names in loops have a variable");
    return std::nullopt;
  }
  return entry;
}

std::optional<Reading> NodeReader::reading(const Json &value, const std::string &pointer, const Scope &scope) {
  Reading result{"", "", value.where, pointer, ""};
  if (!templates.fillText(value, pointer, scope.variables, result.said))
    return std::nullopt;
  result.name = nameInside(scope.block, result.said);
  return result;
}

void NodeReader::readOne(const Fields &fields, const Scope &scope, const std::string &last, GraphEntry &entry) {
  const Json *input = fields.find("input");
  std::optional<Reading> one;
  if (input)
    one = reading(*input, fields.pointerTo("input"), scope);
  else if (!last.empty())
    one = Reading{last, last, entry.where, entry.pointer, ""};
  else
    fields.error("input", "node \"" + printable(entry.name) + "\" reads nothing, and no node stands in front of it",
                 "expected \"input\"");
  if (one)
    entry.reads.push_back(*one);
  entry.broken |= !one;
}

void NodeReader::readList(const Fields &fields, size_t least, size_t most, const Scope &scope, GraphEntry &entry) {
  std::string expected = least == most ? "a list of " + std::to_string(least) + " names of nodes"
                                       : "a list of at least " + std::to_string(least) + " names of nodes";
  fields.require("inputs", expected);
  const Json *list = fields.find("inputs");
  size_t size = list ? list->elements.size() : 0;
  bool good = list && list->kind == Json::Kind::Array && size >= least && size <= most;
  if (list && !good)
    fields.error("inputs", "found " + describe(*list), "expected " + expected);
  for (size_t i = 0; good && i < size; ++i) {
    std::optional<Reading> each =
        reading(list->elements[i], fields.pointerTo("inputs") + "/" + std::to_string(i), scope);
    if (each)
      entry.reads.push_back(*each);
    entry.broken |= !each;
  }
  entry.broken |= !good;
}

void NodeReader::readWeights(const GraphOp &op, const Fields &fields, const Variables *variables, const Scope &scope,
                             GraphEntry &entry) {
  std::optional<Fields> weights = fields.object("weights");
  if (!weights)
    return;
  weights->refuseOthers(op.weights);
  Json filled;
  filled.kind = Json::Kind::Object;
  filled.where = fields.find("weights")->where;
  for (const std::string &role : op.weights) {
    const Json *value = weights->find(role);
    if (!value)
      continue;
    std::string at = weights->pointerTo(role);
    if (value->kind == Json::Kind::Object) {
      Fields of(document, *value, at);
      of.refuseOthers({"node"});
      of.require("node", "the name of a node");
      const Json *node = value->find("node");
      std::optional<Reading> constant = node ? reading(*node, at + "/node", scope) : std::nullopt;
      entry.broken |= !constant;
      if (constant)
        constant->role = role, entry.reads.push_back(*constant);
    } else if (value->kind == Json::Kind::Text) {
      Json name;
      entry.broken |= !templates.fill(*value, at, variables, name);
      filled.members.push_back({role, value->where, name});
    } else {
      weights->error(role, "found " + describe(*value),
                     "expected the name of a tensor, or {\"node\": the name of a constant node}");
      entry.broken = true;
    }
  }
  entry.object.members.push_back({"weights", filled.where, filled});
}

const GraphOp *NodeReader::findOp(const Fields &fields, const Scope &scope) {
  fields.require("op", "an op; docs/Graphs.md lists all of them");
  const Json *said = fields.find("op");
  std::string name;
  if (!said || !templates.fillText(*said, fields.pointerTo("op"), scope.variables, name))
    return nullptr;
  if (const GraphOp *op = graphOpNamed(name))
    return op;
  std::vector<std::string> known;
  for (const GraphOp &each : graphOps())
    known.push_back(each.name);
  std::string near = nearest(name, known);
  fields.error("op", "there is no op \"" + printable(name) + "\"",
               near.empty() ? "known: " + join(known) : didYouMean(near), {name, near});
  return nullptr;
}

void NodeReader::addOp(const Json &object, const std::string &pointer, const Scope &scope, std::string &last) {
  Fields fields(document, object, pointer);
  std::optional<GraphEntry> entry = named(fields, object, pointer, scope);
  const GraphOp *op = findOp(fields, scope);
  std::string before = last;
  std::string name = entry ? entry->name : lose();
  if (!op || op->inputs != GraphOp::Inputs::None)
    last = name;
  if (!countsOne())
    return;
  if (!op || !entry) {
    if (entry)
      addBroken(std::move(*entry));
    return;
  }
  std::vector<std::string> keys = {"name", "op"};
  if (op->inputs != GraphOp::Inputs::None)
    keys.push_back(op->inputs == GraphOp::Inputs::One ? "input" : "inputs");
  if (op->like != GraphOp::Like::None)
    keys.push_back("like");
  keys.insert(keys.end(), op->attributes.begin(), op->attributes.end());
  if (!op->weights.empty())
    keys.push_back("weights");
  fields.refuseOthers(keys);

  entry->op = op;
  Json whole;
  whole.kind = Json::Kind::Text;
  whole.text = entry->name;
  Variables variables{scope.variables, "name", &whole};
  readInputs(fields, scope, before, *entry);
  entry->object.kind = Json::Kind::Object;
  entry->object.where = object.where;
  for (const std::string &key : op->attributes)
    if (const Json *value = fields.find(key)) {
      entry->object.members.push_back({key, value->where, {}});
      entry->broken |= !templates.fill(*value, fields.pointerTo(key), &variables, entry->object.members.back().value);
    }
  readWeights(*op, fields, &variables, scope, *entry);
  entries.push_back(std::move(*entry));
}

void NodeReader::readInputs(const Fields &fields, const Scope &scope, const std::string &last, GraphEntry &entry) {
  switch (entry.op->inputs) {
  case GraphOp::Inputs::None:
    break;
  case GraphOp::Inputs::One:
    readOne(fields, scope, last, entry);
    break;
  case GraphOp::Inputs::Two:
    readList(fields, 2, 2, scope, entry);
    break;
  case GraphOp::Inputs::Several:
    readList(fields, 1, mostInputs, scope, entry);
    break;
  }
  const Json *like = fields.find("like");
  if (entry.op->like == GraphOp::Like::Needed && !like)
    fields.require("like", "the name of a node whose size it gets");
  entry.broken |= entry.op->like == GraphOp::Like::Needed && !like;
  if (!like || entry.op->like == GraphOp::Like::None)
    return;
  std::optional<Reading> read = reading(*like, fields.pointerTo("like"), scope);
  entry.broken |= !read;
  if (read)
    read->role = "like", entry.reads.push_back(*read);
}

} // namespace swin::dsl
