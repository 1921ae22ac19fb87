/* plan_load.c: from paths or a text to a plan: read, parse, check, build, lint; problems come out
 * in the order of the files. */
#include "policy/plan/plan_build.h"
#include "policy/plan/plan_files.h"
#include "policy/plan/plan_lookups.h"
#include "policy/document/policy_check.h"
#include "policy/document/report.h"

#include <stdlib.h>

/* One file as YAML, and what is wrong with it, until it is known whether it holds policies. */
struct loaded_file {
    struct span path;
    struct yaml_documents documents;
    struct diag_list diags;
    enum status status;
    bool is_data; /* the rows of a Lookup */
};

struct loaded_files {
    struct loaded_file *items;
    size_t count;
};

/* What is wrong with a file is kept aside: a lookup's rows in YAML are no policies, and need not
 * look like any. */
static void load_file(const struct policy_set *set, struct span path, struct loaded_file *file)
{
    struct span text;
    file->path = path;
    file->diags = diag_list_in(set->diags->arena);
    file->status =
        plan_files_read(path, YAML_FILE_BYTES_MAX, set->diags->arena, &file->diags, &text);
    if (file->status == STATUS_OK) {
        file->status = yaml_read(path, text, set->arena, &file->diags, &file->documents);
    }
}

/* Marks the file that a document names as its source, if it is a Lookup with one. */
static void mark_source(const struct policy_set *set, const struct yaml_node *document,
                        const struct loaded_files *files)
{
    const struct yaml_node *kind = yaml_get(document, "kind");
    const struct yaml_node *source = yaml_get(document, "source");
    const struct yaml_node *file = source ? yaml_get(source, "file") : NULL;
    bool names_file = kind && span_equals(kind->text, SPAN("Lookup")) && file &&
                      plan_files_is_yaml(file->text);
    if (!names_file) {
        return;
    }
    struct span path = plan_lookups_resolve(document->source->file, file->text, set->arena);
    for (size_t i = 0; i < files->count; i++) {
        struct loaded_file *other = &files->items[i];
        other->is_data |= plan_files_same(path, other->path, set->arena);
    }
}

/* Only once all files are read, since a Lookup may come after the file that it names. */
static void mark_data(const struct policy_set *set, const struct loaded_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        const struct yaml_documents *documents = &files->items[i].documents;
        for (size_t k = 0; k < documents->count; k++) {
            mark_source(set, documents->items[k], files);
        }
    }
}

/* The worse of two: a path that cannot be read says more about the set than its content does. */
static enum status worse(enum status a, enum status b)
{
    bool content = a == STATUS_OK || a == STATUS_INVALID || a == STATUS_LIMIT;
    return content && b != STATUS_OK ? b : a;
}

static void take_diags(struct diag_list *diags, const struct diag_list *from)
{
    for (size_t i = 0; i < from->count; i++) {
        const struct diag *diag = &from->items[i];
        diag_add(diags, diag->level, diag->place, diag->hint, "%.*s", SPAN_ARG(diag->message));
    }
}

static enum status parse_files(struct policy_set *set, const struct loaded_files *files)
{
    enum status result = STATUS_OK;
    for (size_t i = 0; i < files->count; i++) {
        const struct loaded_file *file = &files->items[i];
        if (file->is_data) {
            continue;
        }
        take_diags(set->diags, &file->diags);
        policy_parse(set, &file->documents);
        result = worse(result, file->status);
    }
    return result;
}

static enum status load_files(struct policy_set *set, const struct span *paths, size_t count)
{
    struct plan_files names = {0};
    enum status result = STATUS_OK;
    for (size_t i = 0; i < count; i++) {
        result = worse(result, plan_files_add(&names, paths[i], set->arena, set->diags));
    }
    struct loaded_files files = {.count = names.count};
    files.items = arena_array(set->arena, files.count, sizeof *files.items);
    for (size_t i = 0; i < files.count; i++) {
        load_file(set, names.items[i], &files.items[i]);
    }
    mark_data(set, &files);
    return worse(result, parse_files(set, &files));
}

/* A set of nothing is most likely a wrong path, and would watch nothing in silence. */
static void check_not_empty(const struct policy_set *set, struct span where)
{
    if (set->documents[DOCUMENT_POLICY].count == 0 && set->diags->errors == 0) {
        struct place place = {.file = where};
        report_error(set->diags, place,
                     SPAN("policies stand in files *.yaml and *.yml, as documents of kind Policy"),
                     "no policy was found here");
    }
}

static int compare_diags(const void *a, const void *b)
{
    const struct diag *left = a;
    const struct diag *right = b;
    int file = span_compare(left->place.file, right->place.file);
    if (file != 0) {
        return file;
    }
    if (left->place.line != right->place.line) {
        return left->place.line < right->place.line ? -1 : 1;
    }
    if (left->place.column != right->place.column) {
        return left->place.column < right->place.column ? -1 : 1;
    }
    return span_compare(left->message, right->message);
}

/* What the steps found, in the order in which a person reads the files. */
static void sort_diags(struct diag_list *diags, size_t first)
{
    if (diags->count > first) {
        qsort(diags->items + first, diags->count - first, sizeof *diags->items, compare_diags);
    }
}

/* The steps after reading; takes set->arena over. `where` tells what was looked through. */
static enum status finish(struct policy_set *set, const struct plan_options *options,
                          struct span where, size_t errors_before, struct plan **out)
{
    policy_check(set, options);
    struct plan *plan = plan_build(set, options);
    check_not_empty(set, where);
    if (set->diags->errors > errors_before) {
        plan_unref(&plan);
        return STATUS_INVALID;
    }
    policy_lint(set, options);
    *out = plan;
    return STATUS_OK;
}

/* "a, b": the paths as they were given. */
static struct span join_paths(const struct span *paths, size_t count, struct arena *arena)
{
    struct buf text = {0};
    for (size_t i = 0; i < count; i++) {
        buf_printf(&text, "%s%.*s", i ? ", " : "", SPAN_ARG(paths[i]));
    }
    struct span copy = arena_copy(arena, buf_view(&text));
    buf_deinit(&text);
    return copy;
}

enum status plan_load(const struct span *paths, size_t path_count,
                      const struct plan_options *options, struct diag_list *diags,
                      struct plan **out)
{
    struct policy_set set = {.arena = arena_new(0), .diags = diags};
    size_t first = diags->count;
    size_t errors_before = diags->errors;
    enum status status = load_files(&set, paths, path_count);
    if (status == STATUS_OK) {
        struct span where = join_paths(paths, path_count, diags->arena);
        status = finish(&set, options, where, errors_before, out);
    } else { /* what refers to an unread file would be refused for nothing */
        arena_free(&set.arena);
    }
    sort_diags(diags, first);
    return status == STATUS_LIMIT ? STATUS_INVALID : status;
}

enum status plan_load_text(struct span file, struct span text, const struct plan_options *options,
                           struct diag_list *diags, struct plan **out)
{
    struct policy_set set = {.arena = arena_new(0), .diags = diags};
    size_t first = diags->count;
    size_t errors_before = diags->errors;
    struct yaml_documents documents = {0};
    enum status status = yaml_read(file, text, set.arena, diags, &documents);
    if (status == STATUS_OK) {
        policy_parse(&set, &documents);
        status = finish(&set, options, file, errors_before, out);
    } else {
        arena_free(&set.arena);
    }
    sort_diags(diags, first);
    return status == STATUS_LIMIT ? STATUS_INVALID : status;
}
