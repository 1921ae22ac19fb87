/* api_text.c: see its header. */
#include "api_text.h"

#include "model/api_members.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

struct span api_text(struct arena *arena, const char *text)
{
    struct span span = span_view(text);
    char *copy = arena_alloc(arena, span.len + 1);
    for (size_t i = 0; i < span.len; i++) {
        copy[i] = span.ptr[i] == '\'' ? '"' : span.ptr[i];
    }
    return span_of(copy, span.len);
}

struct span api_text_record(struct arena *arena, const char *members)
{
    return api_text(arena, arena_printf(arena, "{'eventVersion':'1.08',%s"
                                        "'eventTime':'2026-03-01T10:00:00Z',"
                                        "'eventSource':'dynamodb.amazonaws.com',"
                                        "'eventName':'UpdateTable','awsRegion':'eu-central-1',"
                                        "'eventID':'E1','recipientAccountId':'111122223333'}",
                                        members).ptr);
}

struct change api_text_decode(struct arena *arena, const char *members)
{
    struct json_error error = {0};
    struct api_decoded decoded;
    struct span text = api_text_record(arena, members);
    if (api_call_decode(text, arena, &error, &decoded) != STATUS_OK) {
        fail_msg("%.*s: %s at %zu", SPAN_ARG(text), error.reason, error.offset);
    }
    assert_int_equal(decoded.kind, API_RECORD_CALL);
    return decoded.change;
}

static struct span member_text(struct arena *arena, const struct api_call *call, bool actor,
                               struct span name)
{
    struct value value;
    struct buf text = {0};
    const struct api_member *member =
        api_member_find(actor ? api_actor_members() : api_request_members(), name);
    assert_non_null(member);
    if (!api_member_value(call, member, arena, &value)) {
        return SPAN("-");
    }
    value_write_text(&value, &text);
    struct span copy = arena_copy(arena, buf_view(&text));
    buf_deinit(&text);
    return copy;
}

struct span api_text_members(struct arena *arena, const struct api_call *call, bool actor,
                             const char *names)
{
    struct buf out = {0};
    struct span rest = span_view(names);
    while (rest.len) {
        const char *space = memchr(rest.ptr, ' ', rest.len);
        size_t length = space ? (size_t)(space - rest.ptr) : rest.len;
        struct span name = span_of(rest.ptr, length);
        struct span text = member_text(arena, call, actor, name);
        buf_printf(&out, "%s%.*s", out.len ? ";" : "", SPAN_ARG(text));
        rest = span_of(rest.ptr + length + (space != NULL), rest.len - length - (space != NULL));
    }
    struct span copy = arena_copy(arena, buf_view(&out));
    buf_deinit(&out);
    return copy;
}
