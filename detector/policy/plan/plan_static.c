/* plan_static.c: written once when the policy is loaded, then copied into every body. */
#include "policy/plan/plan_static.h"

static void write_text(struct json_writer *writer, const char *key, const struct field_text *text)
{
    if (text->text.len) {
        json_key(writer, key);
        json_write_string(writer, span_trim(text->text));
    }
}

static void write_texts(struct json_writer *writer, const char *key,
                        const struct field_texts *texts)
{
    if (texts->count == 0) {
        return;
    }
    json_key(writer, key);
    json_open_array(writer);
    for (size_t i = 0; i < texts->count; i++) {
        json_write_string(writer, texts->items[i].text);
    }
    json_close_array(writer);
}

static void write_policy(struct json_writer *writer, const struct policy_doc *policy,
                         const struct digest *version)
{
    char hex[DIGEST_HEX_LENGTH + 1];
    digest_hex(version, hex);
    json_key(writer, "policy");
    json_open_object(writer);
    json_key(writer, "id");
    json_write_string(writer, policy->id.text);
    write_text(writer, "name", &policy->name);
    json_key(writer, "version");
    json_write_string(writer, span_view(hex));
    write_text(writer, "author_version", &policy->version);
    write_text(writer, "owner", &policy->owner);
    write_text(writer, "description", &policy->description);
    json_close_object(writer);
}

static void write_compliance(struct json_writer *writer, const struct field_records *compliance)
{
    const struct compliance_doc *items = compliance->items;
    if (compliance->count == 0) {
        return;
    }
    json_key(writer, "compliance");
    json_open_array(writer);
    for (size_t i = 0; i < compliance->count; i++) {
        json_open_object(writer);
        write_text(writer, "framework", &items[i].framework);
        write_text(writer, "control", &items[i].control);
        json_close_object(writer);
    }
    json_close_array(writer);
}

/* A URL stays one; a path is put behind the installation's base. */
static void write_runbook(struct json_writer *writer, struct span runbook, struct span base,
                          struct arena *arena)
{
    bool url = span_starts_with(runbook, SPAN("https://")) ||
               span_starts_with(runbook, SPAN("http://"));
    if (runbook.len == 0) {
        return;
    }
    struct span slash = base.len && !span_ends_with(base, SPAN("/")) ? SPAN("/") : (struct span){0};
    json_key(writer, "runbook");
    json_write_string(writer,
                      url ? runbook
                          : arena_printf(arena, "%.*s%.*s%.*s", SPAN_ARG(base), SPAN_ARG(slash),
                                         SPAN_ARG(runbook)));
}

struct span plan_static_body(const struct policy_doc *policy, const struct digest *version,
                             struct span runbook_base, struct arena *arena)
{
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    json_open_object(&writer);
    write_policy(&writer, policy, version);
    write_texts(&writer, "tags", &policy->tags);
    write_compliance(&writer, &policy->compliance);
    write_runbook(&writer, policy->alert.runbook.text, runbook_base, arena);
    write_texts(&writer, "references", &policy->alert.references);
    write_texts(&writer, "false_positives", &policy->alert.false_positives);
    write_texts(&writer, "routes", &policy->alert.routes);
    json_close_object(&writer);
    struct span body = arena_copy(arena, span_of(text.ptr + 1, text.len - 2));
    buf_deinit(&text);
    return body;
}
