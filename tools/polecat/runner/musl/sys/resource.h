// glibc's setrlimit(2) takes an enumeration, musl's an int.
#pragma once

#include_next <sys/resource.h>

using __rlimit_resource = int;
