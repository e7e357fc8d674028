// The finished image as whatever was asked for: a bundle that runs itself, or its files in a form
// for others.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tools/polecat/bundle.hh"
#include "tools/polecat/options.hh"

namespace mincs::polecat {

/// Before a long run: can it be written at all?
void check_output(const Options& options);

/// A nameless file in the directory of the output, where there is room for the image if there is
/// for the bundle.
Fd make_image_file(const std::string& output);

/// What else than the image the bundle will have in it.
StartBudget start_budget(const Options& options, const Metadata& metadata);

/// Writes options.output in options.format from the squashfs image `packed` tells of. The bytes it
/// takes, for a directory those of its files. No file gets younger than `source_date_epoch`.
std::uint64_t write_output(const Options& options, int image, const PackResult& packed,
                           const Metadata& metadata, std::optional<std::int64_t> source_date_epoch);

}  // namespace mincs::polecat
