// SPDX-License-Identifier: BSL-1.0
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

// An executor's last owner deletes it after a fence, which ThreadSanitizer does not model: it takes
// the other owners' counting down for a race with that. To be dropped when Asio counts without. And
// exceptions are counted inside libstdc++, which is not instrumented: the last owner's delete looks
// like a race with whoever read the exception before, also where a future is the owner.
// NOLINTNEXTLINE(readability-identifier-naming): the sanitizer looks for this name
extern "C" const char* __tsan_default_suppressions()
{
    return "race:boost::asio::execution::detail::shared_target_executor::~shared_target_executor\n"
           "race:std::__exception_ptr::exception_ptr::_M_release\n"
           "race:std::__future_base::_Result<*>::~_Result\n";
}
