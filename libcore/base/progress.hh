// Progress of long work, told to a person on stderr: a bar per task on a terminal, one line per
// finished task elsewhere, nothing when quiet. Safe to call from several threads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace mincs {

class Progress {
 public:
    enum class Style { kQuiet, kLines, kTerminal };
    /// kTerminal where stderr is one, else kLines; kQuiet if `quiet`.
    static Style style_for_stderr(bool quiet);

    explicit Progress(Style style);
    ~Progress();

    /// One thing that is being done, such as a layer. Copyable handle; must not outlive its
    /// Progress.
    class Task {
     public:
        /// `amount` more of the task's total is done.
        void advance(std::int64_t amount) const;
        /// Ends the task with a word ("done", "already here"); on kLines this prints its line.
        void finish(const std::string& outcome) const;

     private:
        friend class Progress;
        Task(Progress* owner, std::size_t index) : owner_(owner), index_(index) {}
        Progress* owner_;
        std::size_t index_;
    };

    /// What a task is counted in.
    enum class Unit { kBytes, kPieces };
    /// `total` 0: unknown.
    Task start(const std::string& label, std::int64_t total, Unit unit = Unit::kBytes);

 private:
    struct State;
    void redraw(State& state);
    std::unique_ptr<State> state_;
};

}  // namespace mincs
