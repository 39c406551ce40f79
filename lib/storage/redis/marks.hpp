// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace coffer::detail {

/// A number as the server's hashes hold it; nothing for any other text.
template <class Number>
std::optional<Number> number_in(std::string_view text);

/// The last bumps of one tag.
struct redis_marker {
    std::uint64_t hard = 0; // sequences; zero is never
    std::uint64_t soft = 0;
    std::int64_t soft_at = 0; // milliseconds of the server's clock
};

using redis_fields = std::vector<std::optional<std::string>>;

/// What a space's hash says at one moment: which entries are void. It is in one key, so that all of
/// it is lost together; then a new sequence is minted, above all there ever were, and every entry
/// from before is void: an absent marker is never a permission.
class redis_marks {
public:
    /// The fields to ask for: those of every group, then one for each tag.
    static std::vector<std::string> wanted(const std::string& group,
                                           const std::vector<std::string>& tags = {});
    /// Nothing if the space has no sequence, or something that nobody here wrote.
    static std::optional<redis_marks> read(const redis_fields& answer);

    /// The name of the field that a bump or a clear moves.
    static std::string field_of_group(const std::string& group);
    static std::string field_of_tag(const std::string& tag);

    std::uint64_t sequence = 0;
    std::vector<redis_marker> tags;

    enum class verdict : std::uint8_t { valid, stale, dead };
    struct judgement {
        verdict what = verdict::valid;
        std::int64_t stale_since = 0; // if stale
    };
    /// Of something that captured a sequence, whatever its tags.
    bool clears(std::uint64_t captured) const noexcept;
    /// It captured more than these marks know: they were read before it was written, or the server
    /// has gone back in time. Marks that are read after it tell which.
    bool is_behind(std::uint64_t captured) const noexcept { return captured > sequence; }
    /// With markers of its tags, those in `tags` or others of the same sequence.
    judgement judge(std::uint64_t captured, const std::vector<redis_marker>& of) const noexcept;

private:
    std::uint64_t oldest_ = 0; // captured before: void, whatever it is
};

/// The markers of tags, as they were at one sequence: right as long as the space is at that
/// sequence, which every read finds out.
///
/// Threads: every member may be called from any thread at once.
class redis_marker_cache {
public:
    /// The sequence that was seen last.
    std::optional<std::uint64_t> known(const std::string& space) const;
    void saw(const std::string& space, std::uint64_t sequence);
    /// The markers of all these tags, if they are known for this sequence.
    std::optional<std::vector<redis_marker>> find(const std::string& space, std::uint64_t sequence,
                                                  const std::vector<std::string>& tags) const;
    void keep(const std::string& space, const redis_marks& seen,
              const std::vector<std::string>& tags);

private:
    struct space_notes {
        std::uint64_t sequence = 0;
        std::map<std::string, redis_marker> tags; // as of `sequence`
    };
    static constexpr std::size_t most_spaces = 10'000;
    static constexpr std::size_t most_tags = 10'000; // of one space

    space_notes& at(const std::string& space, std::uint64_t sequence);

    mutable std::mutex mutex_;
    std::map<std::string, space_notes> spaces_;
};

} // namespace coffer::detail
