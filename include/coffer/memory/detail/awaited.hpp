// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace coffer::detail {

/// Something that `co_await` could be waiting for.
template <class T>
concept awaited = requires(T& value) { value.await_ready(); } || requires(T& value) {
    value.operator co_await();
} || requires(T& value) { operator co_await(value); };

} // namespace coffer::detail
