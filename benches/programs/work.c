/* What the benchmark runs under an init: `work COMMAND [N]`. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ull + time.tv_nsec;
}

/* When the signal came, in nanoseconds, on stdout. */
static void handler(int sig) {
    uint64_t time = now();
    (void)sig;
    if (write(1, &time, sizeof time) != sizeof time) _exit(1);
}

static void listen_for_signals(void) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    uint64_t ready = 0;
    sigaction(SIGUSR1, &action, NULL);
    if (write(1, &ready, sizeof ready) != sizeof ready) exit(1);
}

static void orphan(void) {
    pid_t child = fork();
    if (child == 0) {
        if (fork() == 0) _exit(0);
        _exit(0);
    }
    if (child > 0) waitpid(child, NULL, 0);
}

/* How many children process 1 has: this program, and what was not reaped. */
static int children(void) {
    char list[65536];
    int count = 0, fd = open("/proc/1/task/1/children", O_RDONLY);
    ssize_t length = fd < 0 ? 0 : read(fd, list, sizeof list);
    for (ssize_t i = 0; i < length; i++) count += list[i] == ' ';
    close(fd);
    return count;
}

int main(int argc, char **argv) {
    const char *command = argc > 1 ? argv[1] : "";
    int n = argc > 2 ? atoi(argv[2]) : 0;
    if (strcmp(command, "listen") == 0) {
        listen_for_signals();
        for (;;) pause();
    } else if (strcmp(command, "storm") == 0) {
        /* Listens, while others become orphans and end without a pause. */
        listen_for_signals();
        if (fork() == 0) {
            close(1);
            for (;;) orphan();
        }
        for (;;) pause();
    } else if (strcmp(command, "orphans") == 0) {
        uint64_t start = now();
        for (int i = 0; i < n; i++) orphan();
        while (children() > 1) usleep(50);
        printf("%llu\n", (unsigned long long)(now() - start));
    }
    return 0;
}
