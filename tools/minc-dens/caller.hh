// What every process of minc-dens that stays does once it has begun.
#pragma once

namespace mincs::dens {

/// From now on nothing here is the caller's: a terminal that is closed, its signals, its streams.
void leave_caller();

}  // namespace mincs::dens
