// SPDX-License-Identifier: BSL-1.0
#include <coffer/core/keyring.hpp>

#include "secret_key.hpp"

#include <openssl/crypto.h>

#include <cstring>
#include <map>
#include <mutex>
#include <stdexcept>

namespace coffer {

namespace detail {

secret_key::secret_key(std::uint32_t number, std::string_view bytes) noexcept : id(number)
{
    std::memcpy(bytes_, bytes.data(), sizeof bytes_);
}

secret_key::~secret_key()
{
    OPENSSL_cleanse(bytes_, sizeof bytes_);
}

} // namespace detail

using detail::secret_key;

class keyring::core {
public:
    void add(std::shared_ptr<const secret_key> key)
    {
        const std::lock_guard lock(mutex_);
        if (!keys_.try_emplace(key->id, key).second)
            throw std::invalid_argument("coffer: keyring::add(" + std::to_string(key->id) +
                                        "): this number is taken; give a new key a new number");
        if (!primary_)
            primary_ = std::move(key);
    }

    void primary(std::uint32_t id)
    {
        const std::lock_guard lock(mutex_);
        const auto found = keys_.find(id);
        if (found == keys_.end())
            throw std::invalid_argument("coffer: keyring::primary(" + std::to_string(id) +
                                        "): no such key; add() it first");
        primary_ = found->second;
    }

    void remove(std::uint32_t id)
    {
        const std::lock_guard lock(mutex_);
        if (primary_ && primary_->id == id)
            throw std::invalid_argument("coffer: keyring::remove(" + std::to_string(id) +
                                        "): it is the primary; make another one primary first");
        if (keys_.erase(id) == 0)
            throw std::invalid_argument("coffer: keyring::remove(" + std::to_string(id) +
                                        "): no such key");
    }

    std::shared_ptr<const secret_key> find(std::uint32_t id) const
    {
        const std::lock_guard lock(mutex_);
        const auto found = keys_.find(id);
        return found == keys_.end() ? nullptr : found->second;
    }

    std::shared_ptr<const secret_key> find_primary() const
    {
        const std::lock_guard lock(mutex_);
        return primary_;
    }

    std::string describe() const
    {
        const std::lock_guard lock(mutex_);
        if (keys_.empty())
            return "no keys";
        std::string text = "keys ";
        for (const auto& [id, key] : keys_)
            text += std::to_string(id) + (id == keys_.rbegin()->first ? "; " : ", ");
        return text + "primary " + std::to_string(primary_->id);
    }

private:
    mutable std::mutex mutex_;
    std::map<std::uint32_t, std::shared_ptr<const secret_key>> keys_;
    std::shared_ptr<const secret_key> primary_; // one of keys_; null only while there are none
};

keyring::keyring() : core_(std::make_shared<core>())
{}

keyring& keyring::add(std::uint32_t id, std::string_view key)
{
    if (key.size() != key_size)
        throw std::invalid_argument("coffer: keyring::add(" + std::to_string(id) + "): a key has " +
                                    std::to_string(key.size()) + " bytes; AES-256 takes 32");
    core_->add(std::make_shared<const secret_key>(id, key));
    return *this;
}

keyring& keyring::primary(std::uint32_t id)
{
    core_->primary(id);
    return *this;
}

keyring& keyring::remove(std::uint32_t id)
{
    core_->remove(id);
    return *this;
}

bool keyring::empty() const
{
    return core_->find_primary() == nullptr;
}

bool keyring::has(std::uint32_t id) const
{
    return core_->find(id) != nullptr;
}

std::string keyring::describe() const
{
    return core_->describe();
}

std::shared_ptr<const secret_key> keyring::find(std::uint32_t id) const
{
    return core_->find(id);
}

std::shared_ptr<const secret_key> keyring::find_primary() const
{
    return core_->find_primary();
}

} // namespace coffer
