/* stretch.h: some alerts in order, copied from where they were read, for one round of delivery. */
#ifndef APP_STRETCH_H
#define APP_STRETCH_H

#include "base/arena.h"
#include "base/status.h"
#include "model/alert.h"

enum {
    STRETCH_ALERTS_MAX = 256,
    STRETCH_BYTES_MAX = 4 * 1024 * 1024, /* one alert more may stand beyond */
};

struct stretch {
    struct alert items[STRETCH_ALERTS_MAX];
    size_t count;
    struct arena *arena; /* of the texts */
};

/* Empty, with memory of its own. */
void stretch_init(struct stretch *stretch);
void stretch_deinit(struct stretch *stretch);
void stretch_clear(struct stretch *stretch);
bool stretch_is_full(const struct stretch *stretch);
/* Copies an alert behind the others. A store_alert_fn over a stretch that is not full: STATUS_LIMIT
 * once it is, which ends the reading. */
enum status stretch_add(void *stretch, const struct alert *alert);

/* The same of an alert as JSON. STATUS_INVALID, STATUS_LIMIT: it is none, *reason says why, and the
 * stretch is as it was. */
MUST_USE enum status stretch_add_json(struct stretch *stretch, struct span text,
                                      const char **reason);

#endif
