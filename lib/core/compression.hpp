// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace coffer::detail {

// compression_zstd.cpp or, in a build without zstd, compression_none.cpp.

bool can_compress() noexcept;

/// Appends `from` in a smaller form; false, with `to` as it was, if there is none.
bool append_compressed(std::string& to, std::string_view from, int level);

/// Appends what was compressed; false, with `to` as it was, if that is not exactly `size` bytes.
/// Takes no memory for a `size` that `from` cannot grow to.
bool append_decompressed(std::string& to, std::string_view from, std::size_t size);

} // namespace coffer::detail
