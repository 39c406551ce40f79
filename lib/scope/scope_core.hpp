// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "scope/callback_list.hpp"
#include "scope/touched_names.hpp"

#include <coffer/scope/scope_options.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <typeindex>
#include <vector>

namespace coffer::detail {

/// All that one transaction's scopes, nested ones and savepoints share, under one mutex.
///
/// It decides and keeps; `scope_pass` runs what is due.
class scope_core {
public:
    explicit scope_core(scope_options options);

    const scope_options& options() const noexcept { return options_; }
    const std::shared_ptr<scope_level>& outermost() const noexcept { return outermost_; }

    // Levels. `errc::scope_finished` where the scope has ended.
    std::shared_ptr<scope_level> open_savepoint(scope_level& scope);
    std::shared_ptr<scope_level> open_nested(scope_level& scope);
    /// Ends an inner level; `std::logic_error` while something inside it is open.
    void end_inner(scope_level& level, scope_end end);
    /// Ends it by rolling back, together with all that is open inside; nothing if it has ended.
    void drop_inner(scope_level& level) noexcept;

    // Registration, on the innermost open savepoint of `scope`.
    void add(scope_level& scope, run_on when, std::unique_ptr<scope_callback> action);
    void add_once(scope_level& scope, std::string identity, int strength,
                  std::unique_ptr<scope_callback> action);
    /// The group of all groups; no group is called so.
    static constexpr const char* everything = "\x01*";

    void touch(scope_level& scope, std::string key);
    void touch_all(scope_level& scope, std::string group);
    bool touches(std::string_view key, std::string_view group) const;

    void attach(std::type_index type, std::weak_ptr<void> object);
    std::shared_ptr<void> attached(std::type_index type) const;

    // The end of the outermost scope.
    /// Decides the end and leaves in the list what is due; `errc::scope_finished` the second time.
    void begin_end(scope_end end, std::optional<std::uint64_t> floor);
    /// The next callback of the pass; null ends the pass, and nothing more can be registered.
    std::unique_ptr<scope_callback> next_due();
    /// Ends at once and drops what is left. Returns how much that was.
    std::size_t give_up() noexcept;
    /// False if the end was decided before.
    bool abandon() noexcept;

    std::optional<std::uint64_t> floor() const;
    bool has_intents() const;
    bool open(const scope_level& scope) const;
    bool active(const scope_level& scope) const;

    void report(std::exception_ptr error) const noexcept;

    static std::atomic<std::uint64_t> abandoned_scopes;

private:
    /// open -> committing | rolling_back -> finished
    enum class phase : std::uint8_t { open, committing, rolling_back, finished };

    void require_open(const scope_level& scope) const;
    void require_late(run_on when);
    std::shared_ptr<scope_level> open_level(scope_level& scope, bool savepoint);
    callback_list::entries end_level(scope_level& level, scope_end end);
    callback_list::entries add_locked(scope_level& scope, scope_entry& entry);

    const scope_options options_;
    const std::shared_ptr<scope_level> outermost_;

    mutable std::mutex mutex_; // guards all below, and the members of every scope_level
    phase phase_ = phase::open;
    std::uint64_t sequence_ = 0;
    std::size_t late_ = 0; // registered since the end was decided
    callback_list callbacks_;
    touched_names keys_;
    touched_names groups_;
    std::optional<std::uint64_t> floor_;
    std::vector<std::pair<std::type_index, std::weak_ptr<void>>> attached_;
};

} // namespace coffer::detail
