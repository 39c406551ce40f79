// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <filesystem>

namespace catalog {

/// A folder of this process alone, deleted with all it holds.
class temporary_folder {
public:
    /// Errors: `std::filesystem::filesystem_error`.
    temporary_folder();
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder();

    const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

} // namespace catalog
