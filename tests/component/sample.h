/* sample.h: signals and alerts with recognisable fields, made from a number. */
#ifndef COMPONENT_SAMPLE_H
#define COMPONENT_SAMPLE_H

#include "model/alert.h"
#include "port/store.h"

struct digest sample_digest(uint64_t number);
/* Every field differs between two numbers; the group key holds a NUL and two bytes of UTF-8. */
struct signal sample_signal(uint64_t sequence);
/* An alert opened by `signal`, its id made from `episode`. */
struct alert sample_alert(uint64_t sequence, uint64_t episode, enum alert_status status,
                          struct signal signal);
/* A batch of source "orders" at a position, with nothing else in it. */
struct store_batch sample_batch(const char *position);

bool sample_signals_equal(const struct signal *a, const struct signal *b);
bool sample_alerts_equal(const struct alert *a, const struct alert *b);

#endif
