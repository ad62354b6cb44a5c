//===- UnrollGraph.cpp - loops and blocks of a graph's description --------===//
// Errors inside of a loop or a block are said once, however often it runs, since they
// stand at one place of the file.
//===----------------------------------------------------------------------===//
#include "dsl/GraphNodeReader.h"

#include <algorithm>
#include <map>
#include <utility>

namespace swin::dsl {
namespace {

const char *const variableText = "expected a letter, then letters, digits and _";
const std::vector<std::string> blockKeys = {"parameters", "inputs", "nodes", "output"};
const std::vector<std::string> loopKeys = {"repeat", "index", "nodes"};
const std::vector<std::string> useKeys = {"name", "block", "input", "inputs"};

struct Block {
  const Json *object = nullptr;
  std::string pointer;
  std::vector<std::string> parameters, inputs;
};

class Unroller : NodeReader {
public:
  using NodeReader::NodeReader;

  GraphEntries unroll() {
    entries.emplace_back().name = "image";
    names.insert("image");
    readBlocks();
    std::string last = "image";
    if (const Json *nodes = document.root.find("graph"))
      addList(*nodes, "/graph", {}, last);
    if (count > maxGraphNodes)
      document.error(document.root.find("graph")->where, "/graph",
                     "more than " + std::to_string(maxGraphNodes) +
                         " nodes, with all turns of loops and uses of blocks");
    return {std::move(entries), isWhole && count <= maxGraphNodes};
  }

private:
  void readBlocks();
  void readBlock(const std::string &name, const Json &object, const std::string &pointer);
  void addList(const Json &nodes, const std::string &pointer, const Scope &scope, std::string &last);
  void addNode(const Json &object, const std::string &pointer, const Scope &scope, std::string &last);
  void addLoop(const Json &object, const std::string &pointer, const Scope &scope, std::string &last);
  void addUse(const Json &object, const std::string &pointer, const Scope &scope, std::string &last);
  /// Null after an error: no such block, or one that would have no end.
  const Block *findBlock(const Fields &use, const std::string &name, const Scope &scope);
  void putIn(const Block &block, GraphEntry use, const Scope &inside);
  std::vector<std::string> variableNames(const Fields &fields, const std::string &key);
  /// Of "repeat" at a pointer, with the values of variables.
  std::optional<int64_t> turnsOf(const Json &over, const std::string &at);

  std::map<std::string, Block> blocks;
};

std::vector<std::string> Unroller::variableNames(const Fields &fields, const std::string &key) {
  std::vector<std::string> found, good;
  if (!fields.texts(key, found))
    return good;
  for (size_t i = 0; i < found.size(); ++i) {
    bool isFree = std::find(good.begin(), good.end(), found[i]) == good.end();
    if (isVariableName(found[i]) && isFree && std::find(useKeys.begin(), useKeys.end(), found[i]) == useKeys.end())
      good.push_back(found[i]);
    else
      document.error(fields.find(key)->elements[i].where, fields.pointerTo(key) + "/" + std::to_string(i),
                     "found \"" + printable(found[i]) + "\"" + (isFree ? "" : " twice"),
                     "expected different names of letters, digits and _, none of: " + join(useKeys));
  }
  return good;
}

void Unroller::readBlock(const std::string &name, const Json &object, const std::string &pointer) {
  Fields fields(document, object, pointer);
  fields.refuseOthers(blockKeys);
  fields.require("nodes", "a list of nodes");
  Block block{&object, pointer, variableNames(fields, "parameters"), {"x"}};
  if (fields.has("inputs"))
    block.inputs = variableNames(fields, "inputs");
  if (!isVariableName(name))
    document.error(object.where, pointer, "a block is called \"" + printable(name) + "\"", variableText);
  blocks.emplace(name, std::move(block));
}

void Unroller::readBlocks() {
  const Json *object = document.root.find("blocks");
  if (!object)
    return;
  Fields fields(document, *object, "/blocks"); // an error if it is no object
  for (const JsonMember &member : object->members)
    readBlock(member.key, member.value, fields.pointerTo(member.key));
}

void Unroller::addList(const Json &nodes, const std::string &pointer, const Scope &scope, std::string &last) {
  if (nodes.kind != Json::Kind::Array)
    document.error(nodes.where, pointer, "found " + describe(nodes), "expected a list of nodes");
  for (size_t i = 0; i < nodes.elements.size() && count <= maxGraphNodes; ++i)
    addNode(nodes.elements[i], pointer + "/" + std::to_string(i), scope, last);
}

void Unroller::addNode(const Json &object, const std::string &pointer, const Scope &scope, std::string &last) {
  if (object.kind != Json::Kind::Object) {
    document.error(object.where, pointer, "found " + describe(object), "expected an object");
    last = lose();
  } else if (object.find("repeat")) {
    addLoop(object, pointer, scope, last);
  } else if (object.find("block")) {
    addUse(object, pointer, scope, last);
  } else {
    addOp(object, pointer, scope, last);
  }
}

std::optional<int64_t> Unroller::turnsOf(const Json &over, const std::string &at) {
  auto fail = [&](Position where, const std::string &inner, const std::string &what, const std::string &right) {
    document.error(where, inner, what, right);
    return std::nullopt;
  };
  if (over.kind == Json::Kind::Integer && over.integer >= 0)
    return over.integer;
  if (over.kind != Json::Kind::Object || over.members.empty())
    return fail(over.where, at, "found " + describe(over),
                "expected a number of turns, or an object with a list of values for each variable");
  size_t turns = over.members[0].value.elements.size();
  for (const auto &[key, where, value] : over.members) {
    std::string inner = at + "/" + pointerPart(key);
    if (!isVariableName(key))
      return fail(where, inner, "a variable is called \"" + printable(key) + "\"", variableText);
    if (value.kind != Json::Kind::Array)
      return fail(value.where, inner, "found " + describe(value), "expected a list");
    if (value.elements.size() != turns)
      return fail(value.where, inner, "found " + describe(value) + " beside one of " + std::to_string(turns),
                  "expected lists of one length");
  }
  return static_cast<int64_t>(turns);
}

void Unroller::addLoop(const Json &object, const std::string &pointer, const Scope &scope, std::string &last) {
  Fields fields(document, object, pointer);
  fields.refuseOthers(loopKeys);
  fields.require("nodes", "a list of nodes");
  std::string index, at = fields.pointerTo("repeat");
  bool isGood = !fields.has("index") || fields.text("index", index);
  if (isGood && fields.has("index") && !isVariableName(index))
    isGood = fields.error("index", "found \"" + printable(index) + "\"", variableText);
  Json over;
  std::optional<int64_t> turns;
  if (templates.fill(*object.find("repeat"), at, scope.variables, over))
    turns = turnsOf(over, at);
  if (!isGood || !turns) {
    last = lose();
    return;
  }
  const Json *nodes = object.find("nodes");
  for (int64_t turn = 0; nodes && turn < *turns && countsOne(); ++turn) {
    Json number;
    number.kind = Json::Kind::Integer;
    number.integer = turn;
    number.number = static_cast<double>(turn);
    // A chain of variables on the stack: nothing keeps a Variables.
    std::vector<Variables> chain(over.members.size() + 1);
    const Variables *inner = scope.variables;
    for (size_t i = 0; i < over.members.size(); ++i) {
      chain[i] = {inner, over.members[i].key, &over.members[i].value.elements[turn]};
      inner = &chain[i];
    }
    if (!index.empty()) {
      chain.back() = {inner, index, &number};
      inner = &chain.back();
    }
    addList(*nodes, fields.pointerTo("nodes"), {scope.block, inner, scope.blocks}, last);
  }
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

void Unroller::addUse(const Json &object, const std::string &pointer, const Scope &scope, std::string &last) {
  Fields fields(document, object, pointer);
  std::optional<GraphEntry> entry = named(fields, object, pointer, scope);
  std::string before = std::exchange(last, entry ? entry->name : lose()), what;
  const Block *block = nullptr;
  if (countsOne() && templates.fillText(*object.find("block"), fields.pointerTo("block"), scope.variables, what))
    block = findBlock(fields, what, scope);
  if (!block) {
    if (entry)
      addBroken(std::move(*entry));
    return;
  }
  std::vector<std::string> keys = {"name", "block"};
  if (!block->inputs.empty())
    keys.push_back(block->inputs.size() == 1 ? "input" : "inputs");
  keys.insert(keys.end(), block->parameters.begin(), block->parameters.end());
  fields.refuseOthers(keys);

  size_t parameters = block->parameters.size(), inputs = block->inputs.size();
  std::vector<Json> values(parameters + 1);
  std::vector<Variables> chain(parameters + 1);
  values.back().kind = Json::Kind::Text;
  values.back().text = entry ? entry->name : "";
  chain[0] = {nullptr, "block", &values.back()};
  bool good = entry.has_value();
  for (size_t i = 0; i < parameters; ++i) {
    const std::string &parameter = block->parameters[i];
    fields.require(parameter, "a value for this parameter of block \"" + what + "\"");
    const Json *value = object.find(parameter);
    good &= value && templates.fill(*value, fields.pointerTo(parameter), scope.variables, values[i]);
    chain[i + 1] = {&chain[i], parameter, &values[i]};
  }
  if (!entry)
    return;
  if (inputs == 1)
    readOne(fields, scope, before, *entry);
  else if (inputs > 1)
    readList(fields, inputs, inputs, scope, *entry);
  entry->broken |= !good;
  if (entry->broken)
    return addBroken(std::move(*entry));
  Scope inside{entry->name, &chain.back(), scope.blocks};
  inside.blocks.push_back(what);
  putIn(*block, std::move(*entry), inside);
}

const Block *Unroller::findBlock(const Fields &use, const std::string &name, const Scope &scope) {
  auto found = blocks.find(name);
  if (found == blocks.end()) {
    std::vector<std::string> known;
    for (const auto &[each, block] : blocks)
      known.push_back(each);
    std::string near = nearest(name, known);
    use.error("block", "there is no block \"" + printable(name) + "\"",
              known.empty()  ? "\"blocks\" has none"
              : near.empty() ? "known: " + printable(join(known), 200)
                             : didYouMean(near),
              {name, near});
    return nullptr;
  }
  auto again = std::find(scope.blocks.begin(), scope.blocks.end(), name);
  if (again != scope.blocks.end()) {
    std::string way;
    for (; again != scope.blocks.end(); ++again)
      way += "\"" + *again + "\" uses ";
    use.error("block", "a block has itself inside: " + way + "\"" + name + "\"", "expected another block");
    return nullptr;
  }
  if (scope.blocks.size() == maxBlockDepth) {
    use.error("block", "more than " + std::to_string(maxBlockDepth) + " blocks inside of each other");
    return nullptr;
  }
  return &found->second;
}

void Unroller::putIn(const Block &block, GraphEntry use, const Scope &inside) {
  std::string last;
  for (size_t i = 0; i < block.inputs.size(); ++i) {
    GraphEntry input;
    input.name = nameInside(use.name, block.inputs[i]);
    input.where = use.where;
    input.pointer = use.pointer;
    input.reads = {use.reads[i]};
    names.insert(input.name);
    if (i == 0)
      last = input.name;
    entries.push_back(std::move(input));
  }
  Fields fields(document, *block.object, block.pointer);
  if (const Json *nodes = fields.find("nodes"))
    addList(*nodes, fields.pointerTo("nodes"), inside, last);
  std::optional<Reading> output;
  if (const Json *said = fields.find("output"))
    output = reading(*said, fields.pointerTo("output"), inside);
  else if (!last.empty())
    output = Reading{last, last, block.object->where, block.pointer, ""};
  else
    fields.error("nodes", "the block gives nothing: it has no node that reads another", "expected \"output\"");
  use.broken |= !output;
  use.reads.clear();
  if (output)
    use.reads = {*output};
  entries.push_back(std::move(use));
}

} // namespace

std::vector<std::string> unrolledKeys(const std::string &object) {
  return object == "block" ? blockKeys : object == "loop" ? loopKeys : useKeys;
}

GraphEntries unrollGraph(Document &document) { return Unroller(document).unroll(); }

} // namespace swin::dsl
