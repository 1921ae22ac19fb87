#include "describe_signature.h"

#include "base/check.h"

/* "(list(A), int) -> A" as its types; the result is the last. */
static size_t split(const char *signature, struct span types[SIGNATURE_TYPES_MAX])
{
    const char *start = signature + 1;
    size_t count = 0;
    int depth = 1;
    for (const char *at = start; depth > 0; at++) {
        depth += (*at == '(') - (*at == ')');
        bool ends = depth == 0 || (depth == 1 && *at == ',');
        if (ends && at > start) {
            check(count < SIGNATURE_TYPES_MAX - 1);
            types[count++] = span_of(start, (size_t)(at - start));
        }
        if (ends) {
            start = at + (depth == 0 ? 1 : 2);
        }
    }
    types[count++] = span_view(start + sizeof " -> " - 1);
    return count;
}

static struct span from(struct span text, size_t at)
{
    return span_of(text.ptr + at, text.len - at);
}

/* "int..." varies as "int" does. */
static struct span bare(struct span type)
{
    bool many = type.len > 3 && span_equals(from(type, type.len - 3), SPAN("..."));
    return span_of(type.ptr, many ? type.len - 3 : type.len);
}

struct signature_group signature_group_of(const struct cel_overload *overload)
{
    struct signature_group group = {.first = overload};
    group.count = split(overload->signature, group.types);
    return group;
}

/* Where the two differ; false when that is not one type in the place of another. */
static bool compare(const struct signature_group *group, const struct span *types,
                    bool varies[SIGNATURE_TYPES_MAX], struct span kinds[2])
{
    bool any = false;
    for (size_t i = 0; i < group->count; i++) {
        varies[i] = !span_equals(group->types[i], types[i]);
        if (!varies[i]) {
            continue;
        }
        struct span mine = bare(group->types[i]);
        struct span other = bare(types[i]);
        if ((mine.len == group->types[i].len) != (other.len == types[i].len) ||
            (any && !(span_equals(mine, kinds[0]) && span_equals(other, kinds[1])))) {
            return false;
        }
        any = true;
        kinds[0] = mine;
        kinds[1] = other;
    }
    return any;
}

bool signature_group_take(struct signature_group *group, const struct cel_overload *overload)
{
    struct span types[SIGNATURE_TYPES_MAX];
    bool varies[SIGNATURE_TYPES_MAX] = {false};
    struct span kinds[2];
    if (overload->receiver != group->first->receiver ||
        split(overload->signature, types) != group->count ||
        !compare(group, types, varies, kinds) ||
        (group->kinds_count && memcmp(varies, group->varies, sizeof varies) != 0)) {
        return false;
    }
    if (!group->kinds_count) {
        memcpy(group->varies, varies, sizeof varies);
        group->kinds[group->kinds_count++] = kinds[0];
    }
    check(group->kinds_count < SIGNATURE_GROUP_MAX);
    group->kinds[group->kinds_count++] = kinds[1];
    return true;
}

static void write_type(const struct signature_group *group, size_t index, struct buf *out)
{
    struct span type = group->types[index];
    if (!group->varies[index]) {
        buf_append(out, type);
        return;
    }
    buf_append_char(out, 'T');
    buf_append(out, from(type, bare(type).len));
}

static void write_types(const struct signature_group *group, size_t from, struct buf *out)
{
    for (size_t i = from; i + 1 < group->count; i++) {
        buf_append(out, i > from ? SPAN(", ") : SPAN(""));
        write_type(group, i, out);
    }
}

/* Each '_' of "_?_:_" is an operand. */
static void write_operator(const struct signature_group *group, struct buf *out)
{
    const char *name = strcmp(group->first->name, "@in") == 0 ? "_in_" : group->first->name;
    bool spaced = name[0] == '_' && name[1] != '[';
    size_t operand = 0;
    for (const char *at = name; *at; at++) {
        bool ends = *at == '_';
        if (ends) {
            write_type(group, operand++, out);
        } else {
            buf_append(out, *at == '|' ? SPAN("\\|") : span_of(at, 1)); /* else it ends the cell */
        }
        if (spaced && at[1] && ends != (at[1] == '_')) {
            buf_append_char(out, ' ');
        }
    }
}

static void write_call(const struct signature_group *group, struct buf *out)
{
    if (group->first->receiver) {
        write_type(group, 0, out);
        buf_append_char(out, '.');
    }
    buf_printf(out, "%s(", group->first->name);
    write_types(group, group->first->receiver, out);
    buf_append_char(out, ')');
}

static bool is_operator(const char *name)
{
    return name[0] == '_' || name[0] == '@' || name[strlen(name) - 1] == '_';
}

void signature_group_write(const struct signature_group *group, struct buf *out)
{
    buf_append_char(out, '`');
    if (is_operator(group->first->name)) {
        write_operator(group, out);
    } else {
        write_call(group, out);
    }
    buf_append(out, SPAN(" -> "));
    write_type(group, group->count - 1, out);
    buf_append_char(out, '`');
    for (size_t i = 0; i < group->kinds_count; i++) {
        buf_printf(out, "%s%.*s", i ? ", " : " T: ", SPAN_ARG(group->kinds[i]));
    }
}
