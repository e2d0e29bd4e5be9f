/* Leads a session of its own, which has standard input if that is a terminal; waits until that can be read; and executes its
   arguments, without standard input if GATE_CLOSES is in the environment. While it waits, and then, it makes no system call that
   the init makes as well, but for execve. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <unistd.h>

int main(int argc, char **argv) {
    fd_set input;
    setsid();
    ioctl(0, TIOCSCTTY, 0);
    if (getenv("GATE_CLOSES")) fcntl(0, F_SETFD, FD_CLOEXEC);
    FD_ZERO(&input);
    FD_SET(0, &input);
    if (argc < 2 || pselect(1, &input, NULL, NULL, NULL, NULL) < 0) return 99;
    execv(argv[1], argv + 1);
    perror(argv[1]);
    return 99;
}
