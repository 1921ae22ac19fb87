/* fuzz.h: what libFuzzer calls, and replay.c where there is no libFuzzer. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* One input, of any bytes. Returns 0; a crash or a failed check is the finding. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
