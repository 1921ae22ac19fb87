/* plan_files.c: a folder is walked in the order of names, so that a set is read the same on every
 * machine. */
#include "policy/plan/plan_files.h"

#include "policy/document/report.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { FILES_MAX = 10000, FOLDER_DEPTH_MAX = 4 };

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

bool plan_files_is_yaml(struct span name)
{
    return span_ends_with(name, SPAN(".yaml")) || span_ends_with(name, SPAN(".yml"));
}

static int compare_paths(const void *a, const void *b)
{
    return span_compare(*(const struct span *)a, *(const struct span *)b);
}

/* What adding a folder carries. */
struct walk {
    struct plan_files *files;
    struct arena *arena;
    struct diag_list *diags;
};

static enum status walk_folder(const struct walk *walk, struct span folder, int depth);

static enum status refuse_depth(const struct walk *walk, struct span folder)
{
    struct place place = {.file = arena_copy(walk->diags->arena, folder)};
    report_error(walk->diags, place, SPAN("name it in the configuration's list of policies"),
                 "folders are read %d deep, and this one lies deeper", FOLDER_DEPTH_MAX);
    return STATUS_LIMIT;
}

static enum status walk_entry(const struct walk *walk, struct span folder, const char *name,
                              int depth)
{
    struct stat facts;
    const char *slash = span_ends_with(folder, SPAN("/")) ? "" : "/";
    struct span path = arena_printf(walk->arena, "%.*s%s%s", SPAN_ARG(folder), slash, name);
    /* stat follows links: a file of a ConfigMap is one. A broken link is kept, to be told of. */
    bool found = stat(path.ptr, &facts) == 0;
    if (found && S_ISDIR(facts.st_mode)) {
        return depth < FOLDER_DEPTH_MAX ? walk_folder(walk, path, depth + 1)
                                        : refuse_depth(walk, path);
    }
    if (plan_files_is_yaml(path) && (!found || S_ISREG(facts.st_mode))) {
        add_file(walk->files, path, walk->arena);
    }
    return STATUS_OK;
}

static enum status walk_folder(const struct walk *walk, struct span folder, int depth)
{
    enum status status = STATUS_OK;
    const struct dirent *entry;
    DIR *handle = opendir(folder.ptr);
    if (!handle) {
        return refuse_path(folder, walk->diags);
    }
    while (status == STATUS_OK && (entry = readdir(handle)) && walk->files->count < FILES_MAX) {
        if (entry->d_name[0] != '.') {
            status = walk_entry(walk, folder, entry->d_name, depth);
        }
    }
    closedir(handle);
    return status;
}

static enum status add_folder(const struct walk *walk, struct span folder)
{
    struct plan_files *files = walk->files;
    size_t first = files->count;
    enum status status = walk_folder(walk, folder, 1);
    if (status == STATUS_OK && files->count >= FILES_MAX) {
        struct place place = {.file = arena_copy(walk->diags->arena, folder)};
        report_error(walk->diags, place, (struct span){0}, "more than %d files of policies",
                     FILES_MAX);
        status = STATUS_LIMIT;
    }
    if (files->count > first) {
        qsort(files->items + first, files->count - first, sizeof *files->items, compare_paths);
    }
    return status;
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
        return add_folder(&(struct walk){files, arena, diags}, ended);
    }
    add_file(files, path, arena);
    return STATUS_OK;
}

bool plan_files_same(struct span a, struct span b, struct arena *arena)
{
    struct stat left;
    struct stat right;
    return stat(arena_copy(arena, a).ptr, &left) == 0 &&
           stat(arena_copy(arena, b).ptr, &right) == 0 && left.st_dev == right.st_dev &&
           left.st_ino == right.st_ino;
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
