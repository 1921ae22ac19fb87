/* Files of lookups: the first byte says which format the rest is in. */
#include "fuzz.h"

#include "base/check.h"
#include "policy/lookup/lookup_file.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct plan_column columns[] = {
    {{"sku", 3}, PLAN_COLUMN_STRING},      {{"price", 5}, PLAN_COLUMN_DECIMAL},
    {{"stock", 5}, PLAN_COLUMN_INT},       {{"active", 6}, PLAN_COLUMN_BOOL},
    {{"checked", 7}, PLAN_COLUMN_TIMESTAMP}, {{"net", 3}, PLAN_COLUMN_CIDR},
};

/* Whatever is accepted has its key, and can be written down. */
static void use_rows(const struct lookup_rows *rows)
{
    struct buf text = {0};
    for (size_t i = 0; i < rows->count; i++) {
        check(value_map_get(&rows->rows[i], SPAN("sku")) != NULL);
        buf_clear(&text);
        value_write_text(&rows->rows[i], &text);
        check(span_utf8_prefix(buf_view(&text)) == text.len);
    }
    buf_deinit(&text);
}

static void use_diags(const struct diag_list *diags)
{
    struct buf text = {0};
    for (size_t i = 0; i < diags->count; i++) {
        diag_render(&diags->items[i], true, &text);
    }
    buf_deinit(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[32];
    int file = memfd_create("lookup", 0);
    check(file >= 0);
    if (size > 0) {
        check(write(file, data + 1, size - 1) == (ssize_t)size - 1);
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    struct arena *arena = arena_new(0);
    struct diag_list diags = diag_list_in(arena);
    struct lookup_rows rows;
    const struct plan_lookup lookup = {
        .id = SPAN("fuzzed"), .path = span_view(path), .columns = columns,
        .format = (enum plan_lookup_format)(size ? data[0] % 3 : 0),
        .column_count = sizeof columns / sizeof *columns, .key = SPAN("sku"),
        .valid_from = SPAN("from"), .valid_to = SPAN("to"),
    };
    if (lookup_file_read(&lookup, arena, &diags, &rows) == STATUS_OK) {
        use_rows(&rows);
    } else {
        check(diags.errors > 0);
    }
    use_diags(&diags);
    arena_free(&arena);
    close(file);
    return 0;
}
