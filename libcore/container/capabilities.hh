// Which of root's powers a container keeps (capabilities(7)). MINCS's minc-leash.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mincs::container {

/// What root in a container keeps by default: podman's eleven, with which distributions' packages
/// install and servers run, and nothing that reaches the host.
const std::vector<int>& default_capabilities();
/// All that this kernel knows (--privileged).
std::vector<int> all_capabilities();

/// "CAP_CHOWN" (case and prefix optional in parse); Error on an unknown name.
std::string capability_name(int capability);
int parse_capability(std::string_view name);

/// Container side, while still root: cuts the bounding set down to `kept`.
void limit_bounding_set(const std::vector<int>& kept);
/// Container side, before the change of user: it shall not take the permitted ones away, which
/// set_ambient_capabilities() needs.
void keep_capabilities_over_change_of_user();
/// Container side, after the change of user: permitted and effective become `kept` for uid 0 and
/// empty for anybody else; inheritable and ambient are empty (CVE-2022-24769).
void set_process_capabilities(const std::vector<int>& kept, bool is_root);
/// In its place for an ordinary user: all five sets become `ambient`, so a program has them whose
/// file has none (capabilities(7), Transformation of capabilities during execve()).
void set_ambient_capabilities(const std::vector<int>& ambient);

}  // namespace mincs::container
