// See console.hh.
#include "libcore/container/console.hh"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cstring>

#include "libcore/base/files.hh"

namespace mincs::container {

PseudoTerminal open_pseudo_terminal(const Fd& devpts) {
    Fd master(check(openat(devpts.get(), "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC),
                    "opening a pseudo-terminal"));
    const int unlock = 0;
    check(ioctl(master.get(), TIOCSPTLCK, &unlock), "unlocking the pseudo-terminal");
    // By ioctl and not by the name in /dev/pts, which others could have changed (ioctl_tty(2)).
    Fd slave(check(ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC),
                   "opening the pseudo-terminal's other side"));
    return {std::move(master), std::move(slave)};
}

void become_session_leader(const Fd& slave) {
    check(setsid(), "starting a session");
    check(ioctl(slave.get(), TIOCSCTTY, 0), "taking the terminal");
    // The size must be right before the command can ask; the parent only follows later changes.
    winsize size;
    if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) ioctl(slave.get(), TIOCSWINSZ, &size);
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        check(dup2(slave.get(), standard), "connecting the terminal");
}

std::optional<int> signal_of(int master, char byte) {
    termios now;
    if (tcgetattr(master, &now) == -1 || !(now.c_lflag & ISIG)) return std::nullopt;
    const auto code = static_cast<cc_t>(byte);
    if (code == now.c_cc[VINTR]) return SIGINT;
    if (code == now.c_cc[VQUIT]) return SIGQUIT;
    return std::nullopt;
}

void send_descriptor(int socket, char what, int fd) {
    iovec data = {&what, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
    msghdr message = {};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
    check(sendmsg(socket, &message, MSG_NOSIGNAL), "handing out a file descriptor");
}

Fd receive_descriptor(int socket, char& what) {
    iovec data = {&what, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message = {};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    ssize_t got;
    do {
        got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    } while (got == -1 && errno == EINTR);
    check(got, "receiving a file descriptor");
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (got == 0 || !header || header->cmsg_type != SCM_RIGHTS) return Fd();
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return Fd(fd);
}

RawTerminal::RawTerminal() {
    termios now;
    if (tcgetattr(STDIN_FILENO, &now) == -1) return;
    saved_ = now;
    cfmakeraw(&now);
    check(tcsetattr(STDIN_FILENO, TCSANOW, &now), "putting the terminal into raw mode");
}

RawTerminal::~RawTerminal() {
    if (saved_) tcsetattr(STDIN_FILENO, TCSANOW, &*saved_);
}

Console::Console(Fd master, bool reads_input) : master_(std::move(master)) {
    copy_window_size();
    if (!reads_input) return;
    raw_.emplace();
    input_open_ = static_cast<bool>(*raw_);
}

void Console::copy_window_size() const {
    winsize size;
    if (master_ && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
        ioctl(master_.get(), TIOCSWINSZ, &size);
}

std::string Console::pump_input() {
    char buffer[4096];
    const ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
    if (got == -1 && (errno == EINTR || errno == EAGAIN)) return "";
    if (got <= 0) {
        input_open_ = false;
        return "";
    }
    std::string bytes(buffer, static_cast<std::size_t>(got));
    write_all(master_.get(), bytes, "the container's terminal");
    if (on_input_) on_input_(bytes);
    return bytes;
}

bool Console::pump_output() const {
    char buffer[65536];
    const ssize_t got = read(master_.get(), buffer, sizeof buffer);
    if (got == -1 && (errno == EINTR || errno == EAGAIN)) return true;
    if (got <= 0) return false;  // EIO: the last process closed its side (pty(7))
    write_all(STDOUT_FILENO, std::string_view(buffer, static_cast<std::size_t>(got)),
              "the terminal");
    return true;
}

}  // namespace mincs::container
