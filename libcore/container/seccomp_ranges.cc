// See seccomp_ranges.hh. The program is run for every number at which its verdict could change,
// with the architecture and the number known: what is left of it then is a return, or the few steps
// that look at arguments (partial evaluation). Equal rests are one node, so that neighbours with
// the same rest are one range; a balanced tree of comparisons finds the range.
#include "libcore/container/seccomp_ranges.hh"

#include <linux/seccomp.h>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace mincs::container {
namespace {

constexpr std::uint16_t kLoad = BPF_LD | BPF_W | BPF_ABS;
constexpr std::uint16_t kAnd = BPF_ALU | BPF_AND | BPF_K;
constexpr std::uint16_t kJump = BPF_JMP | BPF_JA;
constexpr std::uint16_t kReturn = BPF_RET | BPF_K;
constexpr std::uint16_t kIfEqual = BPF_JMP | BPF_JEQ | BPF_K;
constexpr std::uint16_t kIfGreater = BPF_JMP | BPF_JGT | BPF_K;
constexpr std::uint16_t kIfAtLeast = BPF_JMP | BPF_JGE | BPF_K;
constexpr std::uint16_t kIfAnyBit = BPF_JMP | BPF_JSET | BPF_K;

bool is_condition(std::uint16_t code) {
    return code == kIfEqual || code == kIfGreater || code == kIfAtLeast || code == kIfAnyBit;
}

bool holds(const sock_filter& condition, std::uint32_t value) {
    switch (condition.code) {
        case kIfEqual:
            return value == condition.k;
        case kIfGreater:
            return value > condition.k;
        case kIfAtLeast:
            return value >= condition.k;
        default:
            return (value & condition.k) != 0;
    }
}

using NodeId = std::size_t;

/// One step of the new program and where it goes on: `next[0]`, and where a condition does not
/// hold `next[1]`.
struct Node {
    std::uint16_t code;
    std::uint32_t k;
    NodeId next[2];
    auto operator<=>(const Node&) const = default;
};

/// Each different node once.
class Nodes {
 public:
    NodeId add(std::uint16_t code, std::uint32_t k, NodeId yes = 0, NodeId no = 0) {
        if (is_condition(code) && yes == no) return yes;
        const auto [found, is_new] = ids_.emplace(Node{code, k, {yes, no}}, nodes_.size());
        if (is_new) nodes_.push_back(found->first);
        return found->second;
    }
    const Node& operator[](NodeId id) const { return nodes_[id]; }

 private:
    std::vector<Node> nodes_;
    std::map<Node, NodeId> ids_;
};

/// What is left of a program for one architecture and number.
class Evaluation {
 public:
    Evaluation(const std::vector<sock_filter>& program, Nodes& nodes, std::uint32_t architecture,
               std::uint32_t number)
        : program_(program), nodes_(nodes), architecture_(architecture), number_(number) {}

    NodeId rest() { return rest_from(0, std::nullopt); }

 private:
    /// `value`: the accumulator's, where it is known.
    NodeId rest_from(std::size_t at, std::optional<std::uint32_t> value) {
        const sock_filter& op = program_[at];
        if (op.code == kReturn) return nodes_.add(kReturn, op.k);
        if (op.code == kJump) return rest_from(at + 1 + op.k, value);
        if (op.code == kLoad && op.k == offsetof(seccomp_data, arch))
            return rest_from(at + 1, architecture_);
        if (op.code == kLoad && op.k == offsetof(seccomp_data, nr))
            return rest_from(at + 1, number_);
        if (is_condition(op.code) && value)
            return rest_from(at + 1 + (holds(op, *value) ? op.jt : op.jf), value);
        if (op.code == kAnd && value) return rest_from(at + 1, *value & op.k);
        // From here on it depends on an argument, the same way whoever comes by.
        if (const auto known = known_.find(at); known != known_.end()) return known->second;
        const NodeId node = is_condition(op.code)
                                ? nodes_.add(op.code, op.k, rest_from(at + 1 + op.jt, std::nullopt),
                                             rest_from(at + 1 + op.jf, std::nullopt))
                                : nodes_.add(op.code, op.k, rest_from(at + 1, std::nullopt));
        known_.emplace(at, node);
        return node;
    }

    const std::vector<sock_filter>& program_;
    Nodes& nodes_;
    std::uint32_t architecture_, number_;
    std::map<std::size_t, NodeId> known_;
};

struct Range {
    std::uint32_t first;
    NodeId rest;
};

/// What a program asks about architectures and numbers: at these the verdict may be another than
/// just below.
class Borders {
 public:
    explicit Borders(const std::vector<sock_filter>& program) : program_(program) {
        follow(0, Holds::kOther);
    }
    const std::set<std::uint32_t>& architectures() const { return architectures_; }
    const std::set<std::uint32_t>& numbers() const { return numbers_; }
    /// False: something depends on single bits of one of them.
    bool are_all() const { return are_all_; }

 private:
    enum class Holds { kArchitecture, kNumber, kOther };

    /// `accumulator`: what is in it.
    void follow(std::size_t at, Holds accumulator) {
        if (!seen_.emplace(at, accumulator).second) return;
        const sock_filter& op = program_[at];
        if (op.code == kReturn) return;
        if (op.code == kJump) return follow(at + 1 + op.k, accumulator);
        if (op.code == kLoad) {
            accumulator = op.k == offsetof(seccomp_data, arch) ? Holds::kArchitecture
                          : op.k == offsetof(seccomp_data, nr) ? Holds::kNumber
                                                               : Holds::kOther;
        }
        if ((op.code == kAnd || op.code == kIfAnyBit) && accumulator != Holds::kOther)
            are_all_ = false;
        if (!is_condition(op.code)) return follow(at + 1, accumulator);
        if (accumulator == Holds::kArchitecture) insert(architectures_, op.k);
        if (accumulator == Holds::kNumber) insert(numbers_, op.k);
        follow(at + 1 + op.jt, accumulator);
        follow(at + 1 + op.jf, accumulator);
    }
    static void insert(std::set<std::uint32_t>& borders, std::uint32_t value) {
        borders.insert(value);
        if (value != ~0u) borders.insert(value + 1);
    }

    const std::vector<sock_filter>& program_;
    std::set<std::pair<std::size_t, Holds>> seen_;
    std::set<std::uint32_t> architectures_ = {0}, numbers_ = {0};
    bool are_all_ = true;
};

/// A balanced search for the range that the accumulator's number is in.
NodeId search(Nodes& nodes, const std::vector<Range>& ranges, std::size_t begin, std::size_t end) {
    if (end - begin == 1) return ranges[begin].rest;
    const std::size_t middle = begin + (end - begin) / 2;
    const NodeId above = search(nodes, ranges, middle, end);
    return nodes.add(kIfAtLeast, ranges[middle].first, above, search(nodes, ranges, begin, middle));
}

/// Loads what is at `offset` and goes on to `rest_of(border)`, that of the highest border that is
/// not above it.
template <typename RestOf>
NodeId decide(Nodes& nodes, std::size_t offset, const std::set<std::uint32_t>& borders,
              RestOf&& rest_of) {
    std::vector<Range> ranges;
    for (const std::uint32_t border : borders) {
        const NodeId rest = rest_of(border);
        if (ranges.empty() || ranges.back().rest != rest) ranges.push_back({border, rest});
    }
    if (ranges.size() == 1) return ranges.front().rest;
    return nodes.add(kLoad, static_cast<std::uint32_t>(offset),
                     search(nodes, ranges, 0, ranges.size()));
}

NodeId decide(const std::vector<sock_filter>& program, const Borders& borders, Nodes& nodes) {
    return decide(nodes, offsetof(seccomp_data, arch), borders.architectures(), [&](auto arch) {
        return decide(nodes, offsetof(seccomp_data, nr), borders.numbers(),
                      [&](auto number) { return Evaluation(program, nodes, arch, number).rest(); });
    });
}

/// Writes nodes as a program, from its end to its beginning, as jumps lead forward only.
class Writer {
 public:
    explicit Writer(const Nodes& nodes) : nodes_(nodes) {}

    std::vector<sock_filter> write(NodeId first) {
        place(first);
        return {reversed_.rbegin(), reversed_.rend()};
    }

 private:
    static constexpr std::size_t kFarthest = 255;

    /// Steps from the next instruction to be written to that node.
    std::size_t distance(NodeId id) const { return reversed_.size() - 1 - places_.at(id); }

    void place(NodeId id) {
        if (places_.count(id)) return;
        const Node& node = nodes_[id];
        if (is_condition(node.code)) return place_condition(id);
        if (node.code != kReturn) {
            place(node.next[0]);
            if (distance(node.next[0]) > 0) append({kJump, 0, 0, jump_to(node.next[0])});
        }
        append({node.code, 0, 0, node.k});
        places_[id] = reversed_.size() - 1;
    }

    void place_condition(NodeId id) {
        const Node& node = nodes_[id];
        place(node.next[0]);
        place(node.next[1]);
        for (const NodeId next : node.next)
            // One more, as the other one may need the same.
            if (distance(next) + 1 > kFarthest) bring_near(next);
        append({node.code, static_cast<std::uint8_t>(distance(node.next[0])),
                static_cast<std::uint8_t>(distance(node.next[1])), node.k});
        places_[id] = reversed_.size() - 1;
    }

    /// A return once more, or a jump to the node.
    void bring_near(NodeId id) {
        const Node& node = nodes_[id];
        if (node.code == kReturn)
            append({kReturn, 0, 0, node.k});
        else
            append({kJump, 0, 0, jump_to(id)});
        places_[id] = reversed_.size() - 1;
    }

    std::uint32_t jump_to(NodeId id) const { return static_cast<std::uint32_t>(distance(id)); }
    void append(const sock_filter& op) { reversed_.push_back(op); }

    const Nodes& nodes_;
    std::vector<sock_filter> reversed_;
    std::map<NodeId, std::size_t> places_;
};

bool is_known(const sock_filter& op) {
    return is_condition(op.code) || op.code == kLoad || op.code == kAnd || op.code == kJump ||
           op.code == kReturn;
}

}  // namespace

std::vector<sock_filter> as_range_tree(const std::vector<sock_filter>& program) {
    for (const sock_filter& op : program)
        if (!is_known(op)) return program;
    const Borders borders(program);
    if (!borders.are_all()) return program;
    Nodes nodes;
    std::vector<sock_filter> smaller = Writer(nodes).write(decide(program, borders, nodes));
    return smaller.size() < program.size() ? smaller : program;
}

}  // namespace mincs::container
