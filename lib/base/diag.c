/* diag.c: the list, the text with a caret under the place, and the nearest name for a hint. */
#include "base/diag.h"

enum { LIST_CAPACITY_MIN = 8, LINE_BYTES_MAX = 160 };

struct diag_list diag_list_in(struct arena *arena)
{
    return (struct diag_list){.arena = arena};
}

static struct diag *list_next(struct diag_list *list)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : LIST_CAPACITY_MIN;
        struct diag *items = arena_array(list->arena, capacity, sizeof *items);
        if (list->count) {
            memcpy(items, list->items, list->count * sizeof *items);
        }
        list->items = items;
        list->capacity = capacity;
    }
    return &list->items[list->count++];
}

/* The text of a line without its end; empty when the source has no such line. */
static struct span source_line(struct span source, uint32_t line)
{
    if (source.len == 0) {
        return source;
    }
    size_t start = 0;
    for (uint32_t at = 1; at < line && start < source.len; start++) {
        at += source.ptr[start] == '\n';
    }
    size_t end = start;
    while (end < source.len && source.ptr[end] != '\n' && source.ptr[end] != '\r') {
        end++;
    }
    return span_of(source.ptr + start, end - start);
}

/* The line of a place as far as it is worth showing; lives in `arena`. */
static struct span shown_line(const struct place *place, struct arena *arena)
{
    struct span line = place->line ? source_line(place->source, place->line) : (struct span){0};
    return line.len > LINE_BYTES_MAX ? (struct span){0} : arena_copy(arena, line);
}

void diag_add(struct diag_list *list, enum diag_level level, struct place place, struct span hint,
              const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct span message = arena_vprintf(list->arena, format, args);
    va_end(args);
    struct span line = shown_line(&place, list->arena);
    place.file = arena_copy(list->arena, place.file);
    *list_next(list) = (struct diag){
        .level = level,
        .place = place,
        .line = line,
        .message = message,
        .hint = arena_copy(list->arena, hint),
    };
    list->errors += level == DIAG_ERROR;
}

void diag_set_kind(struct diag_list *list, struct span kind)
{
    if (list->count) {
        list->items[list->count - 1].kind = arena_copy(list->arena, kind);
    }
}

/* Text of the user's for a terminal: what could steer the terminal is shown as '?'. */
static void append_visible(struct buf *out, struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        buf_append_char(out, (c < ' ' && c != '\t' && c != '\n') || c == 0x7F ? '?' : (char)c);
    }
}

static void render_caret(const struct diag *diag, const char *colour, const char *plain,
                         struct buf *out)
{
    const struct place *place = &diag->place;
    struct span line = diag->line;
    if (place->column == 0 || line.len == 0) {
        return;
    }
    buf_append(out, SPAN("  "));
    append_visible(out, line);
    buf_append(out, SPAN("\n  "));
    uint32_t column = 1;
    /* tabs stay tabs, so that the caret stands under its column at any tab width */
    for (size_t i = 0; i < line.len && column < place->column; i++) {
        if (((unsigned char)line.ptr[i] & 0xC0) != 0x80) {
            buf_append_char(out, line.ptr[i] == '\t' ? '\t' : ' ');
            column++;
        }
    }
    buf_printf(out, "%s^", colour);
    for (uint32_t i = 1; i < place->width && i < LINE_BYTES_MAX; i++) {
        buf_append_char(out, '~');
    }
    buf_printf(out, "%s\n", plain);
}

void diag_render(const struct diag *diag, bool colour, struct buf *out)
{
    const struct place *place = &diag->place;
    const char *red = !colour ? "" : diag->level == DIAG_ERROR ? "\033[1;31m" : "\033[1;33m";
    const char *plain = colour ? "\033[0m" : "";
    buf_printf(out, "%.*s:", SPAN_ARG(place->file));
    if (place->line) {
        buf_printf(out, "%u:%u:", place->line, place->column ? place->column : 1);
    }
    buf_printf(out, " %s%s:%s ", red, diag->level == DIAG_ERROR ? "error" : "warning", plain);
    append_visible(out, diag->message);
    if (diag->kind.len) {
        buf_printf(out, " [%.*s]", SPAN_ARG(diag->kind));
    }
    buf_append_char(out, '\n');
    render_caret(diag, red, plain, out);
    if (diag->hint.len) {
        buf_append(out, SPAN("  hint: "));
        append_visible(out, diag->hint);
        buf_append_char(out, '\n');
    }
}

/* A third of the word may be wrong, and one letter more: beyond that a hint misleads. */
struct span diag_nearest(struct span word, const struct span *names, size_t count)
{
    struct span best = {0};
    size_t best_distance = word.len / 3 + 2;
    for (size_t i = 0; i < count; i++) {
        size_t distance = span_distance(word, names[i]);
        if (distance < best_distance) {
            best_distance = distance;
            best = names[i];
        }
    }
    return best;
}
