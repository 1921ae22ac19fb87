/* body.c: writes members in the order in which a person wants them; lists stop where the bound is
 * near, and say how much was left out. */
#include "engine/evaluate/body.h"

#include "base/check.h"
#include "base/text.h"
#include "engine/evaluate/mask.h"
#include "engine/evaluate/template.h"
#include "model/api_members.h"

/* Kept free for what must stand at the end of a body. */
enum { END_BYTES = 256 };

/* A body being written. */
struct body {
    const struct body_request *request;
    struct buf text;
    struct json_writer writer;
    struct arena *arena; /* for what is thrown away: one change long */
};

/* A value as JSON text: a long one becomes a text that begins like it. */
static struct span value_json(const struct value *value, struct arena *arena)
{
    struct buf text = {0};
    struct buf short_text = {0};
    struct json_writer writer = json_writer_to(&text);
    bool is_text = value->kind == VALUE_STRING;
    if (!is_text || value->text.len <= BODY_VALUE_BYTES_MAX) {
        value_write_json(value, &writer);
    }
    struct span whole = is_text ? value->text : buf_view(&text);
    if (whole.len > BODY_VALUE_BYTES_MAX) {
        writer = json_writer_to(&short_text);
        json_write_string(&writer, text_cut(whole, BODY_VALUE_BYTES_MAX, arena));
    }
    struct span copy = arena_copy(arena, buf_view(short_text.len ? &short_text : &text));
    buf_deinit(&text);
    buf_deinit(&short_text);
    return copy;
}

/* So many bytes fit before the bound. */
static bool fits(const struct body *body, size_t bytes)
{
    return body->text.len + bytes + END_BYTES <= SIGNAL_BODY_BYTES_MAX;
}

static void write_template(struct body *body, const char *key,
                           const struct plan_template *template, size_t length_max)
{
    struct buf text = {0};
    template_render(template, body->request->shown->frame, length_max, &text);
    json_key(&body->writer, key);
    json_write_string(&body->writer, buf_view(&text));
    buf_deinit(&text);
}

static void write_text(struct body *body, const char *key, struct span text, size_t length_max)
{
    struct buf visible = {0};
    text_append_visible(&visible, text);
    json_key(&body->writer, key);
    json_write_string(&body->writer, text_cut(buf_view(&visible), length_max, body->arena));
    buf_deinit(&visible);
}

static bool is_notice(const struct body *body)
{
    return body->request->title.len > 0;
}

static void write_title(struct body *body)
{
    if (is_notice(body)) {
        write_text(body, "title", body->request->title, BODY_TITLE_BYTES_MAX);
    } else {
        write_template(body, "title", &body->request->policy->title, BODY_TITLE_BYTES_MAX);
    }
    if (!is_notice(body) && body->request->policy->description.count) {
        write_template(body, "description", &body->request->policy->description,
                       BODY_DESCRIPTION_BYTES_MAX);
    }
    if (body->request->found_by.len) {
        write_text(body, "found_by", body->request->found_by, BODY_VALUE_BYTES_MAX);
    }
    if (body->request->problem.len) {
        write_text(body, "problem", body->request->problem, BODY_VALUE_BYTES_MAX);
    }
}

static void write_place(struct body *body, const struct change *change)
{
    write_text(body, "table", change->table, BODY_VALUE_BYTES_MAX);
    write_text(body, "region", change->region, BODY_VALUE_BYTES_MAX);
    write_text(body, "account", change->account, BODY_VALUE_BYTES_MAX);
    if (change->call) {
        write_text(body, "op", change->call->operation, BODY_VALUE_BYTES_MAX);
    } else {
        json_key(&body->writer, "op");
        json_write_string(&body->writer, change_op_name(change->op));
    }
}

/* Who called what; the rest of it is for `context` to name. */
static void write_call(struct body *body, const struct api_call *call)
{
    static const struct span shown[] = {
        {"principal", 9}, {"type", 4}, {"account", 7}, {"session", 7}, {"source_identity", 15},
        {"invoked_by", 10}, {"ip", 2}, {"mfa", 3}};
    write_text(body, "service", call->service, BODY_VALUE_BYTES_MAX);
    json_key(&body->writer, "actor");
    json_open_object(&body->writer);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        struct value value;
        const struct api_member *member = api_member_find(api_actor_members(), shown[i]);
        if (!api_member_value(call, member, body->arena, &value)) {
            continue;
        }
        if (value.kind == VALUE_STRING) {
            write_text(body, shown[i].ptr, value.text, BODY_VALUE_BYTES_MAX);
        } else {
            json_key_span(&body->writer, shown[i]);
            value_write_json(&value, &body->writer);
        }
    }
    json_close_object(&body->writer);
}

static struct value shown_attribute(const struct body *body, enum plan_root root,
                                    const struct attribute *attribute)
{
    const struct plan *plan = body->request->shown->plan;
    struct masking masking = {body->request->policy, plan->mask_key, body->arena};
    struct value value = attribute_value(attribute, body->arena);
    return mask_attribute(&masking, root, attribute->name, value);
}

static void write_keys(struct body *body, const struct image *keys)
{
    json_key(&body->writer, "keys");
    json_open_object(&body->writer);
    for (size_t i = 0; i < keys->count; i++) {
        struct value value = shown_attribute(body, PLAN_ROOT_KEYS, &keys->attributes[i]);
        struct span name = text_cut(keys->attributes[i].name, BODY_VALUE_BYTES_MAX, body->arena);
        struct span json = value_json(&value, body->arena);
        if (fits(body, 6 * name.len + json.len + 8)) {
            json_key_span(&body->writer, name);
            json_write_raw(&body->writer, json);
        }
    }
    json_close_object(&body->writer);
}

static void write_side(struct body *body, const char *key, struct span json)
{
    if (json.len) {
        json_key(&body->writer, key);
        json_write_raw(&body->writer, json);
    }
}

/* One attribute's value before and after; false when it does not fit any more. */
static bool write_change(struct body *body, const struct diff_item *item)
{
    struct span before = {0};
    struct span after = {0};
    if (item->before) {
        struct value value = shown_attribute(body, PLAN_ROOT_OLD, item->before);
        before = value_json(&value, body->arena);
    }
    if (item->after) {
        struct value value = shown_attribute(body, PLAN_ROOT_NEW, item->after);
        after = value_json(&value, body->arena);
    }
    struct span name = text_cut(item->name, BODY_VALUE_BYTES_MAX, body->arena);
    if (!fits(body, 6 * name.len + before.len + after.len + 64)) {
        return false;
    }
    json_open_object(&body->writer);
    json_key(&body->writer, "attribute");
    json_write_string(&body->writer, name);
    write_side(body, "before", before);
    write_side(body, "after", after);
    json_close_object(&body->writer);
    return true;
}

static void write_changes(struct body *body)
{
    struct diff diff = {NULL, 0};
    size_t shown = 0;
    if (!is_notice(body)) {
        diff = *host_diff(body->request->shown);
    }
    json_key(&body->writer, "changes");
    json_open_array(&body->writer);
    while (shown < diff.count && shown < BODY_CHANGES_MAX &&
           write_change(body, &diff.items[shown])) {
        shown++;
    }
    json_close_array(&body->writer);
    if (shown < diff.count) {
        json_key(&body->writer, "changes_omitted");
        json_write_uint(&body->writer, diff.count - shown);
    }
}

/* The value of a context field; empty where there is none. */
static struct span context_json(struct body *body, const struct cel_program *program)
{
    struct value value = cel_run(program, body->request->shown->frame);
    bool none = value.kind == VALUE_OPTIONAL && !value.optional;
    if (none || (value.kind == VALUE_ERROR && value.error == VALUE_ERROR_ABSENT)) {
        return span_of(NULL, 0);
    }
    if (value.kind == VALUE_ERROR) {
        return SPAN("\"(no value)\"");
    }
    if (value.kind == VALUE_STRING) {
        struct buf visible = {0};
        text_append_visible(&visible, value.text);
        value.text = arena_copy(body->arena, buf_view(&visible));
        buf_deinit(&visible);
    }
    return value_json(&value, body->arena);
}

/* False when it does not fit any more. */
static bool write_context_field(struct body *body, const struct plan_context *field)
{
    struct span json = context_json(body, field->program);
    if (!fits(body, 6 * field->name.len + json.len + 8)) {
        return false;
    }
    if (json.len) {
        json_key_span(&body->writer, field->name);
        json_write_raw(&body->writer, json);
    }
    return true;
}

static void write_context(struct body *body)
{
    const struct plan_policy *policy = body->request->policy;
    uint64_t omitted = 0;
    json_key(&body->writer, "context");
    json_open_object(&body->writer);
    for (size_t i = 0; i < policy->context_count && !is_notice(body); i++) {
        omitted += !write_context_field(body, &policy->context[i]);
    }
    json_close_object(&body->writer);
    if (omitted) {
        json_key(&body->writer, "context_omitted");
        json_write_uint(&body->writer, omitted);
    }
}

static void write_steps(struct body *body)
{
    const struct plan_policy *policy = body->request->policy;
    json_key(&body->writer, "steps");
    json_open_array(&body->writer);
    for (size_t i = 0; i < policy->step_count && !is_notice(body); i++) {
        struct buf text = {0};
        template_render(&policy->steps[i], body->request->shown->frame, BODY_TITLE_BYTES_MAX,
                        &text);
        json_write_string(&body->writer, buf_view(&text));
        buf_deinit(&text);
    }
    json_close_array(&body->writer);
}

/* Members that stand ready; the braces are the object's own. */
static void write_static(struct body *body)
{
    struct span members = body->request->policy->static_body;
    if (members.len > 0 && members.len <= BODY_STATIC_BYTES_MAX) {
        buf_append_char(&body->text, ',');
        buf_append(&body->text, members);
        return;
    }
    json_key(&body->writer, "policy");
    json_open_object(&body->writer);
    json_key(&body->writer, "id");
    json_write_string(&body->writer, body->request->policy->id);
    json_close_object(&body->writer);
}

struct span body_write(const struct body_request *request, struct arena *arena)
{
    struct body body = {.request = request, .arena = request->shown->arena};
    const struct change *change = request->shown->input->change;
    body.writer = json_writer_to(&body.text);
    json_open_object(&body.writer);
    write_title(&body);
    write_place(&body, change);
    if (change->call) {
        write_call(&body, change->call);
    }
    write_keys(&body, &change->keys);
    write_steps(&body);
    write_static(&body);
    write_context(&body);
    write_changes(&body);
    json_close_object(&body.writer);
    check(body.text.len <= SIGNAL_BODY_BYTES_MAX);
    struct span text = arena_copy(arena, buf_view(&body.text));
    buf_deinit(&body.text);
    return text;
}
