/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clock.c - runs a command and writes what it cost: wall and CPU seconds, peak resident KiB, exit status.
 *
 *   clock OUT COMMAND...
 *
 * The kernel counts into a child's peak what its parent had before exec; this parent is small, a script is not. */
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int main(int argc, char **argv)
{
	double        start = now();
	struct rusage cost;
	FILE         *out;
	pid_t         child;
	int           status;

	if (argc < 3) {
		fprintf(stderr, "usage: clock OUT COMMAND...\n");
		return 2;
	}
	if (posix_spawnp(&child, argv[2], NULL, NULL, argv + 2, environ) != 0 || wait4(child, &status, 0, &cost) != child) {
		perror(argv[2]);
		return 5;
	}
	start = now() - start;
	out = fopen(argv[1], "w");
	if (out == NULL)
		return 5;
	fprintf(out, "%.6f %.6f %ld %d\n", start, seconds(cost.ru_utime) + seconds(cost.ru_stime), cost.ru_maxrss,
	        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return fclose(out) == 0 ? 0 : 5;
}
