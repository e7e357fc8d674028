// See prompt.hh.
#include "tools/marten/prompt.hh"

#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"

namespace mincs::marten {
namespace {

constexpr std::size_t kLongestAnswer = 4096;

/// The terminal without echo; as before when it goes.
class Silence {
 public:
    Silence() {
        check(tcgetattr(STDIN_FILENO, &before_), "reading the terminal's mode");
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        silent.c_lflag |= ICANON | ISIG;
        check(tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent), "setting the terminal's mode");
    }
    Silence(const Silence&) = delete;
    ~Silence() { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }

 private:
    termios before_ = {};
};

/// Byte by byte: what was typed ahead stays for whoever reads next.
std::string read_line(const StopSignals& stop) {
    std::string line;
    while (line.size() < kLongestAnswer) {
        char byte = 0;
        const ssize_t got = read(STDIN_FILENO, &byte, 1);
        stop.check();
        if (got == -1 && errno == EINTR) continue;
        if (check(got, "reading from the terminal") == 0) throw Error("nothing was typed");
        if (byte == '\n') return line;
        line += byte;
    }
    throw Error("more than {} bytes were typed", kLongestAnswer);
}

}  // namespace

std::string ask(std::string_view question, Echo echo, const StopSignals& stop) {
    write_all(STDERR_FILENO, question, "stderr");
    if (echo == Echo::kOn) return read_line(stop);
    std::string answer;
    {
        const Silence silence;
        answer = read_line(stop);
    }
    write_all(STDERR_FILENO, "\n", "stderr");  // the one that was not shown
    return answer;
}

}  // namespace mincs::marten
