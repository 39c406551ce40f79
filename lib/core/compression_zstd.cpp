// SPDX-License-Identifier: BSL-1.0
#include "compression.hpp"

#include <zstd.h>

#include <memory>

namespace coffer::detail {
namespace {

struct free_context {
    void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
};

// A new context costs five times what it takes to compress 1 KiB. Null if there is no memory.
ZSTD_CCtx* compressor()
{
    thread_local const std::unique_ptr<ZSTD_CCtx, free_context> kept(ZSTD_createCCtx());
    return kept.get();
}

ZSTD_DCtx* decompressor()
{
    thread_local const std::unique_ptr<ZSTD_DCtx, free_context> kept(ZSTD_createDCtx());
    return kept.get();
}

// A block of zstd holds at most 128 KiB and takes at least 4 bytes.
constexpr std::size_t largest_growth = (std::size_t{128} << 10) / 4;

} // namespace

bool can_compress() noexcept
{
    return true;
}

bool append_compressed(std::string& to, std::string_view from, int level)
{
    if (from.empty() || compressor() == nullptr)
        return false;
    const std::size_t before = to.size();
    to.resize(before + from.size() - 1); // too little room means: not smaller
    const std::size_t size = ZSTD_compressCCtx(compressor(), to.data() + before, from.size() - 1,
                                               from.data(), from.size(), level);
    const bool smaller = ZSTD_isError(size) == 0;
    to.resize(smaller ? before + size : before);
    return smaller;
}

bool append_decompressed(std::string& to, std::string_view from, std::size_t size)
{
    if (size / largest_growth > from.size() || decompressor() == nullptr)
        return false;
    const std::size_t before = to.size();
    to.resize(before + size);
    const std::size_t made =
        ZSTD_decompressDCtx(decompressor(), to.data() + before, size, from.data(), from.size());
    const bool whole = ZSTD_isError(made) == 0 && made == size;
    if (!whole)
        to.resize(before);
    return whole;
}

} // namespace coffer::detail
