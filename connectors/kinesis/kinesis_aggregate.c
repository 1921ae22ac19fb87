/* kinesis_aggregate.c: the message is checked whole when it is opened, so that walking over it
 * cannot fail. */
#include "kinesis/kinesis_aggregate.h"

#include "base/check.h"

#include <openssl/evp.h>

enum { MD5_BYTES = 16, VARINT_BYTES_MAX = 10 };

/* Wire types of protobuf; groups (3, 4) are not written by anybody. */
enum wire { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

/* Fields of AggregatedRecord, and of its Record. */
enum { FIELD_KEY = 1, FIELD_HASH = 2, FIELD_RECORD = 3 };
enum { RECORD_KEY_INDEX = 1, RECORD_HASH_INDEX = 2, RECORD_DATA = 3 };

/* One field as it stands in a message. */
struct field {
    uint64_t number;
    enum wire wire;
    uint64_t value;    /* VARINT */
    struct span bytes; /* BYTES */
};

static bool read_varint(struct span message, size_t *at, uint64_t *out)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < VARINT_BYTES_MAX && *at < message.len; i++) {
        uint64_t byte = (unsigned char)message.ptr[(*at)++];
        value |= (byte & 0x7F) << (7 * i);
        if (byte < 0x80) {
            *out = value;
            return i < VARINT_BYTES_MAX - 1 || byte <= 1; /* the tenth byte holds one bit */
        }
    }
    return false;
}

/* Reads the field at *at, which lies before the end. */
static bool read_field(struct span message, size_t *at, struct field *out)
{
    uint64_t tag = 0;
    uint64_t length = 0;
    if (!read_varint(message, at, &tag) || tag >> 3 == 0) {
        return false;
    }
    *out = (struct field){.number = tag >> 3, .wire = (enum wire)(tag & 7)};
    switch (tag & 7) {
    case WIRE_VARINT: return read_varint(message, at, &out->value);
    case WIRE_FIXED64: length = 8; break;
    case WIRE_FIXED32: length = 4; break;
    case WIRE_BYTES:
        if (!read_varint(message, at, &length)) {
            return false;
        }
        break;
    default: return false;
    }
    if (length > message.len - *at) {
        return false;
    }
    out->bytes = span_of(message.ptr + *at, (size_t)length);
    *at += (size_t)length;
    return true;
}

static bool is_bytes(const struct field *field, uint64_t number)
{
    return field->number == number && field->wire == WIRE_BYTES;
}

/* Reads a Record of the message; false when it is malformed or names an entry that is not there. */
static bool read_record(const struct kinesis_aggregate *aggregate, struct span record,
                        struct kinesis_packed *out)
{
    uint64_t key = 0;
    uint64_t hash = 0;
    bool has_key = false;
    bool has_hash = false;
    bool has_data = false;
    struct field field;
    *out = (struct kinesis_packed){0};
    for (size_t at = 0; at < record.len;) {
        if (!read_field(record, &at, &field)) {
            return false;
        }
        if (field.number == RECORD_KEY_INDEX && field.wire == WIRE_VARINT) {
            key = field.value;
            has_key = true;
        } else if (field.number == RECORD_HASH_INDEX && field.wire == WIRE_VARINT) {
            hash = field.value;
            has_hash = true;
        } else if (is_bytes(&field, RECORD_DATA)) {
            out->data = field.bytes;
            has_data = true;
        }
    }
    if (!has_key || !has_data || key >= aggregate->key_count ||
        (has_hash && hash >= aggregate->hash_count)) {
        return false;
    }
    out->partition_key = aggregate->keys[key];
    out->explicit_hash = has_hash ? aggregate->hashes[hash] : SPAN("");
    return true;
}

/* Counts the entries of the tables; false when the message is malformed. */
static bool count_entries(struct span message, size_t *keys, size_t *hashes)
{
    struct field field;
    for (size_t at = 0; at < message.len;) {
        if (!read_field(message, &at, &field)) {
            return false;
        }
        *keys += is_bytes(&field, FIELD_KEY);
        *hashes += is_bytes(&field, FIELD_HASH);
    }
    return *keys <= KINESIS_AGGREGATE_KEYS_MAX && *hashes <= KINESIS_AGGREGATE_KEYS_MAX;
}

/* Fills the tables of a well-formed message. */
static bool fill_tables(struct kinesis_aggregate *aggregate, struct span *keys,
                        struct span *hashes)
{
    struct field field;
    kinesis_hash hash;
    aggregate->keys = keys;
    aggregate->hashes = hashes;
    for (size_t at = 0; at < aggregate->message.len;) {
        check(read_field(aggregate->message, &at, &field));
        if (is_bytes(&field, FIELD_KEY)) {
            keys[aggregate->key_count++] = field.bytes;
        } else if (is_bytes(&field, FIELD_HASH)) {
            if (!kinesis_hash_parse(field.bytes, &hash)) {
                return false;
            }
            hashes[aggregate->hash_count++] = field.bytes;
        }
    }
    return true;
}

static bool check_records(const struct kinesis_aggregate *aggregate)
{
    struct field field;
    struct kinesis_packed packed;
    size_t records = 0;
    for (size_t at = 0; at < aggregate->message.len;) {
        check(read_field(aggregate->message, &at, &field));
        if (is_bytes(&field, FIELD_RECORD)) {
            if (!read_record(aggregate, field.bytes, &packed)) {
                return false;
            }
            records++;
        }
    }
    return records > 0;
}

static bool has_right_md5(struct span message, const char *expected)
{
    unsigned char actual[MD5_BYTES];
    check(EVP_Digest(message.ptr, message.len, actual, NULL, EVP_md5(), NULL) == 1);
    return memcmp(actual, expected, MD5_BYTES) == 0;
}

bool kinesis_aggregate_open(struct span data, struct arena *arena, struct kinesis_aggregate *out)
{
    static const char magic[] = "\xF3\x89\x9A\xC2";
    const size_t magic_bytes = sizeof magic - 1;
    struct kinesis_aggregate aggregate = {0};
    size_t keys = 0;
    size_t hashes = 0;
    if (data.len <= magic_bytes + MD5_BYTES || memcmp(data.ptr, magic, magic_bytes) != 0) {
        return false;
    }
    aggregate.message = span_of(data.ptr + magic_bytes, data.len - magic_bytes - MD5_BYTES);
    if (!has_right_md5(aggregate.message, data.ptr + data.len - MD5_BYTES) ||
        !count_entries(aggregate.message, &keys, &hashes) ||
        !fill_tables(&aggregate, arena_array(arena, keys, sizeof(struct span)),
                     arena_array(arena, hashes, sizeof(struct span))) ||
        !check_records(&aggregate)) {
        return false;
    }
    *out = aggregate;
    return true;
}

bool kinesis_aggregate_next(struct kinesis_aggregate *aggregate, struct kinesis_packed *out)
{
    struct field field;
    while (aggregate->at < aggregate->message.len) {
        check(read_field(aggregate->message, &aggregate->at, &field));
        if (is_bytes(&field, FIELD_RECORD)) {
            check(read_record(aggregate, field.bytes, out));
            return true;
        }
    }
    return false;
}

kinesis_hash kinesis_packed_hash(const struct kinesis_packed *packed)
{
    kinesis_hash hash;
    if (packed->explicit_hash.len == 0) {
        return kinesis_hash_of_key(packed->partition_key);
    }
    check(kinesis_hash_parse(packed->explicit_hash, &hash));
    return hash;
}
