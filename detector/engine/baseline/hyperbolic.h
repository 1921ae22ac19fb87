/* hyperbolic.h: asinh and its inverse out of IEEE additions, multiplications, divisions and square
 * roots alone: the same bits on every machine, where those of a C library differ from release to
 * release. Pure, any thread. */
#ifndef ENGINE_BASELINE_HYPERBOLIC_H
#define ENGINE_BASELINE_HYPERBOLIC_H

/* x: finite. Within 2 units in the last place. The logarithm is that of fdlibm (e_log.c,
 * Sun Microsystems). */
double hyperbolic_asinh(double x);
/* y: finite, up to 700 either way. Within some units in the last place. */
double hyperbolic_sinh(double y);

#endif
