/* watch.c: inotify says when to look, or else the time does; a listing says whether anything
 * changed. */
#include "app/policies/watch.h"

#include "base/arena.h"
#include "base/check.h"
#include "base/clock.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NANOSECONDS_A_MS = 1000000, FOLDER_DEPTH_MAX = 4 /* as plan_load */ };

/* A listing names each file with what tells one state of it from another; two listings that are
 * equal mean that nothing changed. Symbolic links are followed, so a swapped one shows. */
struct watch {
    struct arena *arena;
    const struct span *paths;
    size_t count;
    struct buf listing;
    struct buf fresh;
    int notify;            /* inotify, or -1 */
    bool noticed;
    uint64_t noticed_ns;   /* when the last notice came */
    uint64_t looked_ns;    /* when the files were last looked at */
};

static void list_file(const char *path, struct buf *out)
{
    struct stat about;
    if (stat(path, &about) != 0) {
        buf_printf(out, "%s absent\n", path);
        return;
    }
    buf_printf(out, "%s %ju %ju %jd %jd.%09ld %jd.%09ld\n", path, (uintmax_t)about.st_dev,
               (uintmax_t)about.st_ino, (intmax_t)about.st_size, (intmax_t)about.st_mtim.tv_sec,
               about.st_mtim.tv_nsec, (intmax_t)about.st_ctim.tv_sec, about.st_ctim.tv_nsec);
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool holds_policies(struct span path)
{
    return span_ends_with(path, SPAN(".yaml")) || span_ends_with(path, SPAN(".yml"));
}

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* What plan_load reads of a folder: its YAML files, and those of folders in it. */
static void list_folder(struct arena *arena, const char *path, int depth, struct buf *out)
{
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, visible, alphasort);
    for (int i = 0; i < count; i++) {
        struct span inner = arena_printf(arena, "%s/%s", path, entries[i]->d_name);
        if (is_folder(inner.ptr)) {
            if (depth < FOLDER_DEPTH_MAX) {
                list_folder(arena, inner.ptr, depth + 1, out);
            }
        } else if (holds_policies(inner)) {
            list_file(inner.ptr, out);
        }
        free(entries[i]);
    }
    free(entries);
}

static void list_all(const struct watch *watch, struct buf *out)
{
    struct arena *scratch = arena_new(0);
    buf_clear(out);
    for (size_t i = 0; i < watch->count; i++) {
        const char *path = watch->paths[i].ptr;
        if (is_folder(path)) {
            list_folder(scratch, path, 0, out);
        } else {
            list_file(path, out);
        }
    }
    arena_free(&scratch);
}

/* A file is watched through its folder, so that a rename onto it shows. */
static void ask_notice(const struct watch *watch, struct span path)
{
    enum { EVENTS = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM |
                    IN_ATTRIB | IN_MODIFY };
    if (is_folder(path.ptr)) { /* folders in it are left to the poll */
        inotify_add_watch(watch->notify, path.ptr, EVENTS);
        return;
    }
    const char *slash = memrchr(path.ptr, '/', path.len);
    struct span folder = slash ? span_of(path.ptr, (size_t)(slash - path.ptr)) : SPAN(".");
    folder = arena_copy(watch->arena, folder.len ? folder : SPAN("/"));
    inotify_add_watch(watch->notify, folder.ptr, EVENTS);
}

struct watch *watch_new(const struct span *paths, size_t count)
{
    struct watch *watch = calloc(1, sizeof *watch);
    if (!watch) {
        check_memory_exhausted(sizeof *watch);
    }
    watch->arena = arena_new(0);
    struct span *copies = arena_array(watch->arena, count + 1, sizeof *copies);
    watch->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    for (size_t i = 0; i < count; i++) {
        copies[i] = arena_copy(watch->arena, paths[i]);
        if (watch->notify >= 0) {
            ask_notice(watch, copies[i]);
        }
    }
    watch->paths = copies;
    watch->count = count;
    watch->looked_ns = clock_monotonic_ns();
    list_all(watch, &watch->listing);
    return watch;
}

void watch_free(struct watch **watch)
{
    struct watch *ended = *watch;
    if (!ended) {
        return;
    }
    if (ended->notify >= 0) {
        close(ended->notify);
    }
    buf_deinit(&ended->listing);
    buf_deinit(&ended->fresh);
    arena_free(&ended->arena);
    free(ended);
    *watch = NULL;
}

bool watch_has_notice(const struct watch *watch)
{
    return watch->notify >= 0;
}

/* What the notices say does not matter: the listing tells. */
static bool take_notices(const struct watch *watch)
{
    char events[4096];
    bool any = false;
    while (watch->notify >= 0 && read(watch->notify, events, sizeof events) > 0) {
        any = true;
    }
    return any;
}

static bool is_due(struct watch *watch, uint64_t now_ns)
{
    if (take_notices(watch)) {
        watch->noticed = true;
        watch->noticed_ns = now_ns;
    }
    if (watch->noticed) {
        return now_ns - watch->noticed_ns >= (uint64_t)WATCH_SETTLE_MS * NANOSECONDS_A_MS;
    }
    return now_ns - watch->looked_ns >= (uint64_t)WATCH_POLL_MS * NANOSECONDS_A_MS;
}

bool watch_changed(struct watch *watch)
{
    uint64_t now_ns = clock_monotonic_ns();
    if (!is_due(watch, now_ns)) {
        return false;
    }
    watch->noticed = false;
    watch->looked_ns = now_ns;
    list_all(watch, &watch->fresh);
    if (span_equals(buf_view(&watch->fresh), buf_view(&watch->listing))) {
        return false;
    }
    struct buf old = watch->listing;
    watch->listing = watch->fresh;
    watch->fresh = old;
    return true;
}
