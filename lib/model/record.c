/* record.c: which decoder reads a record. Told by how it begins; where that decoder does not take
 * it, the other one is asked, so that a guess costs time and never a record. */
#include "model/record.h"

#include "base/gunzip.h"

static enum status read_change(struct span text, enum record_format format, struct arena *arena,
                               struct json_error *error, struct record *out)
{
    enum status status = dynamodb_decode(text, format, arena, error, &out->change);
    out->kind = RECORD_EVENT;
    return status;
}

static enum status read_call(struct span text, struct arena *arena, struct json_error *error,
                             struct record *out)
{
    struct api_decoded decoded;
    enum status status = api_call_decode(text, arena, error, &decoded);
    if (status != STATUS_OK) {
        return status;
    }
    out->kind = decoded.kind == API_RECORD_CALL   ? RECORD_EVENT
                : decoded.kind == API_RECORD_MANY ? RECORD_MANY
                                                  : RECORD_OTHER;
    if (out->kind == RECORD_EVENT) {
        out->change = decoded.change;
    } else if (out->kind == RECORD_MANY) {
        out->texts = decoded.texts;
    }
    return STATUS_OK;
}

/* The error told is that of the decoder which the record looks to be for. */
static enum status read_either(struct span text, struct arena *arena, struct json_error *error,
                               struct record *out)
{
    struct json_error second = {0};
    bool call_first = api_call_looks_like_one(text);
    enum status status = call_first
                             ? read_call(text, arena, error, out)
                             : read_change(text, RECORD_FORMAT_AUTO, arena, error, out);
    if (status != STATUS_INVALID) {
        return status;
    }
    enum status other = call_first ? read_change(text, RECORD_FORMAT_AUTO, arena, &second, out)
                                   : read_call(text, arena, &second, out);
    return other == STATUS_OK ? STATUS_OK : status;
}

static enum status inflate(struct span bytes, struct arena *arena, struct json_error *error,
                           struct span *out)
{
    enum status status = gunzip(bytes, RECORD_INFLATED_BYTES_MAX, arena, out);
    if (status != STATUS_OK) {
        *error = (struct json_error){status == STATUS_LIMIT
                                         ? "more than 16 MiB when decompressed"
                                         : "damaged gzip data",
                                     0};
    }
    return status;
}

enum status record_read(struct span bytes, enum record_format format, struct arena *arena,
                        struct json_error *error, struct record *out)
{
    struct span text = bytes;
    if (gunzip_is_gzip(bytes)) {
        enum status status = inflate(bytes, arena, error, &text);
        if (status != STATUS_OK) {
            return status;
        }
    }
    switch (format) {
    case RECORD_FORMAT_DYNAMODB_KINESIS:
    case RECORD_FORMAT_DYNAMODB_STREAMS: return read_change(text, format, arena, error, out);
    case RECORD_FORMAT_CLOUDTRAIL: return read_call(text, arena, error, out);
    case RECORD_FORMAT_AUTO: break;
    }
    return read_either(text, arena, error, out);
}

enum status record_read_part(struct span text, struct arena *arena, struct json_error *error,
                             bool *is_event, struct change *out)
{
    struct api_decoded decoded;
    enum status status = api_call_decode(text, arena, error, &decoded);
    if (status != STATUS_OK) {
        return status;
    }
    if (decoded.kind == API_RECORD_MANY) {
        *error = (struct json_error){"an envelope inside an envelope", 0};
        return STATUS_INVALID;
    }
    *is_event = decoded.kind == API_RECORD_CALL;
    if (*is_event) {
        *out = decoded.change;
    }
    return STATUS_OK;
}
