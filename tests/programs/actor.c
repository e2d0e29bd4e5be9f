/* What a process of a simulated scenario does, done by a real one: `actor play DIRECTORY SCRIPT`. It does one deed for each byte
   that it reads from the FIFO in DIRECTORY that has its number for a name.

       SCRIPT   (NUMBER GROUP ASKED DEED...)
       GROUP    p: its parent's, o: its own, s: a session of its own
       ASKED    what it does about a signal: d: it dies, i: ignores it, t: ignores INT, QUIT and TERM, eMS,STATUS: ends later,
                f(SCRIPT): forks and ends, s(SCRIPT): forks and goes on
       DEED     F(SCRIPT): forks, S: stops itself, T: asks to be traced and stops, t: sends a signal to its parent,
                X: ends with a status, K: ends by a signal; a number follows each of these

   And those about the init: `actor gate FILE NAME [ARG]...` waits for a byte and executes FILE under that name, and
   `actor family DIRECTORY FILE NAME [ARG]...` does so as process 7 of a family, as World::nested of tests/simulated/ has it.
   `actor without-proc COMMAND...` hides /proc before. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what) {
    perror(what);
    exit(99);
}

static const char *directory;
/* What is done about a signal. */
static const char *asked;

static _Noreturn void play(const char *script);

static void ignore_all(void) {
    for (int sig = 1; sig <= 64; sig++)
        if (sig != SIGKILL && sig != SIGSTOP && sig != SIGCHLD && sig != 32 && sig != 33) signal(sig, SIG_IGN);
}

/* It reaps its children while it lives: had it SIGCHLD ignored, one of two that are killed at a time would reap the other or not. */
static void reap(int sig) {
    (void)sig;
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
}

static void ends_by(int sig) {
    signal(sig, SIG_DFL);
    kill(getpid(), sig);
}

static void handler(int sig) {
    (void)sig;
    if (*asked == 'e') {
        char *rest;
        long time = strtol(asked + 1, &rest, 10);
        struct timespec left = {time / 1000, time % 1000 * 1000000};
        ignore_all();
        while (nanosleep(&left, &left) != 0 && errno == EINTR) {
        }
        _exit(atoi(rest + 1));
    }
    if (fork() == 0) play(asked + 1);
    if (*asked == 'f') _exit(0);
    ignore_all();
}

/* Behind the brackets that open here. */
static const char *skip(const char *script) {
    int depth = 0;
    do {
        if (*script == '(') depth++;
        if (*script == ')') depth--;
        script++;
    } while (depth > 0);
    return script;
}

static int open_fifo(const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    int fifo = open(path, O_RDONLY | O_CLOEXEC);
    if (fifo < 0) die(path);
    return fifo;
}

static void wait_for_byte(int fd) {
    char c;
    while (read(fd, &c, 1) < 0)
        if (errno != EINTR) die("read");
}

static _Noreturn void play(const char *script) {
    int fifo = -1;
    char *rest, name[32];
    sigset_t all;
again:
    snprintf(name, sizeof name, "%ld", strtol(script + 1, &rest, 10));
    if (fifo >= 0) close(fifo);
    fifo = open_fifo(name);
    if (rest[1] == 's' && setsid() < 0) die("setsid");
    if (rest[1] == 'o' && setpgid(0, 0) != 0) die("setpgid");
    asked = rest + 3;
    for (int sig = 1; sig <= 64; sig++) {
        struct sigaction act = {.sa_handler = SIG_DFL};
        int stops = sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
        int harmless = sig == SIGURG || sig == SIGWINCH || sig == SIGCONT || stops;
        if (*asked == 'i' || (*asked == 't' && (sig == SIGINT || sig == SIGQUIT || sig == SIGTERM))) act.sa_handler = SIG_IGN;
        if (strchr("efs", *asked) && !harmless) act.sa_handler = handler;
        if (sig == SIGCHLD) act.sa_handler = reap;
        sigaction(sig, &act, NULL);
    }
    sigfillset(&all);
    sigprocmask(SIG_UNBLOCK, &all, NULL);
    const char *deed = *asked == 'f' || *asked == 's' ? skip(asked + 1) : asked + strcspn(asked, " )");
    while (*deed == ' ') {
        deed++;
        int number = atoi(deed + 1);
        wait_for_byte(fifo);
        switch (*deed) {
        case 'F':
            if (fork() == 0) {
                script = deed + 1;
                goto again;
            }
            deed = skip(deed + 1);
            continue;
        case 'T':
            if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) die("ptrace");
            /* fall through */
        case 'S': kill(getpid(), number); break;
        case 't': kill(getppid(), number); break;
        case 'X': _exit(number);
        case 'K': ends_by(number); break;
        default: die(deed);
        }
        deed += strcspn(deed, " )");
    }
    for (;;) pause();
}

static void gate(char **argv) {
    wait_for_byte(0);
    signal(SIGCHLD, SIG_DFL);
    execv(argv[0], argv + 1);
    die(argv[0]);
}

/* A shell is process 3, a daemon 4, a script of the shell 5, another job 6; the init is in the script's process group. */
static void family(char **argv) {
    int shell[2], script[2];
    signal(SIGCHLD, SIG_IGN);
    if (pipe2(shell, O_CLOEXEC) != 0 || pipe2(script, O_CLOEXEC) != 0) die("pipe");
    setsid();
    if (fork() == 0) _exit(0);
    if (fork() == 0) {
        setsid();
        wait_for_byte(shell[0]);
        if (fork() == 0) {
            setpgid(0, 0);
            wait_for_byte(script[0]);
            if (fork() == 0) gate(argv + 1);
            wait_for_byte(open_fifo("parent"));
            _exit(0);
        }
        if (fork() == 0) {
            setpgid(0, 0);
            for (;;) pause();
        }
        if (write(script[1], "", 1) != 1) die("write");
        for (;;) pause();
    }
    if (fork() == 0) {
        setsid();
        for (;;) pause();
    }
    if (write(shell[1], "", 1) != 1) die("write");
    for (;;) pause();
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "without-proc") == 0) {
        if (mount("tmpfs", "/proc", "tmpfs", 0, NULL) != 0) die("mount");
        argv++;
        argc--;
    }
    if (argc < 4) return 99;
    directory = argv[2];
    if (strcmp(argv[1], "play") == 0) play(argv[3]);
    if (strcmp(argv[1], "family") == 0) family(argv + 2);
    if (strcmp(argv[1], "gate") == 0) {
        setsid();
        gate(argv + 2);
    }
    return 99;
}
