/* demo_files.h: the folder that a demo works in: records, configuration, store. */
#ifndef APP_DEMO_FILES_H
#define APP_DEMO_FILES_H

#include "app/command.h"
#include "app/command/demo_shop.h"

struct demo_files {
    struct span folder;
    bool temporary; /* demo_files_remove takes it away */
    struct span config;
    struct demo_planted planted;
};

/* What a demo writes. */
struct demo_request {
    struct span keep;     /* the folder to make and keep; empty: a temporary one */
    struct span policies;
    uint64_t changes;
    uint64_t seed;
    bool alerts_to_stdout;
};

/* Writes changes.jsonl and deltaward.yaml into a new folder. False, with a message, when it cannot.
 * */
bool demo_files_write(const struct invocation *invocation, const struct demo_request *request,
                      struct demo_files *out);
void demo_files_remove(const struct demo_files *files);

/* The policies that ship: beside the installed program, or in the source tree it was built in. The
 * empty span when there are none. */
struct span demo_files_policies(struct arena *arena);

#endif
