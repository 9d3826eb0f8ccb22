/* A wall clock that begins at TEST_WALL_CLOCK seconds after 1970 when the machine boots. Loaded before the C library's own
 * calls; every other clock is the machine's. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

typedef int (*Read)(clockid_t, struct timespec *);

int clock_gettime(clockid_t clock, struct timespec *now) {
    static Read real;
    const char *start = getenv("TEST_WALL_CLOCK");
    if (real == NULL)
        real = (Read)dlsym(RTLD_NEXT, "clock_gettime");
    if (start == NULL || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE))
        return real(clock, now);
    int done = real(CLOCK_MONOTONIC, now);
    now->tv_sec += atol(start);
    return done;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec exact;
    (void)zone;
    int done = clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return done;
}

time_t time(time_t *seconds) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (seconds != NULL)
        *seconds = exact.tv_sec;
    return exact.tv_sec;
}
