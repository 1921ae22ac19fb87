/* CSV by RFC 4180, with LF or CR LF between records. */
#include "policy/lookup/lookup_reader.h"

struct csv {
    struct lookup_reader *reader;
    struct span text;
    size_t at;
    uint32_t line;     /* of `at` */
    size_t line_start;
    bool ended;        /* the last cell ended its record */
    bool failed;       /* the rest makes no sense */
};

static uint32_t code_points(struct span text)
{
    uint32_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    }
    return count;
}

static struct place place_here(const struct csv *csv)
{
    struct span before = span_of(csv->text.ptr + csv->line_start, csv->at - csv->line_start);
    return lookup_place(csv->reader, csv->line, code_points(before) + 1);
}

static void pass_line_end(struct csv *csv)
{
    csv->at++;
    csv->line++;
    csv->line_start = csv->at;
}

/* Passes the comma or the end of the record; false when something else stands there. */
static bool pass_separator(struct csv *csv)
{
    struct span text = csv->text;
    csv->ended = true;
    if (csv->at == text.len) {
        return true;
    }
    if (text.ptr[csv->at] == ',') {
        csv->at++;
        csv->ended = false;
        return true;
    }
    csv->at += text.ptr[csv->at] == '\r' && csv->at + 1 < text.len;
    if (text.ptr[csv->at] == '\n') {
        pass_line_end(csv);
        return true;
    }
    return false;
}

static bool ends_plain(struct span text, size_t at)
{
    char c = text.ptr[at];
    return c == ',' || c == '\n' || (c == '\r' && at + 1 < text.len && text.ptr[at + 1] == '\n');
}

static void fail(struct csv *csv, struct place place, struct span hint, const char *message)
{
    lookup_problem(csv->reader, place, hint, "%s", message);
    csv->failed = true;
}

static struct span read_plain(struct csv *csv)
{
    size_t start = csv->at;
    while (csv->at < csv->text.len && !ends_plain(csv->text, csv->at)) {
        if (csv->text.ptr[csv->at] == '"') {
            fail(csv, place_here(csv), SPAN("put the whole cell in quotes and double this one"),
                 "a quote inside a cell that does not begin with one");
            break;
        }
        csv->at++;
    }
    return span_of(csv->text.ptr + start, csv->at - start);
}

/* Each "" becomes one quote. */
static struct span undouble(struct arena *arena, struct span text)
{
    struct span copy = arena_copy(arena, text);
    char *to = (char *)copy.ptr;
    size_t length = 0;
    for (size_t i = 0; i < text.len; i++) {
        to[length++] = text.ptr[i];
        i += text.ptr[i] == '"';
    }
    return span_of(to, length);
}

/* From the opening quote to behind the closing one. */
static struct span read_quoted(struct csv *csv)
{
    struct place opening = place_here(csv);
    struct span text = csv->text;
    bool doubled = false;
    size_t start = ++csv->at;
    for (; csv->at < text.len; csv->at++) {
        if (text.ptr[csv->at] == '\n') {
            csv->line++;
            csv->line_start = csv->at + 1;
        } else if (text.ptr[csv->at] == '"') {
            if (csv->at + 1 == text.len || text.ptr[csv->at + 1] != '"') {
                break;
            }
            doubled = true;
            csv->at++;
        }
    }
    struct span content = span_of(text.ptr + start, csv->at - start);
    if (csv->at == text.len) {
        fail(csv, opening, SPAN(""), "the quote that opens here is never closed");
        return content;
    }
    csv->at++;
    return doubled ? undouble(csv->reader->arena, content) : content;
}

/* One cell with what ends it. */
static struct lookup_cell next_cell(struct csv *csv)
{
    bool quoted = csv->at < csv->text.len && csv->text.ptr[csv->at] == '"';
    struct lookup_cell cell = {.form = LOOKUP_FORM_ANY, .place = place_here(csv)};
    cell.text = quoted ? read_quoted(csv) : read_plain(csv);
    if (!csv->failed && !pass_separator(csv)) {
        fail(csv, place_here(csv), SPAN("a comma or the end of the line is wanted"),
             "text behind the closing quote of a cell");
    }
    return cell;
}

/* The columns of a file, in its order. */
struct header {
    int columns[2 * LOOKUP_COLUMNS_MAX];
    size_t count;
};

static void add_to_header(struct csv *csv, struct header *header, const struct lookup_cell *cell)
{
    struct lookup_reader *reader = csv->reader;
    int column = lookup_column_find(reader, cell->text, cell->place);
    for (size_t i = 0; column != LOOKUP_NO_COLUMN && i < header->count; i++) {
        if (header->columns[i] == column) {
            lookup_problem(reader, cell->place, SPAN(""), "column '%.*s' stands here twice",
                           SPAN_ARG(cell->text));
            return;
        }
    }
    header->columns[header->count++] = column;
}

static void check_complete(struct csv *csv, const struct header *header)
{
    struct lookup_reader *reader = csv->reader;
    bool named[LOOKUP_COLUMNS_KNOWN_MAX] = {false};
    for (size_t i = 0; i < header->count; i++) {
        if (header->columns[i] != LOOKUP_NO_COLUMN) {
            named[header->columns[i]] = true;
        }
    }
    for (size_t i = 0; i < reader->column_count; i++) {
        if (!named[i]) {
            lookup_problem(reader, lookup_place(reader, 1, 1), SPAN(""),
                           "the first line does not name column '%.*s'",
                           SPAN_ARG(reader->columns[i].name));
        }
    }
}

static bool read_header(struct csv *csv, struct header *header)
{
    size_t errors = csv->reader->diags->errors;
    do {
        struct lookup_cell cell = next_cell(csv);
        if (header->count == sizeof header->columns / sizeof *header->columns) {
            fail(csv, cell.place, SPAN(""), "too many columns");
        } else {
            add_to_header(csv, header, &cell);
        }
    } while (!csv->ended && !csv->failed);
    if (!csv->failed) {
        check_complete(csv, header);
    }
    return csv->reader->diags->errors == errors;
}

static bool is_blank_line(const struct csv *csv)
{
    struct span rest = span_of(csv->text.ptr + csv->at, csv->text.len - csv->at);
    return span_starts_with(rest, SPAN("\n")) || span_starts_with(rest, SPAN("\r\n"));
}

static void read_record(struct csv *csv, const struct header *header)
{
    struct lookup_reader *reader = csv->reader;
    struct place place = place_here(csv);
    size_t count = 0;
    lookup_row_begin(reader, place);
    do {
        struct lookup_cell cell = next_cell(csv);
        int column = count < header->count ? header->columns[count] : LOOKUP_NO_COLUMN;
        if (column != LOOKUP_NO_COLUMN && !csv->failed) {
            lookup_row_put(reader, column, &cell);
        }
        count++;
    } while (!csv->ended && !csv->failed);
    if (csv->failed) {
        return;
    }
    if (count != header->count) {
        lookup_problem(reader, place, SPAN(""), "%zu cells, but the first line names %zu columns",
                       count, header->count);
        return;
    }
    lookup_row_end(reader);
}

static size_t count_lines(struct span text)
{
    size_t lines = 1;
    for (size_t i = 0; i < text.len; i++) {
        lines += text.ptr[i] == '\n';
    }
    return lines;
}

static bool check_utf8(struct csv *csv)
{
    size_t good = span_utf8_prefix(csv->text);
    if (good == csv->text.len) {
        return true;
    }
    struct span before = span_of(csv->text.ptr, good);
    csv->line = (uint32_t)count_lines(before);
    for (csv->line_start = good; csv->line_start > 0; csv->line_start--) {
        if (csv->text.ptr[csv->line_start - 1] == '\n') {
            break;
        }
    }
    csv->at = good;
    fail(csv, place_here(csv), SPAN("save the file as UTF-8"), "this is not UTF-8");
    return false;
}

void lookup_read_csv(struct lookup_reader *reader)
{
    struct csv csv = {.reader = reader, .text = reader->text, .line = 1};
    struct header header = {.count = 0};
    if (!check_utf8(&csv) || !read_header(&csv, &header)) {
        return;
    }
    lookup_reader_reserve(reader, count_lines(csv.text));
    while (csv.at < csv.text.len && !csv.failed && !lookup_reader_is_full(reader)) {
        if (is_blank_line(&csv)) {
            csv.at += csv.text.ptr[csv.at] == '\r';
            pass_line_end(&csv);
        } else {
            read_record(&csv, &header);
        }
    }
}
