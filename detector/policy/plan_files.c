#include "policy/plan_files.h"

#include "policy/report.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { FILES_MAX = 10000 };

static enum status refuse_path(struct span path, struct diag_list *diags)
{
    enum status status = errno == ENOENT || errno == ENOTDIR ? STATUS_NOT_FOUND : STATUS_IO;
    struct place place = {.file = arena_copy(diags->arena, path)};
    report_error(diags, place, (struct span){0}, "cannot be read: %s", strerror(errno));
    return status;
}

static void add_file(struct plan_files *files, struct span path, struct arena *arena)
{
    if (files->count == files->capacity) {
        size_t capacity = files->capacity ? files->capacity * 2 : 16;
        struct span *larger = arena_array(arena, capacity, sizeof *larger);
        if (files->count) {
            memcpy(larger, files->items, files->count * sizeof *larger);
        }
        files->items = larger;
        files->capacity = capacity;
    }
    files->items[files->count++] = arena_copy(arena, path);
}

static bool is_policy_name(struct span name)
{
    return name.ptr[0] != '.' &&
           (span_ends_with(name, SPAN(".yaml")) || span_ends_with(name, SPAN(".yml")));
}

static int compare_paths(const void *a, const void *b)
{
    return span_compare(*(const struct span *)a, *(const struct span *)b);
}

static void add_entry(struct plan_files *files, struct span folder, const char *name,
                      struct arena *arena)
{
    struct stat facts;
    bool slash = span_ends_with(folder, SPAN("/"));
    struct span path = arena_printf(arena, "%.*s%s%s", SPAN_ARG(folder), slash ? "" : "/", name);
    /* stat follows links: a file of a ConfigMap is one. A broken link is kept, to be complained of */
    if (stat(path.ptr, &facts) != 0 || S_ISREG(facts.st_mode)) {
        add_file(files, path, arena);
    }
}

static enum status add_folder(struct plan_files *files, struct span folder, struct arena *arena,
                              struct diag_list *diags)
{
    size_t first = files->count;
    DIR *handle = opendir(folder.ptr);
    if (!handle) {
        return refuse_path(folder, diags);
    }
    const struct dirent *entry;
    while ((entry = readdir(handle)) && files->count < FILES_MAX) {
        if (is_policy_name(span_view(entry->d_name))) {
            add_entry(files, folder, entry->d_name, arena);
        }
    }
    closedir(handle);
    if (files->count > first) {
        qsort(files->items + first, files->count - first, sizeof *files->items, compare_paths);
    }
    if (files->count >= FILES_MAX) {
        struct place place = {.file = arena_copy(diags->arena, folder)};
        report_error(diags, place, (struct span){0}, "more than %d files of policies", FILES_MAX);
        return STATUS_LIMIT;
    }
    return STATUS_OK;
}

enum status plan_files_add(struct plan_files *files, struct span path, struct arena *arena,
                           struct diag_list *diags)
{
    struct stat facts;
    struct span ended = arena_copy(arena, path);
    if (stat(ended.ptr, &facts) != 0) {
        return refuse_path(path, diags);
    }
    if (S_ISDIR(facts.st_mode)) {
        return add_folder(files, ended, arena, diags);
    }
    add_file(files, path, arena);
    return STATUS_OK;
}

enum status plan_files_read(struct span path, size_t limit, struct arena *arena,
                            struct diag_list *diags, struct span *out)
{
    struct span ended = arena_copy(arena, path);
    FILE *file = fopen(ended.ptr, "re");
    if (!file) {
        return refuse_path(path, diags);
    }
    char *bytes = malloc(limit + 1);
    size_t length = bytes ? fread(bytes, 1, limit + 1, file) : 0;
    int problem = ferror(file) || !bytes ? errno : 0;
    fclose(file);
    if (problem) {
        free(bytes);
        errno = problem;
        return refuse_path(path, diags);
    }
    *out = arena_copy(arena, span_of(bytes, length));
    free(bytes);
    return STATUS_OK;
}
