/* read_input.h: the whole of a file or of stdin, for commands that want one text. */
#ifndef APP_READ_INPUT_H
#define APP_READ_INPUT_H

#include "app/command.h"
#include "base/buf.h"

/* Appends what stands in the file ("-": stdin), at most little more than `max` bytes of it: who
 * wants less than all sees that there is more. False after a complaint. */
bool read_input(const struct invocation *invocation, struct span path, size_t max,
                struct buf *out);

#endif
