/* `shapes SHAPE COUNT ROUNDS`: that many processes, a chain, a fan or a comb, which ignore TERM. When all are there eight
   bytes of zero are written; then for each round, when all have got USR1, the time at which the last one had it.

   They all share one memory: to fork a chain takes the kernel time by the square of its length. So each has a little of
   it for its stack, and none calls what would keep something of its own in libc. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { STACK = 8192 };
static enum { FAN, CHAIN, COMB } shape;
static char *stacks;
static unsigned long all = ~0ul;
/* How many there are to be, how many have begun, are ready and have got the signal; and when the last one had it. */
static int count, begun, ready, got;
static long latest;

static int member(void *);

static void begin(void) {
    int number = __atomic_fetch_add(&begun, 1, __ATOMIC_SEQ_CST);
    if (number < count && clone(member, stacks + (number + 1) * STACK, CLONE_VM | SIGCHLD, NULL) < 0) {
        perror("clone");
        syscall(SYS_exit_group, 1);
    }
}

/* In a chain each has the next one below it; in a comb a tooth as well. */
static int member(void *tooth) {
    (void)tooth;
    int mine = __atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
    if (shape == CHAIN) begin();
    if (shape == COMB && mine % 2 == 1) {
        begin();
        begin();
    }
    for (;;) {
        struct timespec time;
        if (syscall(SYS_rt_sigtimedwait, &all, NULL, NULL, sizeof all) != SIGUSR1) continue;
        syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &time);
        long now = time.tv_sec * 1000000000 + time.tv_nsec, last = __atomic_load_n(&latest, __ATOMIC_SEQ_CST);
        while (last < now && !__atomic_compare_exchange_n(&latest, &last, now, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
        }
        __atomic_add_fetch(&got, 1, __ATOMIC_SEQ_CST);
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc < 4) return 2;
    count = atoi(argv[2]);
    shape = strcmp(argv[1], "chain") == 0 ? CHAIN : strcmp(argv[1], "comb") == 0 ? COMB : FAN;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all);
    stacks = mmap(NULL, (size_t)count * STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stacks == MAP_FAILED) return 1;
    begin();
    for (int i = 1; shape == FAN && i < count; i++) begin();
    while (__atomic_load_n(&ready, __ATOMIC_SEQ_CST) < count) usleep(1000);
    for (int rounds = atoi(argv[3]);; rounds--) {
        if (write(1, &latest, sizeof latest) != sizeof latest) return 1;
        if (rounds <= 0) return 0;
        while (__atomic_load_n(&got, __ATOMIC_SEQ_CST) < count) usleep(1000);
        got = 0;
    }
}
