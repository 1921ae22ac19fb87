/* describe.c: tables of the program as pages of the manual, for tools/docs:
 *   describe metrics > docs/METRICS.md
 *   describe events > docs/EVENTS.md
 *   describe language < docs/POLICY_LANGUAGE.md, which is kept but for its tables */
#include "app/event.h"
#include "app/health/app_metrics.h"
#include "describe_language.h"

#include <stdio.h>

static bool describe_page(struct buf *out)
{
    struct buf page = {0};
    for (size_t got = 1; got > 0;) {
        buf_reserve(&page, 65536);
        got = fread(page.ptr + page.len, 1, 65536, stdin);
        page.len += got;
    }
    bool good = describe_language(buf_view(&page), out);
    buf_deinit(&page);
    return good;
}

int main(int argc, char **argv)
{
    struct buf text = {0};
    bool good = true;
    if (argc == 2 && strcmp(argv[1], "metrics") == 0) {
        app_metrics_write_markdown(&text);
    } else if (argc == 2 && strcmp(argv[1], "events") == 0) {
        event_write_markdown(&text);
    } else if (argc == 2 && strcmp(argv[1], "language") == 0) {
        good = describe_page(&text);
    } else {
        fprintf(stderr, "usage: describe metrics|events|language\n");
        return 2;
    }
    fwrite(text.ptr, 1, text.len, stdout);
    buf_deinit(&text);
    return good ? 0 : 2;
}
