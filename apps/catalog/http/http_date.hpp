// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

namespace catalog {

/// Now, as the `Date` header writes it.
std::string http_date();

} // namespace catalog
