#include "loading.h"

#include "base/check.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

int loading_setup(void **state)
{
    struct loading *loading = calloc(1, sizeof *loading);
    check(loading != NULL);
    loading->arena = arena_new(0);
    loading->diags = diag_list_in(loading->arena);
    snprintf(loading->folder, sizeof loading->folder, "/tmp/deltaward-policy-XXXXXX");
    check(mkdtemp(loading->folder) != NULL);
    *state = loading;
    return 0;
}

static int remove_one(const char *path, const struct stat *facts, int type, struct FTW *place)
{
    (void)facts;
    (void)type;
    (void)place;
    return remove(path);
}

int loading_teardown(void **state)
{
    struct loading *loading = *state;
    plan_unref(&loading->plan);
    int result = nftw(loading->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    arena_free(&loading->arena);
    free(loading);
    return result;
}

void loading_write(struct loading *loading, const char *name, const char *text)
{
    struct span path = arena_printf(loading->arena, "%s/%s", loading->folder, name);
    FILE *file = fopen(path.ptr, "w");
    check(file != NULL);
    check(fputs(text, file) >= 0);
    fclose(file);
}

enum status loading_run(struct loading *loading)
{
    struct span path = span_view(loading->folder);
    loading->diags = diag_list_in(loading->arena);
    plan_unref(&loading->plan);
    return plan_load(&path, 1, &loading->options, &loading->diags, &loading->plan);
}

const char *loading_said(struct loading *loading)
{
    struct buf text = {0};
    for (size_t i = 0; i < loading->diags.count; i++) {
        diag_render(&loading->diags.items[i], false, &text);
    }
    struct span copy = arena_copy(loading->arena, buf_view(&text));
    buf_deinit(&text);
    return copy.ptr;
}

const struct plan *loading_plan(struct loading *loading, const char *text)
{
    loading_write(loading, "policy.yaml", text);
    if (loading_run(loading) != STATUS_OK) {
        fputs(loading_said(loading), stderr);
    }
    check(loading->plan != NULL);
    return loading->plan;
}
