/* Records of API calls and their carriers: whatever is accepted has members, an identity, and is
 * JSON. */
#include "fuzz.h"

#include "base/check.h"
#include "base/gunzip.h"
#include "model/api_members.h"
#include "model/json.h"
#include "model/record.h"

static void use_change(const struct change *change, struct arena *arena)
{
    struct json_error error = {0};
    struct value value;
    struct digest first = change_id(change, arena);
    struct digest again = change_id(change, arena);
    check(digest_equals(&first, &again));
    /* members that are not known are not looked into: their numbers may be none of ours */
    enum status status = json_read(change->raw, JSON_NUMBERS_DECIMAL, arena, &error, &value);
    check(status == STATUS_OK || (status == STATUS_LIMIT && strstr(error.reason, "a number")));
    if (change->call) {
        check(status == STATUS_LIMIT || value.kind == VALUE_MAP);
        check(change->call->service.len && change->call->operation.len);
        check(api_member_map(change->call, api_actor_members(), arena).kind == VALUE_MAP);
        check(api_member_map(change->call, api_request_members(), arena).kind == VALUE_MAP);
    }
}

static void use_parts(const struct record *record, struct arena *arena)
{
    for (size_t i = 0; i < record->texts.count; i++) {
        struct json_error error = {0};
        struct change change;
        bool is_event = false;
        enum status status =
            record_read_part(record->texts.items[i], arena, &error, &is_event, &change);
        if (status == STATUS_OK && is_event) {
            use_change(&change, arena);
        }
        check(status == STATUS_OK || error.reason);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct span bytes = span_of((const char *)data, size);
    struct json_error error = {0};
    struct record record;
    enum status status = record_read(bytes, RECORD_FORMAT_AUTO, arena, &error, &record);
    if (status == STATUS_OK && record.kind == RECORD_EVENT) {
        use_change(&record.change, arena);
    } else if (status == STATUS_OK && record.kind == RECORD_MANY) {
        use_parts(&record, arena);
    }
    check(status == STATUS_OK || (error.reason && (gunzip_is_gzip(bytes) || error.offset <= size)));
    arena_free(&arena);
    return 0;
}
