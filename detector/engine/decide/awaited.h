/* awaited.h: how far the output of one partition of the log is durable: places whose alerts are on
 * their way, oldest first. */
#ifndef ENGINE_DECIDE_AWAITED_H
#define ENGINE_DECIDE_AWAITED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AWAITED_MAX = 65536 }; /* a power of two */

struct awaited;

/* Nothing is on its way. */
struct awaited *awaited_new(void);
/* Sets *awaited to NULL. */
void awaited_free(struct awaited **awaited);

/* One more place can be added. */
bool awaited_has_room(const struct awaited *awaited);
/* Places with something on its way. */
size_t awaited_count(const struct awaited *awaited);
/* `messages` (1 or more) were sent for this offset, higher than all before. Gives the slot that
 * reports name, below AWAITED_MAX. Only with room. */
size_t awaited_add(struct awaited *awaited, uint64_t offset, uint32_t messages);
/* One message of a slot is durable. */
void awaited_confirm(struct awaited *awaited, size_t slot);
/* All below it is durable, when all below `next` was sent. */
uint64_t awaited_position(const struct awaited *awaited, uint64_t next);

#endif
