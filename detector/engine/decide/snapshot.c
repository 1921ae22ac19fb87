/* snapshot.c: keys and manifests as text, so that a person can look at the topic. */
#include "engine/decide/snapshot.h"

#include "base/json_writer.h"
#include "model/json.h"

#include <inttypes.h>
#include <stdio.h>

enum { MANIFEST_VERSION = 1, TOPIC_ID_BYTES_MAX = 256 };

struct span snapshot_key_format(const struct snapshot_key *key, char out[SNAPSHOT_KEY_SIZE])
{
    int length;
    if (key->is_manifest) {
        length = snprintf(out, SNAPSHOT_KEY_SIZE, "%" PRIu32 "/%.*s/%" PRIu32 "/manifest",
                          key->partition, SPAN_ARG(key->writer), key->slot);
    } else {
        length = snprintf(out, SNAPSHOT_KEY_SIZE, "%" PRIu32 "/%.*s/%" PRIu32 "/%" PRIu32,
                          key->partition, SPAN_ARG(key->writer), key->slot, key->chunk);
    }
    return span_of(out, (size_t)length);
}

/* Takes the text up to the next "/", or all of it. */
static struct span take_part(struct span *text)
{
    const char *slash = text->len ? memchr(text->ptr, '/', text->len) : NULL;
    size_t length = slash ? (size_t)(slash - text->ptr) : text->len;
    struct span part = span_of(text->ptr, length);
    size_t taken = slash ? length + 1 : length;
    *text = span_of(text->ptr + taken, text->len - taken);
    return part;
}

static bool read_number(struct span text, uint32_t below, uint32_t *out)
{
    uint64_t number = 0;
    if (text.len == 0 || text.len > 10) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        number = number * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    *out = (uint32_t)number;
    return number < below;
}

static bool is_writer(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z')) {
            return false;
        }
    }
    return text.len > 0 && text.len <= SNAPSHOT_WRITER_BYTES_MAX;
}

bool snapshot_key_parse(struct span text, struct snapshot_key *out)
{
    char again[SNAPSHOT_KEY_SIZE];
    struct span rest = text;
    struct snapshot_key key = {0};
    bool fine = read_number(take_part(&rest), UINT32_MAX, &key.partition);
    key.writer = take_part(&rest);
    fine = fine && is_writer(key.writer);
    fine = fine && read_number(take_part(&rest), SNAPSHOT_SLOTS, &key.slot);
    struct span last = take_part(&rest);
    key.is_manifest = span_equals(last, SPAN("manifest"));
    fine = fine && (key.is_manifest || read_number(last, SNAPSHOT_CHUNKS_MAX, &key.chunk));
    /* written again it is the same: no leading zeros, nothing behind */
    if (!fine || !span_equals(snapshot_key_format(&key, again), text)) {
        return false;
    }
    *out = key;
    return true;
}

struct digest snapshot_digest(struct span bytes)
{
    struct digest_state state;
    digest_init(&state);
    digest_field(&state, bytes);
    return digest_finish(&state);
}

struct snapshot_manifest snapshot_manifest_of(struct span bytes, uint64_t offset,
                                              struct span topic_id, uint32_t partitions)
{
    size_t chunks = (bytes.len + SNAPSHOT_CHUNK_BYTES - 1) / SNAPSHOT_CHUNK_BYTES;
    return (struct snapshot_manifest){
        .offset = offset,
        .topic_id = topic_id,
        .partitions = partitions,
        .bytes = bytes.len,
        .chunks = (uint32_t)chunks,
        .digest = snapshot_digest(bytes),
    };
}

void snapshot_manifest_write(const struct snapshot_manifest *manifest, struct buf *out)
{
    char hex[DIGEST_HEX_LENGTH + 1];
    struct json_writer writer = json_writer_to(out);
    digest_hex(&manifest->digest, hex);
    json_open_object(&writer);
    json_key(&writer, "version");
    json_write_int(&writer, MANIFEST_VERSION);
    json_key(&writer, "offset");
    json_write_uint(&writer, manifest->offset);
    json_key(&writer, "topic_id");
    json_write_string(&writer, manifest->topic_id);
    json_key(&writer, "partitions");
    json_write_uint(&writer, manifest->partitions);
    json_key(&writer, "bytes");
    json_write_uint(&writer, manifest->bytes);
    json_key(&writer, "chunks");
    json_write_uint(&writer, manifest->chunks);
    json_key(&writer, "digest");
    json_write_string(&writer, span_of(hex, DIGEST_HEX_LENGTH));
    json_close_object(&writer);
}

/* A whole number of at least 0 and at most `max`. */
static bool member_number(const struct value *object, const char *name, int64_t max, uint64_t *out)
{
    const struct value *member = value_map_get(object, span_view(name));
    if (!member || member->kind != VALUE_INT || member->integer < 0 || member->integer > max) {
        return false;
    }
    *out = (uint64_t)member->integer;
    return true;
}

static bool member_text(const struct value *object, const char *name, size_t bytes_max,
                        struct span *out)
{
    const struct value *member = value_map_get(object, span_view(name));
    if (!member || member->kind != VALUE_STRING || member->text.len > bytes_max) {
        return false;
    }
    *out = member->text;
    return true;
}

enum status snapshot_manifest_read(struct span text, struct arena *arena,
                                   struct snapshot_manifest *out)
{
    struct snapshot_manifest manifest = {0};
    struct json_error error;
    struct value object;
    struct span hex;
    uint64_t version = 0;
    uint64_t partitions = 0;
    uint64_t chunks = 0;
    if (json_read(text, JSON_NUMBERS_CEL, arena, &error, &object) != STATUS_OK ||
        object.kind != VALUE_MAP) {
        return STATUS_INVALID;
    }
    bool fine = member_number(&object, "version", MANIFEST_VERSION, &version) &&
                member_number(&object, "offset", INT64_MAX, &manifest.offset) &&
                member_text(&object, "topic_id", TOPIC_ID_BYTES_MAX, &manifest.topic_id) &&
                member_number(&object, "partitions", UINT32_MAX, &partitions) &&
                member_number(&object, "bytes", INT64_MAX, &manifest.bytes) &&
                member_number(&object, "chunks", SNAPSHOT_CHUNKS_MAX, &chunks) &&
                member_text(&object, "digest", DIGEST_HEX_LENGTH, &hex) &&
                digest_parse(hex, &manifest.digest);
    if (!fine || version != MANIFEST_VERSION) {
        return STATUS_INVALID;
    }
    manifest.partitions = (uint32_t)partitions;
    manifest.chunks = (uint32_t)chunks;
    *out = manifest;
    return STATUS_OK;
}
