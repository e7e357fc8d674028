// See um.hh.
#include "libvm/um.hh"

#include "libcore/base/error.hh"
#include "libvm/qemu.hh"

namespace mincs::vm {

std::vector<std::string> um_command(const Machine& machine) {
    const GuestWords ours = {
        .channel = "ttyS0", .share = "hostfs", .has_network = machine.has_network};
    std::vector<std::string> words = {machine.program,
                                      fmt::format("mem={}K", machine.memory >> 10),
                                      fmt::format("initrd={}", kInitramfsAt),
                                      "quiet",
                                      "panic=-1",
                                      "con=null",
                                      "con0=null,fd:1",
                                      "ssl=null",
                                      fmt::format("ssl0=fd:{}", kChannelFd),
                                      "uml_dir=/tmp/",
                                      "umid=machine",
                                      "rdinit=/init",
                                      to_text(ours)};
    if (machine.has_network) words.push_back(fmt::format("vec0:transport=fd,fd={}", kCardFd));
    return words;
}

std::vector<std::string> network_command(const Machine& machine) {
    std::vector<std::string> words = machine.ports;
    words.insert(words.begin(), kNetworkAt);
    return words;
}

std::vector<std::string> um_environment() {
    return {"TMPDIR=/tmp", "HOME=/tmp"};
}

std::string um_explanation(std::string_view console) {
    if (console.find("ptrace set fp regs failed") == std::string_view::npos) return "";
    return "this kernel of user-mode Linux does not know processors with so many registers (AMX); "
           "one that does: ermine-breeder build --arch um";
}

}  // namespace mincs::vm
