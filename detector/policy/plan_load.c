#include "policy/plan_build.h"
#include "policy/plan_files.h"
#include "policy/policy_check.h"
#include "policy/report.h"

/* Reads one file into the set. When it is no YAML the set is not looked at further: what refers to it
 * would be complained of for nothing. */
static enum status load_file(struct policy_set *set, struct span path)
{
    struct span text;
    struct yaml_documents documents;
    enum status status =
        plan_files_read(path, YAML_FILE_BYTES_MAX, set->diags->arena, set->diags, &text);
    if (status == STATUS_OK) {
        status = yaml_read(path, text, set->arena, set->diags, &documents);
    }
    if (status == STATUS_OK) {
        policy_parse(set, &documents);
    }
    return status;
}

/* The worse of two: a path that cannot be read says more about the set than its content does. */
static enum status worse(enum status a, enum status b)
{
    bool content = a == STATUS_OK || a == STATUS_INVALID || a == STATUS_LIMIT;
    return content && b != STATUS_OK ? b : a;
}

static enum status load_files(struct policy_set *set, const struct span *paths, size_t count)
{
    struct plan_files files = {0};
    enum status result = STATUS_OK;
    for (size_t i = 0; i < count; i++) {
        result = worse(result, plan_files_add(&files, paths[i], set->arena, set->diags));
    }
    for (size_t i = 0; i < files.count; i++) {
        result = worse(result, load_file(set, files.items[i]));
    }
    return result;
}

/* A set of nothing is most likely a wrong path, and would watch nothing in silence. */
static void check_not_empty(const struct policy_set *set, const struct span *paths, size_t count)
{
    struct buf where = {0};
    if (set->documents[DOCUMENT_POLICY].count > 0) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        buf_printf(&where, "%s%.*s", i ? ", " : "", SPAN_ARG(paths[i]));
    }
    struct place place = {.file = arena_copy(set->diags->arena, buf_view(&where))};
    report_error(set->diags, place,
                 SPAN("policies stand in files *.yaml and *.yml, as documents of kind Policy"),
                 "no policy was found here");
    buf_deinit(&where);
}

enum status plan_load(const struct span *paths, size_t path_count,
                      const struct plan_options *options, struct diag_list *diags,
                      struct plan **out)
{
    struct policy_set set = {.arena = arena_new(0), .diags = diags};
    size_t errors_before = diags->errors;
    enum status status = load_files(&set, paths, path_count);
    if (status != STATUS_OK) {
        arena_free(&set.arena);
        return status == STATUS_LIMIT ? STATUS_INVALID : status;
    }
    check_not_empty(&set, paths, path_count);
    policy_check(&set, options);
    struct plan *plan = plan_build(&set, options);
    if (diags->errors > errors_before) {
        plan_unref(&plan);
        return STATUS_INVALID;
    }
    *out = plan;
    return STATUS_OK;
}
