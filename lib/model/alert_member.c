/* alert_member.c: a body that cannot be read is one without members: what stands outside of it is
 * shown still. */
#include "model/alert_member.h"

#include "base/text.h"
#include "model/json.h"

struct value alert_object(struct span text, struct arena *arena)
{
    struct json_error error;
    struct value object = value_null();
    bool good = text.len && json_read(text, JSON_NUMBERS_DECIMAL, arena, &error, &object) ==
                                STATUS_OK;
    return good && object.kind == VALUE_MAP ? object : (struct value){.kind = VALUE_MAP};
}

struct value alert_member(const struct value *map, const char *name)
{
    const struct value *found = map->kind == VALUE_MAP ? value_map_get(map, span_view(name)) : NULL;
    return found ? *found : value_null();
}

void alert_append_value(const struct value *value, struct buf *out)
{
    struct buf text = {0};
    value_write_text(value, &text);
    text_append_visible(out, buf_view(&text));
    buf_deinit(&text);
}

void alert_append_short(const struct value *value, size_t bytes_max, struct arena *arena,
                        struct buf *out)
{
    struct buf visible = {0};
    alert_append_value(value, &visible);
    buf_append(out, text_cut(buf_view(&visible), bytes_max, arena));
    buf_deinit(&visible);
}
