/* complain.h: what a command says on stderr about its input, and how it hands out its data. */
#ifndef APP_COMPLAIN_H
#define APP_COMPLAIN_H

#include "app/command.h"
#include "base/diag.h"

/* "deltaward: error: ..."; hint: what to do, on a line of its own, or NULL. */
void complain(const struct invocation *invocation, const char *hint, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "deltaward: ...": something worth knowing. */
void complain_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Every diagnostic with its place and caret. */
void complain_diags(const struct invocation *invocation, const struct diag_list *diags);
/* Writes all of it to stdout. False when that fails, with a message, except for a closed pipe. */
bool answer(const struct invocation *invocation, struct span data);

#endif
