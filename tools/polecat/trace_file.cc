// See trace_file.hh: lines of words with tabs between them, so that grep and cut can read it, too.
#include "tools/polecat/trace_file.hh"

#include <fmt/format.h>
#include <limits.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>

#include "libcore/base/error.hh"

namespace mincs::polecat {
namespace {

constexpr std::string_view kFirstLine = "polecat-trace";
constexpr std::size_t kMaxWords = 100'000;
constexpr std::size_t kMaxWord = 1u << 20;
constexpr std::size_t kMaxLines = 8'000'000;
constexpr std::int64_t kLongest = 1'000'000'000'000;  // milliseconds

constexpr std::string_view kInputs[] = {"none", "file", "stream", "terminal"};

struct Letter {
    char letter;
    Use use;
};
constexpr Letter kLetters[] = {{'l', kLook},   {'o', kOpen},   {'x', kExecute}, {'e', kEnter},
                               {'c', kCreate}, {'w', kChange}, {'f', kFollow}};

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f || c == '\\')
            result += fmt::format("\\x{:02x}", byte);
        else
            result += c;
    }
    return result;
}

std::optional<std::string> unescaped(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        if (text.front() != '\\') {
            result += text.front();
            text.remove_prefix(1);
            continue;
        }
        unsigned byte = 0;
        if (text.size() < 4 || text[1] != 'x') return std::nullopt;
        const auto parsed = std::from_chars(text.data() + 2, text.data() + 4, byte, 16);
        if (parsed.ec != std::errc() || parsed.ptr != text.data() + 4 || byte == 0)
            return std::nullopt;
        result += static_cast<char>(byte);
        text.remove_prefix(4);
    }
    return result;
}

void append_line(std::string& text, const std::vector<std::string>& words) {
    for (std::size_t i = 0; i < words.size(); ++i) text += (i == 0 ? "" : "\t") + escaped(words[i]);
    text += '\n';
}

std::string letters_of(unsigned uses) {
    std::string letters;
    for (const Letter& letter : kLetters)
        if (uses & letter.use) letters += letter.letter;
    return letters;
}

/// Reads line by line; every complaint names the line.
class Decoder {
 public:
    Decoder(std::string_view text, std::string_view what) : text_(text), what_(what) {}

    std::vector<TracedRun> decode() {
        const std::vector<std::string> first = next_line();
        if (first.size() != 2 || first[0] != kFirstLine) complain("it is no trace of polecat");
        if (first[1] != std::to_string(kTraceVersion))
            complain("its format has the version '" + printable(first[1]) + "', and only " +
                     std::to_string(kTraceVersion) + " is known");
        while (true) {
            const std::vector<std::string> words = next_line();
            if (words.front() == "end") {
                if (words.size() != 2 || words[1] != std::to_string(number_ - 2) || !text_.empty())
                    complain("it is not whole");
                if (runs_.empty()) complain("it holds no run");
                return std::move(runs_);
            }
            take(words);
        }
    }

 private:
    [[noreturn]] void complain(const std::string& why) const {
        throw Error("reading the trace '{}', line {}: {}", printable(what_), number_, why);
    }

    std::vector<std::string> next_line() {
        ++number_;
        const std::size_t end = text_.find('\n');
        if (end == std::string_view::npos || number_ > kMaxLines) complain("it is not whole");
        std::string_view line = text_.substr(0, end);
        text_.remove_prefix(end + 1);
        std::vector<std::string> words;
        while (true) {
            const std::size_t tab = line.find('\t');
            auto word = unescaped(line.substr(0, tab));
            if (!word || word->size() > kMaxWord || words.size() >= kMaxWords)
                complain("a word is damaged");
            words.push_back(std::move(*word));
            if (tab == std::string_view::npos) return words;
            line.remove_prefix(tab + 1);
        }
    }

    void take(const std::vector<std::string>& words) {
        const std::string& kind = words.front();
        if (kind == "run" && words.size() >= 6)
            take_run(words);
        else if (kind == "hidden" && words.size() == 2 && !runs_.empty() && is_path(words[1]))
            runs_.back().hidden.push_back(words[1]);
        else if (kind == "path" && words.size() == 5 && !runs_.empty() && is_path(words[3]))
            take_path(words);
        else
            complain("'" + printable(kind.substr(0, 20)) + "' does not belong here");
    }

    void take_run(const std::vector<std::string>& words) {
        TracedRun run;
        run.status = static_cast<int>(number(words[1], 255));
        if (words[2] != "ended" && words[2] != "stopped") complain("a run ended or was stopped");
        run.stopped = words[2] == "stopped";
        run.input = words[3];
        if (std::find(std::begin(kInputs), std::end(kInputs), run.input) == std::end(kInputs))
            complain("'" + printable(run.input.substr(0, 20)) + "' is no kind of input");
        run.duration = std::chrono::milliseconds(number(words[4], kLongest));
        run.command.assign(words.begin() + 5, words.end());
        runs_.push_back(std::move(run));
    }

    std::int64_t number(const std::string& text, std::int64_t most) const {
        std::int64_t value = -1;
        const char* end = text.data() + text.size();
        const auto parsed = std::from_chars(text.data(), end, value);
        if (parsed.ec != std::errc() || parsed.ptr != end || value < 0 || value > most)
            complain("'" + printable(text.substr(0, 20)) + "' is no number up to " +
                     std::to_string(most));
        return value;
    }

    void take_path(const std::vector<std::string>& words) {
        Touch touch;
        for (const char c : words[1]) {
            unsigned bit = 0;
            for (const Letter& letter : kLetters)
                if (letter.letter == c) bit = letter.use;
            if (bit == 0) complain("'" + printable(words[1].substr(0, 20)) + "' is no use");
            touch.uses |= bit;
        }
        touch.existed = words[2] == "there" || words[2] == "both";
        touch.missing = words[2] == "missing" || words[2] == "both";
        if (!touch.existed && !touch.missing) complain("a path is there, missing or both");
        touch.by = words[4];
        if (!runs_.back().trace.emplace(words[3], std::move(touch)).second)
            complain("a path stands twice");
    }

    static bool is_path(const std::string& text) {
        return text.starts_with('/') && text.size() < 2 * PATH_MAX;
    }

    std::string_view text_;
    std::string_view what_;
    std::size_t number_ = 0;
    std::vector<TracedRun> runs_;
};

}  // namespace

std::string encode_traces(const std::vector<TracedRun>& runs) {
    std::string text;
    std::size_t lines = 0;
    append_line(text, {std::string(kFirstLine), std::to_string(kTraceVersion)});
    for (const TracedRun& run : runs) {
        std::vector<std::string> words = {"run", std::to_string(run.status),
                                          run.stopped ? "stopped" : "ended", run.input,
                                          std::to_string(run.duration.count())};
        words.insert(words.end(), run.command.begin(), run.command.end());
        append_line(text, words);
        for (const std::string& directory : run.hidden) append_line(text, {"hidden", directory});
        for (const auto& [path, touch] : run.trace) {
            const char* found = !touch.missing ? "there" : touch.existed ? "both" : "missing";
            append_line(text, {"path", letters_of(touch.uses), found, path, touch.by});
        }
        lines += 1 + run.hidden.size() + run.trace.size();
    }
    append_line(text, {"end", std::to_string(lines)});
    return text;
}

std::vector<TracedRun> decode_traces(std::string_view text, std::string_view what) {
    return Decoder(text, what).decode();
}

}  // namespace mincs::polecat
