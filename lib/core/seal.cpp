// SPDX-License-Identifier: BSL-1.0
#include "seal.hpp"

#include "little_endian.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <memory>

namespace coffer::detail {
namespace {

constexpr std::size_t nonce_size = 12;

struct free_context {
    void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};

// One for each seal: freeing it wipes the expanded key, and keeping it saves nothing measurable.
using context_ptr = std::unique_ptr<EVP_CIPHER_CTX, free_context>;

// Fetching takes a lock and a search in OpenSSL 3, so it is done once, and never given back.
const EVP_CIPHER* cipher() noexcept
{
    static const EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    return fetched;
}

[[noreturn]] void fail(const char* what)
{
    const auto code = boost::system::errc::make_error_code(boost::system::errc::io_error);
    throw boost::system::system_error(code, what);
}

const unsigned char* octets(std::string_view bytes) noexcept
{
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* octets(char* bytes) noexcept
{
    return reinterpret_cast<unsigned char*>(bytes);
}

// The lengths of an envelope have 31 bits, so they fit in OpenSSL's.
int length(std::string_view bytes) noexcept
{
    return static_cast<int>(bytes.size());
}

bool encrypt(std::string_view before, char* text, std::size_t size, char* tag,
             const secret_key& key) noexcept
{
    const context_ptr context(EVP_CIPHER_CTX_new());
    EVP_CIPHER_CTX* const to = context.get();
    const std::string_view nonce = before.substr(before.size() - nonce_size);
    int done = 0;
    return to != nullptr &&
           EVP_EncryptInit_ex(to, cipher(), nullptr, key.bytes(), octets(nonce)) > 0 &&
           EVP_EncryptUpdate(to, nullptr, &done, octets(before), length(before)) > 0 &&
           EVP_EncryptUpdate(to, octets(text), &done, octets(text), static_cast<int>(size)) > 0 &&
           EVP_EncryptFinal_ex(to, octets(text) + done, &done) > 0 &&
           EVP_CIPHER_CTX_ctrl(to, EVP_CTRL_AEAD_GET_TAG, seal_tag_size, tag) > 0;
}

bool decrypt(std::string_view before, char* text, std::size_t size, std::string_view tag,
             const secret_key& key) noexcept
{
    const context_ptr context(EVP_CIPHER_CTX_new());
    EVP_CIPHER_CTX* const to = context.get();
    const std::string_view nonce = before.substr(before.size() - nonce_size);
    char expected[seal_tag_size]; // OpenSSL takes it as writable
    tag.copy(expected, sizeof expected);
    int done = 0;
    return to != nullptr &&
           EVP_DecryptInit_ex(to, cipher(), nullptr, key.bytes(), octets(nonce)) > 0 &&
           EVP_DecryptUpdate(to, nullptr, &done, octets(before), length(before)) > 0 &&
           EVP_DecryptUpdate(to, octets(text), &done, octets(text), static_cast<int>(size)) > 0 &&
           EVP_CIPHER_CTX_ctrl(to, EVP_CTRL_AEAD_SET_TAG, seal_tag_size, expected) > 0 &&
           EVP_DecryptFinal_ex(to, octets(text) + done, &done) > 0;
}

} // namespace

void append_seal_head(std::string& to, const secret_key& key)
{
    unsigned char nonce[nonce_size];
    if (RAND_bytes(nonce, sizeof nonce) <= 0)
        fail("coffer: no random bytes to seal an entry");
    append_le(to, key.id);
    to.append(reinterpret_cast<const char*>(nonce), sizeof nonce);
}

void seal_from(std::size_t from, std::string& bytes, const secret_key& key)
{
    const std::size_t size = bytes.size() - from;
    bytes.resize(bytes.size() + seal_tag_size);
    char* const text = bytes.data() + from;
    if (!encrypt(std::string_view(bytes).substr(0, from), text, size, text + size, key))
        fail("coffer: OpenSSL could not seal an entry");
}

std::uint32_t sealing_key(std::string_view body) noexcept
{
    return load_le<std::uint32_t>(body.data());
}

std::optional<std::string> open_seal(std::string_view bytes, std::string_view body,
                                     const secret_key& key)
{
    const std::size_t from = bytes.size() - body.size() + seal_head_size;
    const std::size_t size = body.size() - seal_head_size - seal_tag_size;
    std::string text(bytes.substr(from, size));
    if (!decrypt(bytes.substr(0, from), text.data(), size, bytes.substr(from + size), key))
        return std::nullopt;
    return text;
}

} // namespace coffer::detail
