// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/storage/storage.hpp>

namespace coffer {

/// A storage that keeps nothing: every read is a miss, every write succeeds and is gone. It grants
/// no leases, so that nobody waits for anybody else's load.
storage_ptr null_storage();

} // namespace coffer
