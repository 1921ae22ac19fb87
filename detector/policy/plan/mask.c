/* mask.c: reads the path by hand and not as CEL: a mask must hold even where an expression would be
 * refused. */
#include "policy/plan/mask.h"

#include "policy/document/report.h"

/* Reads one name at *at, `quoted` or up to the next dot, and moves behind it. False: no name. */
static bool read_segment(struct span path, size_t *at, struct span *name)
{
    size_t start = *at;
    bool quoted = start < path.len && path.ptr[start] == '`';
    size_t end = start + quoted;
    while (end < path.len && path.ptr[end] != (quoted ? '`' : '.')) {
        end++;
    }
    if (quoted && end == path.len) {
        return false;
    }
    *name = span_of(path.ptr + start + quoted, end - start - quoted);
    *at = end + quoted;
    return name->len > 0;
}

static bool parse_root(struct span name, enum plan_root *root)
{
    static const struct {
        struct span name;
        enum plan_root root;
    } roots[] = {{{"old", 3}, PLAN_ROOT_OLD}, {{"new", 3}, PLAN_ROOT_NEW},
                 {{"keys", 4}, PLAN_ROOT_KEYS}};
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        if (span_equals(name, roots[i].name)) {
            *root = roots[i].root;
            return true;
        }
    }
    return false;
}

static bool parse_segments(struct span path, size_t at, struct arena *arena, struct plan_mask *out)
{
    struct span *segments = arena_array(arena, path.len + 1, sizeof *segments);
    size_t count = 0;
    while (at < path.len) {
        if (path.ptr[at] != '.') {
            return false;
        }
        at++;
        if (!read_segment(path, &at, &segments[count++])) {
            return false;
        }
    }
    out->path = segments;
    out->path_length = count;
    return count > 0;
}

bool mask_parse(const struct field_text *path, enum plan_mask_kind kind, struct arena *arena,
                struct diag_list *diags, struct plan_mask *out)
{
    struct plan_mask mask = {.kind = kind};
    struct span root = {0};
    size_t at = 0;
    if (!read_segment(path->text, &at, &root) || !parse_root(root, &mask.root)) {
        struct span name = report_cut(path->text);
        struct span hint = arena_printf(diags->arena, "write old.%.*s and new.%.*s",
                                        SPAN_ARG(name), SPAN_ARG(name));
        report_error(diags, yaml_place(path->node), hint,
                     "a mask begins with old, new or keys");
        return false;
    }
    if (!parse_segments(path->text, at, arena, &mask)) {
        report_error(diags, yaml_place(path->node),
                     SPAN("write it like old.card.number, odd names in `backticks`"),
                     "this is not the path of an attribute");
        return false;
    }
    *out = mask;
    return true;
}
