/* watch.h: notices that files changed: in place, by rename, or by a swapped symbolic link. */
#ifndef APP_WATCH_H
#define APP_WATCH_H

#include "base/buf.h"
#include "base/span.h"

#include <stdbool.h>

/* Files are looked at again when the system gives notice, and every WATCH_POLL_MS in any case;
 * WATCH_SETTLE_MS must pass without a further notice before it counts. */
enum { WATCH_POLL_MS = 2000, WATCH_SETTLE_MS = 200 };

struct watch;

/* paths: files and folders (every file in them that policies are read from counts). Paths need not
 * exist. They are copied. */
struct watch *watch_new(const struct span *paths, size_t count);
void watch_free(struct watch **watch);
/* False when the system gives no notice and only the poll works. */
bool watch_has_notice(const struct watch *watch);
/* True once after what lies under the paths has become another thing. Never waits; cheap when
 * nothing happens. */
bool watch_changed(struct watch *watch);

#endif
