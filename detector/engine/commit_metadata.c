/* commit_metadata.c: "1 <identity> <revision> <read> <evaluated> <quarantined> <skipped> <shards>",
 * parted by single spaces. */
#include "engine/commit_metadata.h"

#include "base/check.h"

#include <inttypes.h>

enum { COMMIT_LEDGER_SUMS = 4 };

/* What another layout would begin with is refused by whoever does not know it. */
static const struct span layout = {"1", 1};

static bool is_identity_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           c == '-' || c == '_' || c == '~';
}

static bool is_identity(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_identity_byte(text.ptr[i])) {
            return false;
        }
    }
    return text.len >= 1 && text.len <= COMMIT_IDENTITY_BYTES_MAX;
}

void commit_metadata_encode(const struct commit_metadata *metadata, struct shard_clock *shards,
                            struct buf *out)
{
    char revision[DIGEST_HEX_LENGTH + 1];
    const struct store_ledger *ledger = &metadata->ledger;
    size_t before = out->len;
    check(is_identity(metadata->identity));
    digest_hex(&metadata->revision, revision);
    buf_printf(out, "%.*s %.*s %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " ",
               SPAN_ARG(layout), SPAN_ARG(metadata->identity), revision, ledger->read,
               ledger->evaluated, ledger->quarantined, ledger->skipped);
    shard_clock_encode(shards, COMMIT_METADATA_BYTES_MAX - (out->len - before), out);
    check(out->len - before <= COMMIT_METADATA_BYTES_MAX);
}

/* The text up to the next space, which goes with it; all of the rest where there is none. */
static struct span take_word(struct span *rest)
{
    const char *space = rest->len ? memchr(rest->ptr, ' ', rest->len) : NULL;
    struct span word = space ? span_of(rest->ptr, (size_t)(space - rest->ptr)) : *rest;
    size_t used = space ? word.len + 1 : word.len;
    *rest = span_of(rest->ptr + used, rest->len - used);
    return word;
}

static bool parse_sum(struct span word, uint64_t *sum)
{
    uint64_t number = 0;
    for (size_t i = 0; i < word.len; i++) {
        unsigned digit = (unsigned)(word.ptr[i] - '0');
        if (digit > 9 || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, digit, &number)) {
            return false;
        }
    }
    *sum = number;
    return word.len > 0 && (word.ptr[0] != '0' || word.len == 1);
}

static bool parse_ledger(struct span *rest, struct store_ledger *ledger)
{
    uint64_t sums[COMMIT_LEDGER_SUMS];
    for (size_t i = 0; i < COMMIT_LEDGER_SUMS; i++) {
        if (!parse_sum(take_word(rest), &sums[i])) {
            return false;
        }
    }
    *ledger = (struct store_ledger){
        .read = sums[0], .evaluated = sums[1], .quarantined = sums[2], .skipped = sums[3]};
    return true;
}

enum status commit_metadata_decode(struct span text, struct commit_metadata *out)
{
    struct commit_metadata read = {0};
    if (text.len > COMMIT_METADATA_BYTES_MAX || !span_equals(take_word(&text), layout)) {
        return STATUS_INVALID;
    }
    read.identity = take_word(&text);
    struct span revision = take_word(&text);
    if (!is_identity(read.identity) || !digest_parse(revision, &read.revision) ||
        !parse_ledger(&text, &read.ledger)) {
        return STATUS_INVALID;
    }
    read.shards = text;
    *out = read;
    return STATUS_OK;
}
