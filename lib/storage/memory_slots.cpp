// SPDX-License-Identifier: BSL-1.0
#include "storage/memory_slots.hpp"

#include <algorithm>
#include <bit>
#include <functional>

namespace coffer::detail {
namespace {

std::size_t hash_key(const storage_key& key) noexcept
{
    const std::hash<std::string> text;
    std::size_t result = text(key.id);
    result = result * 31 + text(key.group);
    result = result * 31 + text(key.space);
    return result ^ (result >> 29); // segments take the low bits
}

std::size_t count_segments(std::size_t entries) noexcept
{
    return std::clamp<std::size_t>(std::bit_floor(entries / 32 + 1), 16, 4096);
}

std::size_t weight_of(const memory_slot& slot) noexcept
{
    std::size_t result = memory_slots::overhead;
    result += slot.key.space.size() + slot.key.group.size() + slot.key.id.size();
    if (slot.value) {
        result += slot.value->payload.size() + slot.value->validator.size();
        for (const std::string& tag : slot.value->tags)
            result += tag.size() + sizeof(tag);
    }
    return result;
}

} // namespace

memory_slots::memory_slots(std::size_t most_entries, std::size_t most_bytes)
    : most_entries_(most_entries), most_bytes_(most_bytes), segments_(count_segments(most_entries))
{}

memory_slots::order::iterator memory_slots::place_of(const wanted& which)
{
    const segment& in = segment_of(which.hash);
    const auto at = in.find(which);
    return at == in.end() ? slots_.end() : *at;
}

memory_slot* memory_slots::find(const storage_key& key)
{
    const auto at = place_of({key, hash_key(key)});
    if (at == slots_.end())
        return nullptr;
    slots_.splice(slots_.end(), slots_, at);
    return &*at;
}

memory_slot& memory_slots::find_or_make(const storage_key& key)
{
    const std::size_t hash = hash_key(key);
    const auto at = place_of({key, hash});
    if (at != slots_.end()) {
        slots_.splice(slots_.end(), slots_, at);
        return *at;
    }
    const auto made = slots_.emplace(slots_.end(), key);
    made->hash = hash;
    segment_of(hash).insert(made);
    return *made;
}

void memory_slots::erase(memory_slot& slot)
{
    segment& in = segment_of(slot.hash);
    const auto at = in.find(wanted{slot.key, slot.hash});
    const auto place = *at;
    bytes_ -= slot.bytes;
    in.erase(at);
    slots_.erase(place);
}

void memory_slots::clear() noexcept
{
    for (segment& one : segments_)
        one.clear();
    slots_.clear();
    bytes_ = 0;
}

void memory_slots::weigh(memory_slot& slot)
{
    bytes_ -= slot.bytes;
    slot.bytes = weight_of(slot);
    bytes_ += slot.bytes;
    while ((slots_.size() > most_entries_ || bytes_ > most_bytes_) && &slots_.front() != &slot)
        erase(slots_.front());
}

} // namespace coffer::detail
