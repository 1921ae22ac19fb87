/* yaml_source.c: refuses what libyaml would read slowly or differently from editors: bad UTF-8, odd
 * line ends, many directives. */
#include "policy/yaml/yaml_source.h"

#include "policy/document/report.h"

/* The code point at text[at], its length in bytes; 0 when the UTF-8 is malformed there. */
static size_t code_point_at(struct span text, size_t at, uint32_t *code)
{
    static const unsigned char lead_masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)text.ptr[at];
    size_t length = lead < 0x80 ? 1 : lead < 0xC0 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (length == 0 || lead > 0xF4 || length > text.len - at) {
        return 0;
    }
    *code = lead & lead_masks[length];
    for (size_t i = 1; i < length; i++) {
        unsigned char next = (unsigned char)text.ptr[at + i];
        if ((next & 0xC0) != 0x80) {
            return 0;
        }
        *code = *code << 6 | (next & 0x3F);
    }
    bool surrogate = *code >= 0xD800 && *code <= 0xDFFF;
    return surrogate || *code < smallest[length] || *code > 0x10FFFF ? 0 : length;
}

struct place yaml_source_place(const struct yaml_source *source, uint32_t start, uint32_t end)
{
    uint32_t low = 0;
    uint32_t high = source->line_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (source->line_starts[middle] <= start) {
            low = middle;
        } else {
            high = middle;
        }
    }
    struct place place = {
        .file = source->file, .source = source->text, .line = low + 1, .column = 1};
    for (uint32_t i = source->line_starts[low]; i < end && i < source->text.len; i++) {
        unsigned char byte = (unsigned char)source->text.ptr[i];
        if (i >= start && (byte == '\n' || byte == '\r')) {
            break;
        }
        bool first = (byte & 0xC0) != 0x80;
        place.column += first && i < start;
        place.width += first && i >= start;
    }
    return place;
}

/* Why a code point may not stand in a file; NULL when it may. Other line ends than LF and CR LF
 * would make lines that editors do not count. */
static const char *refusal_of(uint32_t code, bool before_line_feed)
{
    if (code == '\t' || code == '\n' || (code == '\r' && before_line_feed)) {
        return NULL;
    }
    if (code == '\r') {
        return "a carriage return without a line feed";
    }
    if (code == 0x85 || code == 0x2028 || code == 0x2029) {
        return "a Unicode line separator";
    }
    if (code == 0xFEFF) {
        return "a byte order mark in the middle of the text";
    }
    bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);
    return control || code == 0xFFFE || code == 0xFFFF ? "a control character" : NULL;
}

static void report_at(const struct yaml_source *source, size_t at, struct diag_list *diags,
                      struct span hint, const char *what)
{
    struct place place = yaml_source_place(source, (uint32_t)at, (uint32_t)at + 1);
    report_error(diags, place, hint, "%s", what);
}

/* Stops at the first bad byte: what follows one is seldom worth reading. */
static enum status check_text(const struct yaml_source *source, struct diag_list *diags)
{
    struct span text = source->text;
    for (size_t i = 0; i < text.len;) {
        uint32_t code = 0;
        size_t length = code_point_at(text, i, &code);
        if (length == 0) {
            report_at(source, i, diags, SPAN("save the file as UTF-8"), "this is not UTF-8");
            return STATUS_INVALID;
        }
        const char *refusal = refusal_of(code, i + 1 < text.len && text.ptr[i + 1] == '\n');
        if (refusal) {
            report_at(source, i, diags,
                      SPAN("remove it, or write it as an escape in double quotes"), refusal);
            return STATUS_INVALID;
        }
        i += length;
    }
    return STATUS_OK;
}

/* libyaml compares each directive with all before it: a file of them would take minutes. */
static enum status check_directives(const struct yaml_source *source, struct diag_list *diags)
{
    for (uint32_t line = 0; line < source->line_count; line++) {
        uint32_t start = source->line_starts[line];
        if (start < source->text.len && source->text.ptr[start] == '%') {
            report_at(source, start, diags, SPAN("remove the line; '%' may not begin one"),
                      "YAML directives are not used here");
            return STATUS_INVALID;
        }
    }
    return STATUS_OK;
}

static void find_lines(struct yaml_source *source, struct arena *arena)
{
    uint32_t count = 1;
    for (size_t i = 0; i < source->text.len; i++) {
        count += source->text.ptr[i] == '\n';
    }
    uint32_t *starts = arena_array(arena, count, sizeof *starts);
    uint32_t line = 1;
    for (size_t i = 0; i < source->text.len; i++) {
        if (source->text.ptr[i] == '\n') {
            starts[line++] = (uint32_t)i + 1;
        }
    }
    source->line_starts = starts;
    source->line_count = count;
}

static enum status check_size(struct span file, struct span text, struct diag_list *diags)
{
    struct place place = {.file = file};
    if (text.len > YAML_FILE_BYTES_MAX) {
        report_error(diags, place, SPAN("split it: a folder of files is read as one set"),
                     "the file is larger than %d bytes", YAML_FILE_BYTES_MAX);
        return STATUS_LIMIT;
    }
    if (span_starts_with(text, SPAN("\xFF\xFE")) || span_starts_with(text, SPAN("\xFE\xFF"))) {
        report_error(diags, place, SPAN("save it as UTF-8"), "the file is written in UTF-16");
        return STATUS_INVALID;
    }
    return STATUS_OK;
}

enum status yaml_source_read(struct span file, struct span text, struct arena *arena,
                             struct diag_list *diags, const struct yaml_source **out)
{
    enum status status = check_size(file, text, diags);
    if (status != STATUS_OK) {
        return status;
    }
    if (span_starts_with(text, SPAN("\xEF\xBB\xBF"))) {
        text = span_of(text.ptr + 3, text.len - 3);
    }
    struct yaml_source *source = arena_alloc(arena, sizeof *source);
    source->file = arena_copy(diags->arena, file);
    source->text = arena_copy(diags->arena, text);
    find_lines(source, arena);
    status = check_text(source, diags);
    if (status == STATUS_OK) {
        status = check_directives(source, diags);
    }
    if (status == STATUS_OK) {
        *out = source;
    }
    return status;
}
