/* demo_files.c: writes the folder of a demo, or a temporary one that is removed again. */
#include "app/command/demo_files.h"

#include "app/complain.h"
#include "base/json_writer.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FLUSH_BYTES = 1024 * 1024, FOLDERS_OPEN_MAX = 16 };

static bool make_folder(const struct invocation *invocation, const struct demo_request *request,
                        struct demo_files *out)
{
    if (request->keep.len) {
        out->folder = arena_copy(invocation->arena, request->keep);
        if (mkdir(out->folder.ptr, 0750) != 0) {
            complain(invocation, "--keep wants a folder that is not there yet", "%s: %s",
                     out->folder.ptr, strerror(errno));
            return false;
        }
        return true;
    }
    const char *base = getenv("TMPDIR");
    char *path = NULL;
    if (asprintf(&path, "%s/deltaward-demo.XXXXXX", base && base[0] ? base : "/tmp") < 0 ||
        !mkdtemp(path)) {
        complain(invocation, "--keep DIR names another place", "%s: %s", path ? path : "",
                 strerror(errno));
        free(path);
        return false;
    }
    out->folder = arena_copy(invocation->arena, span_view(path));
    out->temporary = true;
    free(path);
    return true;
}

static bool write_file(const struct invocation *invocation, struct span path, struct span text)
{
    FILE *file = fopen(path.ptr, "wb");
    bool good = file && fwrite(text.ptr, 1, text.len, file) == text.len;
    if (file) {
        good = fclose(file) == 0 && good;
    }
    if (!good) {
        complain(invocation, NULL, "%s: %s", path.ptr, strerror(errno));
    }
    return good;
}

static bool write_changes(const struct invocation *invocation, const struct demo_request *request,
                          struct demo_files *out)
{
    struct span path =
        arena_printf(invocation->arena, "%.*s/changes.jsonl", SPAN_ARG(out->folder));
    FILE *file = fopen(path.ptr, "wb");
    bool good = file != NULL;
    struct demo_shop shop;
    struct buf text = {0};
    demo_shop_init(&shop, request->seed);
    for (uint64_t i = 0; good && i < request->changes; i++) {
        demo_shop_write(&shop, &text);
        if (text.len > FLUSH_BYTES || i + 1 == request->changes) {
            good = fwrite(text.ptr, 1, text.len, file) == text.len;
            buf_clear(&text);
        }
    }
    if (file) {
        good = fclose(file) == 0 && good;
    }
    if (!good) {
        complain(invocation, NULL, "%s: %s", path.ptr, strerror(errno));
    }
    out->planted = shop.planted;
    buf_deinit(&text);
    return good;
}

static bool write_config(const struct invocation *invocation, const struct demo_request *request,
                         struct demo_files *out)
{
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    char *policies = realpath(arena_copy(invocation->arena, request->policies).ptr, NULL);
    buf_append(&text, SPAN("name: demo\ndata_dir: data\npolicies: ["));
    json_write_string(&writer, policies ? span_view(policies) : request->policies);
    buf_append(&text, SPAN("]\nsources:\n  - {name: shop, type: file, path: changes.jsonl}\n"
                           "sinks:\n"));
    buf_append(&text, request->alerts_to_stdout
                          ? SPAN("  - {name: screen, type: stdout}\n")
                          : SPAN("  - {name: alerts, type: file, path: alerts.jsonl}\n"));
    out->config = arena_printf(invocation->arena, "%.*s/deltaward.yaml", SPAN_ARG(out->folder));
    bool good = write_file(invocation, out->config, buf_view(&text));
    free(policies);
    buf_deinit(&text);
    return good;
}

bool demo_files_write(const struct invocation *invocation, const struct demo_request *request,
                      struct demo_files *out)
{
    *out = (struct demo_files){0};
    if (!make_folder(invocation, request, out)) {
        return false;
    }
    if (!write_changes(invocation, request, out) || !write_config(invocation, request, out)) {
        demo_files_remove(out);
        return false;
    }
    return true;
}

static int remove_entry(const char *path, const struct stat *about, int type, struct FTW *walk)
{
    (void)about;
    (void)type;
    (void)walk;
    return remove(path);
}

void demo_files_remove(const struct demo_files *files)
{
    if (files->temporary) {
        nftw(files->folder.ptr, remove_entry, FOLDERS_OPEN_MAX, FTW_DEPTH | FTW_PHYS);
    }
}

/* The real path, relative to the working directory where it lies below that: easier to read. */
static struct span short_path(struct span path, struct arena *arena)
{
    char *real = realpath(path.ptr, NULL);
    char *working = getcwd(NULL, 0);
    struct span found = real ? arena_copy(arena, span_view(real)) : path;
    struct span prefix = arena_printf(arena, "%s/", working ? working : "");
    if (prefix.len > 1 && span_starts_with(found, prefix)) {
        found = span_of(found.ptr + prefix.len, found.len - prefix.len);
    }
    free(real);
    free(working);
    return found;
}

struct span demo_files_policies(struct arena *arena)
{
    static const char *const places[] = {"../share/deltaward/policies", "../../policies",
                                         "../policies", NULL};
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    const char *slash = length > 0 ? memrchr(program, '/', (size_t)length) : NULL;
    for (size_t i = 0; slash && places[i]; i++) {
        struct span path =
            arena_printf(arena, "%.*s/%s", (int)(slash - program), program, places[i]);
        if (access(path.ptr, R_OK) == 0) {
            return short_path(path, arena);
        }
    }
    return (struct span){0};
}
