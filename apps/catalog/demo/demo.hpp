// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace catalog {

/// Starts a server on a free port of this machine, drives it, and prints one line for each claim.
/// Returns 0 if every line holds.
///
/// Errors: `std::exception` if the server does not come up.
int run_demo();

} // namespace catalog
