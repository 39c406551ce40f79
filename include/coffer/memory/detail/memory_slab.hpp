// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coffer/core/clock.hpp>
#include <coffer/memory/eviction_policy.hpp>

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace coffer::detail {

/// `eviction_hook::state` of a linked entry; otherwise the `removal_cause` it left for, or free.
inline constexpr std::uint8_t linked_state = 0xff;
inline constexpr std::uint8_t free_state = 0xfe;

/// One entry: 24 bytes besides key and value.
template <class K, class V>
struct memory_node {
    memory_node() noexcept : deadline(clock::steady_time::max()) { hook.state = free_state; }
    ~memory_node() {} // key and value are ended by `end`, as they only live while in use

    memory_node(const memory_node&) = delete;
    memory_node& operator=(const memory_node&) = delete;

    /// If the value's constructor throws, the key has been destroyed again.
    template <class K2, class V2>
    void begin(K2&& with_key, V2&& with_value)
    {
        ::new (static_cast<void*>(std::addressof(key))) K(std::forward<K2>(with_key));
        struct undo {
            K* key;
            ~undo()
            {
                if (key)
                    key->~K();
            }
        } guard{std::addressof(key)};
        ::new (static_cast<void*>(std::addressof(value))) V(std::forward<V2>(with_value));
        guard.key = nullptr;
    }

    void end() noexcept
    {
        value.~V();
        key.~K();
    }

    union {
        clock::steady_time deadline; // while linked; `max` for never
        memory_node* next;           // while removed or free
    };
    std::uint32_t hash = 0; // while linked; else the slot's own number
    eviction_hook hook;
    union {
        K key;
    };
    union {
        V value;
    };
};

/// Numbered nodes that never move, in chunks. All calls but `retire` come under the shard's lock.
template <class Node>
class memory_slab {
public:
    /// Chunks have `chunk` nodes, which is a power of two.
    explicit memory_slab(std::size_t chunk) noexcept
        : shift_(static_cast<unsigned>(std::countr_zero(chunk)))
    {}

    memory_slab(const memory_slab&) = delete;
    memory_slab& operator=(const memory_slab&) = delete;

    Node& operator[](std::uint32_t slot) noexcept
    {
        return chunks_[slot >> shift_].get()[slot & ((1U << shift_) - 1)];
    }

    /// A free node's number; the node has neither key nor value. May throw `std::bad_alloc`.
    std::uint32_t take()
    {
        if (!free_)
            collect();
        if (!free_)
            return fresh();
        Node* node = std::exchange(free_, free_->next);
        --free_count_;
        return node->hash;
    }

    /// Gives back a node whose key and value have ended.
    void give(std::uint32_t slot) noexcept
    {
        Node& node = (*this)[slot];
        node.hook.state = free_state;
        node.hash = slot;
        node.next = std::exchange(free_, &node);
        ++free_count_;
    }

    /// Gives back nodes whose key and value have ended, linked by `next`, each with its number in
    /// `hash`. From any thread, without the lock; `collect` takes them in.
    void retire(Node* first, Node* last) noexcept
    {
        Node* head = retired_.load(std::memory_order_relaxed);
        do
            last->next = head;
        while (!retired_.compare_exchange_weak(head, first, std::memory_order_release,
                                               std::memory_order_relaxed)); // with `collect`
    }

    void collect() noexcept
    {
        Node* node = retired_.exchange(nullptr, std::memory_order_acquire); // with `retire`
        while (node) {
            Node* next = node->next;
            give(node->hash);
            node = next;
        }
    }

    /// Numbers below this have been handed out once.
    std::uint32_t used() const noexcept { return used_; }
    /// How many are in use, or were given to `retire` since the last `collect`.
    std::uint32_t in_use() const noexcept { return used_ - free_count_; }

    /// Frees all memory. Precondition: no node is in use.
    void reset() noexcept
    {
        std::vector<chunk_pointer>().swap(chunks_);
        free_ = nullptr;
        retired_.store(nullptr, std::memory_order_relaxed);
        free_count_ = used_ = 0;
    }

private:
    std::uint32_t fresh()
    {
        if (used_ == chunks_.size() << shift_)
            add_chunk();
        ::new (static_cast<void*>(&(*this)[used_])) Node;
        return used_++;
    }

    void add_chunk()
    {
        if (used_ >= no_slot - (1U << shift_))
            throw std::bad_alloc(); // four thousand million entries in one shard
        void* raw = ::operator new(sizeof(Node) << shift_, std::align_val_t(alignof(Node)));
        chunk_pointer chunk(static_cast<Node*>(raw));
        chunks_.push_back(std::move(chunk));
    }

    struct free_chunk {
        void operator()(Node* raw) const noexcept
        {
            ::operator delete(raw, std::align_val_t(alignof(Node)));
        }
    };
    using chunk_pointer = std::unique_ptr<Node, free_chunk>;

    std::vector<chunk_pointer> chunks_;
    Node* free_ = nullptr;
    std::atomic<Node*> retired_ = nullptr; // pushed by any thread, taken as a whole under the lock
    std::uint32_t free_count_ = 0;
    std::uint32_t used_ = 0;
    const unsigned shift_;
};

} // namespace coffer::detail
