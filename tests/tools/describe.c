/* describe.c: tables of the program as pages of the manual, for tools/docs:
 *   describe metrics > docs/METRICS.md
 *   describe events > docs/EVENTS.md */
#include "app/event.h"
#include "app/health/app_metrics.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    struct buf text = {0};
    if (argc == 2 && strcmp(argv[1], "metrics") == 0) {
        app_metrics_write_markdown(&text);
    } else if (argc == 2 && strcmp(argv[1], "events") == 0) {
        event_write_markdown(&text);
    } else {
        fprintf(stderr, "usage: describe metrics|events\n");
        return 2;
    }
    fwrite(text.ptr, 1, text.len, stdout);
    buf_deinit(&text);
    return 0;
}
