// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>
#include <coffer/core/entry.hpp>
#include <coffer/core/envelope_fault.hpp>
#include <coffer/core/envelope_options.hpp>
#include <coffer/core/storage_key.hpp>

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace coffer {

/// What storages note beside an entry, to decide later whether it still counts.
class envelope_marks {
public:
    /// The sequence of each of the entry's tags, in their order; empty, or one for each.
    std::vector<std::uint64_t> tag_sequences;
    /// The space's sequence that was captured before the entry was loaded.
    std::optional<std::uint64_t> space_sequence;
    /// The indices that list the entry.
    std::vector<std::string> indices;
    /// The version of the server list under which it was written.
    std::optional<std::uint64_t> pool_version;

    friend bool operator==(const envelope_marks&, const envelope_marks&) = default;
};

/// Which codec wrote a value, and which shape it has.
struct value_shape {
    std::uint16_t codec = 0;
    std::uint64_t schema = 0;

    friend bool operator==(value_shape, value_shape) = default;
};

/// What was in an envelope.
class decoded_entry {
public:
    stored_entry value;
    envelope_marks marks;
};

/// What an envelope says without being opened: for listings and diagnosis.
class envelope_info {
public:
    std::string key;     ///< `storage_key::text()`
    stored_entry header; ///< all but the payload
    envelope_marks marks;
    clock::wall_time created;
    std::size_t payload_size = 0; ///< in bytes, as the codec wrote it
    std::size_t stored_size = 0;  ///< in bytes, after compression and sealing
    bool compressed = false;
    std::optional<std::uint32_t> sealed_with; ///< the number of the key
};

/// How entries are written as bytes for storages outside this process, and read back.
///
/// Stored bytes are hostile input: whatever they are, reading them ends in an entry or in an
/// `envelope_fault`, without an exception (but `std::bad_alloc`), and takes no more memory than
/// the bytes themselves justify, and `envelope_options::max_payload`. The layout is documented
/// byte by byte in docs/envelope.md.
///
/// Times in an envelope are wall clock, exact to the millisecond: `now` is `clock::wall()`.
///
/// Threads: every member may be called from any thread at once.
///
/// Cost: one allocation to write and one to read a plain entry without tags; compression and
/// sealing keep their contexts per thread.
class envelope {
public:
    envelope() = default;
    explicit envelope(envelope_options options) : options_(std::move(options)) {}

    /// An entry that was created now.
    ///
    /// Preconditions: the lifetime is not `inherit`; `marks.tag_sequences` is empty or has one for
    /// each tag.
    ///
    /// Errors: `errc::value_too_large` beyond `envelope_options::max_payload`, or if key and fields
    /// do not fit in the 2 GiB of an envelope; `boost::system::errc::io_error` if the system has
    /// no random bytes for a seal. Both as `boost::system::system_error`.
    std::string encode(const storage_key& key, const entry& value, clock::wall_time now,
                       const envelope_marks& marks = {}) const;

    /// An entry that was read before: it keeps its age, and is fresh for as long as it says.
    std::string encode(const storage_key& key, const stored_entry& value, clock::wall_time now,
                       const envelope_marks& marks = {}) const;

    /// The entry, if the bytes are one of this key (and shape) that may still be served.
    boost::system::result<decoded_entry, envelope_fault>
    decode(std::string_view bytes, const storage_key& key, clock::wall_time now,
           std::optional<value_shape> expected = std::nullopt) const;

    /// What the bytes say of themselves, whatever their key, age and seal. The seal is not checked.
    static boost::system::result<envelope_info, envelope_fault> inspect(std::string_view bytes,
                                                                        clock::wall_time now);

private:
    envelope_options options_;
};

} // namespace coffer
