/* What tests run under the init, or before it: `probe COMMAND [ARG]...`. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static int is(const char *a, const char *b) { return strcmp(a, b) == 0; }

static void die(const char *what) {
    perror(what);
    exit(99);
}

/* Every signal, glibc's own two too. */
static void block_all(void) {
    unsigned long all = ~0ul;
    if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all) != 0) die("rt_sigprocmask");
}

static void unblock_all(void) {
    unsigned long none = 0;
    if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none) != 0) die("rt_sigprocmask");
}

/* Take signals as they come: a line for each, with its number, its code and its value. */
static void record(int count) {
    unsigned long all = ~0ul;
    block_all();
    puts("ready");
    fflush(stdout);
    for (int i = 0; i < count; i++) {
        siginfo_t info;
        if (syscall(SYS_rt_sigtimedwait, &all, &info, NULL, sizeof all) < 0) die("rt_sigtimedwait");
        printf("%d %d %d\n", info.si_signo, info.si_code, info.si_code == SI_QUEUE ? info.si_value.sival_int : 0);
        fflush(stdout);
    }
}

/* All the bytes that come with a queued signal, but who sent it. */
static void siginfo(void) {
    unsigned long all = ~0ul;
    unsigned char info[128];
    block_all();
    puts("ready");
    fflush(stdout);
    memset(info, 0xaa, sizeof info);
    if (syscall(SYS_rt_sigtimedwait, &all, info, NULL, sizeof all) < 0) die("rt_sigtimedwait");
    for (unsigned i = 32; i < sizeof info; i++) printf("%02x", info[i]);
    puts("");
}

/* Who sent a signal. */
static void sender(void) {
    unsigned long all = ~0ul;
    siginfo_t info;
    block_all();
    if (syscall(SYS_rt_sigtimedwait, &all, &info, NULL, sizeof all) < 0) die("rt_sigtimedwait");
    printf("process %d user %d\n", info.si_pid, info.si_uid);
}

/* Asks to be traced by its parent, which is the init, and meets signals then: one with a handler, a stop, and execve's TRAP. */
static void caught(int sig) { printf("caught %d\n", sig); }

static void traceme(char **argv) {
    signal(SIGUSR1, caught);
    signal(SIGTRAP, caught);
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) die("ptrace");
    if (is(argv[0], "usr1")) raise(SIGUSR1);
    if (is(argv[0], "trap")) raise(SIGTRAP);
    puts("on");
    fflush(stdout);
    execvp(argv[1], argv + 1);
    die(argv[1]);
}

static void die_of(int sig) {
    struct rlimit none = {0, 0};
    unsigned long act[4] = {0, 0, 0, 0};
    setrlimit(RLIMIT_CORE, &none);
    syscall(SYS_rt_sigaction, sig, act, NULL, sizeof act[0]);
    unblock_all();
    kill(getpid(), sig);
    pause();
}

static void world(void) {
    unsigned long mask = 0;
    char cwd[4096];
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &mask, sizeof mask);
    printf("mask %lx\nignored", mask);
    for (int sig = 1; sig <= 64; sig++) {
        unsigned long act[4] = {0, 0, 0, 0};
        syscall(SYS_rt_sigaction, sig, NULL, act, sizeof act[0]);
        if (act[0] == (unsigned long)SIG_IGN) printf(" %d", sig);
    }
    struct rlimit limit;
    getrlimit(RLIMIT_SIGPENDING, &limit);
    printf("\nsignals %lu of %lu", limit.rlim_cur, limit.rlim_max);
    printf("\nopen");
    for (int fd = 0; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) >= 0) printf(" %d", fd);
    printf("\ndirectory %s\n", getcwd(cwd, sizeof cwd));
    printf("leads its group %d\n", getpgrp() == getpid());
    printf("pid %d parent %d\n", getpid(), getppid());
    if (getenv("LISTEN_PID")) printf("listen %s\n", atoi(getenv("LISTEN_PID")) == getpid() ? "me" : getenv("LISTEN_PID"));
}

/* Processes that lose their parent, and end. */
static void orphans(int count, int status) {
    for (int i = 0; i < count; i++) {
        pid_t child = fork();
        if (child < 0) {
            /* Too many are still there. */
            usleep(1000);
            i--;
        } else if (child == 0) {
            if (fork() == 0) _exit(7);
            _exit(0);
        } else
            waitpid(child, NULL, 0);
    }
    exit(status);
}

/* A child stays when we end, and says what it gets. */
static void leave(const char *how, int status) {
    int ready[2];
    char c;
    if (pipe(ready) != 0) die("pipe");
    if (fork() == 0) {
        sigset_t set;
        int sig;
        if (is(how, "session") && setsid() < 0) die("setsid");
        if (is(how, "orphan") && fork() != 0) _exit(0);
        sigfillset(&set);
        sigprocmask(SIG_BLOCK, &set, NULL);
        if (is(how, "stopped")) {
            sigdelset(&set, SIGTERM);
            sigprocmask(SIG_SETMASK, &set, NULL);
        }
        printf("child %d\n", getpid());
        fflush(stdout);
        if (write(ready[1], "", 1) != 1) die("write");
        if (is(how, "stopped")) {
            /* The default action of TERM ends it, once it goes on. */
            kill(getpid(), SIGSTOP);
            for (;;) pause();
        }
        for (;;) {
            sigfillset(&set);
            if (sigwait(&set, &sig) != 0) die("sigwait");
            printf("child got %d\n", sig);
            fflush(stdout);
            if (sig == SIGTERM && !is(how, "stubborn")) _exit(0);
        }
    }
    if (read(ready[0], &c, 1) != 1) die("read");
    if (is(how, "stopped") && waitpid(-1, NULL, WUNTRACED) < 0) die("waitpid");
    exit(status);
}

/* One of a tree: says what it gets, ends with TERM unless it is a stubborn one. */
static void member(int ready, const char *shape, int stubborn, int status) {
    sigset_t set;
    int sig;
    if (write(ready, "", 1) != 1) die("write");
    for (;;) {
        sigfillset(&set);
        if (sigwait(&set, &sig) != 0) die("sigwait");
        if (sig == SIGCHLD || sig == SIGCONT) continue;
        /* One write, however many write at a time. */
        char line[64];
        int length = snprintf(line, sizeof line, "%s %d got %d\n", shape, getpid(), sig);
        if (write(1, line, length) != length) die("write");
        if (sig == SIGTERM && !stubborn) _exit(status);
    }
}

/* Waits until so many others have written that they are ready, and says so. */
static void gather(int ready, int count, const char *text) {
    char c;
    for (int i = 0; i < count; i++)
        if (read(ready, &c, 1) != 1) die("read");
    puts(text);
    fflush(stdout);
}

/* COUNT processes in each of five shapes: a chain, a fan, daemons, sessions, groups. */
static void tree(int count, int stubborn) {
    int ready[2];
    block_all();
    if (pipe(ready) != 0) die("pipe");
    if (fork() == 0) {
        for (int i = 1; i < count && fork() == 0; i++) {
        }
        member(ready[1], "chain", stubborn, 0);
    }
    for (int i = 0; i < count; i++) {
        if (fork() == 0) member(ready[1], "fan", stubborn, 0);
        if (fork() == 0) {
            setsid();
            member(ready[1], "session", stubborn, 0);
        }
        if (fork() == 0) {
            setpgid(0, 0);
            member(ready[1], "group", stubborn, 0);
        }
        pid_t between = fork();
        if (between == 0) {
            setsid();
            if (fork() == 0) member(ready[1], "daemon", stubborn, 0);
            _exit(0);
        }
        waitpid(between, NULL, 0);
    }
    gather(ready[0], 5 * count, "ready");
    member(ready[1], "root", stubborn, 9);
}

/* A daemon forks away, with others of its kind perhaps, and its starter ends. */
static void away(int starter, int count, char **statuses) {
    int ready[2];
    pid_t before = 0;
    sigset_t all;
    sigfillset(&all);
    block_all();
    if (pipe(ready) != 0) die("pipe");
    for (int i = 0; i < count; i++) {
        pid_t child = fork();
        if (child == 0) {
            setsid();
            int status = atoi(statuses[i]);
            if (write(ready[1], "", 1) != 1) die("write");
            int sig;
            do sigwait(&all, &sig);
            while (sig != SIGTERM && sig != SIGUSR1);
            /* Later ones end later: when the one before has been reaped. */
            while (before != 0 && kill(before, 0) == 0) usleep(1000);
            printf("daemon got %d\n", sig);
            fflush(stdout);
            _exit(status);
        }
        before = child;
    }
    gather(ready[0], count, "away");
    exit(starter);
}

/* COUNT processes, each of which has one child and ends at once, as that does, for some seconds. */
static void potatoes(int count, int status) {
    time_t end = time(NULL) + 30;
    block_all();
    for (int i = 0; i < count; i++)
        if (fork() == 0)
            while (time(NULL) < end)
                if (fork() > 0) _exit(0);
    usleep(20000);
    exit(status);
}

/* N zombies at a time lose their parent, M times. */
static void zombies_at_once(int count, int times, int status) {
    for (int i = 0; i < times; i++) {
        pid_t parent = fork();
        if (parent < 0) {
            usleep(1000);
            i--;
            continue;
        }
        if (parent == 0) {
            for (int j = 0; j < count; j++) {
                siginfo_t info;
                pid_t child = vfork();
                if (child == 0) _exit(0);
                /* Until it is one. */
                if (child > 0) waitid(P_PID, child, &info, WEXITED | WNOWAIT);
                if (child < 0) {
                    usleep(1000);
                    j--;
                }
            }
            _exit(0);
        }
        waitpid(parent, NULL, 0);
    }
    exit(status);
}

static int count_zombies(void);

/* COUNT real-time signals are taken in their order while orphans come in heaps, until none of these is left. */
static void storms(int count, int heap, int heaps) {
    unsigned long all = ~0ul;
    block_all();
    pid_t worker = fork();
    if (worker == 0) zombies_at_once(heap, heaps, 0);
    puts("ready");
    fflush(stdout);
    for (int i = 0; i < count;) {
        siginfo_t info;
        if (syscall(SYS_rt_sigtimedwait, &all, &info, NULL, sizeof all) < 0) die("rt_sigtimedwait");
        if (info.si_signo == SIGCHLD) continue;
        if (info.si_code != SI_QUEUE || info.si_value.sival_int != i++) {
            printf("%d came as number %d\n", info.si_value.sival_int, i);
            exit(1);
        }
    }
    puts("all signals");
    fflush(stdout);
    while (worker > 0 && waitpid(worker, NULL, 0) < 0) {
    }
    for (int i = 0; i < 10000 && count_zombies() > 0; i++) usleep(1000);
    printf("zombies %d\n", count_zombies());
}

/* What of /proc/self/status says who this is. */
static void who(void) {
    char line[1024];
    FILE *file = fopen("/proc/self/status", "r");
    if (!file) die("/proc/self/status");
    while (fgets(line, sizeof line, file))
        if (strncmp(line, "Uid:", 4) == 0 || strncmp(line, "Gid:", 4) == 0 || strncmp(line, "Groups:", 7) == 0 || strncmp(line, "Cap", 3) == 0)
            fputs(line, stdout);
    printf("root again %d\n", setresuid(-1, 0, -1) == 0 || setresgid(-1, 0, -1) == 0);
    fflush(stdout);
}

/* Takes memory until the kernel says that this is enough, in a child if so said. */
static void eat(const char *where) {
    if (is(where, "child")) {
        pid_t child = fork();
        if (child != 0) {
            waitpid(child, NULL, 0);
            exit(3);
        }
    }
    for (;;) {
        char *memory = malloc(1 << 20);
        if (!memory) die("malloc");
        memset(memory, 1, 1 << 20);
    }
}

/* A seccomp filter that answers some system calls with an errno, for what is executed then. */
static void deny(int error, char **argv) {
    struct sock_filter filter[64];
    int n = 0;
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    char *list = strdup(argv[0]);
    for (char *word = strtok(list, ","); word; word = strtok(NULL, ",")) {
        filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, atoi(word), 0, 1);
        filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error);
    }
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {n, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) die("no_new_privs");
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) die("seccomp");
    execvp(argv[1], argv + 1);
    /* Where that is what is denied. */
    syscall(SYS_execveat, AT_FDCWD, argv[1], argv + 1, environ, 0);
    die(argv[1]);
}

/* Another world for what is executed then: `block N`, `ignore N`, `pend N`, `close N`, `open N`, `uid N`, `fds N`, `procs N`, `signals N`,
   `subreaper N`, `securebits N`; `keep N` keeps the capabilities over a `uid N` that follows, `inherit N` makes that one inheritable, `ambient N` ambient as well. */
static void with(char **argv) {
    for (; *argv && !is(*argv, "--"); argv += 2) {
        int n = atoi(argv[1]);
        if (is(*argv, "block")) {
            unsigned long mask = 1ul << (n - 1);
            if (syscall(SYS_rt_sigprocmask, SIG_BLOCK, &mask, NULL, sizeof mask) != 0) die("block");
        } else if (is(*argv, "ignore")) {
            unsigned long act[4] = {(unsigned long)SIG_IGN, 0, 0, 0};
            if (syscall(SYS_rt_sigaction, n, act, NULL, sizeof act[0]) != 0) die("ignore");
        } else if (is(*argv, "pend")) {
            union sigval value = {.sival_int = n + 1000};
            if (sigqueue(getpid(), n, value) != 0) die("sigqueue");
        } else if (is(*argv, "close")) {
            close(n);
        } else if (is(*argv, "open")) {
            int fd = open("/dev/null", O_RDWR);
            if (fd < 0 || dup2(fd, n) != n) die("open");
            if (fd != n) close(fd);
        } else if (is(*argv, "uid")) {
            if (setgid(n) != 0 || setuid(n) != 0) die("setuid");
        } else if (is(*argv, "subreaper")) {
            if (prctl(PR_SET_CHILD_SUBREAPER, n, 0, 0, 0) != 0) die("subreaper");
        } else if (is(*argv, "securebits")) {
            if (prctl(PR_SET_SECUREBITS, n, 0, 0, 0) != 0) die("securebits");
        } else if (is(*argv, "keep")) {
            if (prctl(PR_SET_KEEPCAPS, n, 0, 0, 0) != 0) die("keep");
        } else if (is(*argv, "inherit") || is(*argv, "ambient")) {
            struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
            struct __user_cap_data_struct sets[2];
            if (syscall(SYS_capget, &header, sets) != 0) die("capget");
            sets[n / 32].inheritable |= 1u << n % 32;
            if (syscall(SYS_capset, &header, sets) != 0) die("capset");
            if (is(*argv, "ambient") && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, n, 0, 0) != 0) die("ambient");
        } else if (is(*argv, "fds")) {
            struct rlimit limit = {n, n};
            if (setrlimit(RLIMIT_NOFILE, &limit) != 0) die("setrlimit");
        } else if (is(*argv, "procs")) {
            struct rlimit limit = {n, n};
            if (setrlimit(RLIMIT_NPROC, &limit) != 0) die("setrlimit");
        } else if (is(*argv, "signals")) {
            struct rlimit limit = {n, n};
            if (setrlimit(RLIMIT_SIGPENDING, &limit) != 0) die("setrlimit");
        } else
            die(*argv);
    }
    execvp(argv[1], argv + 1);
    die(argv[1]);
}

/* A child in a process group of its own has the terminal, and we read from it all the same. */
static void behind(void) {
    char c;
    sigset_t set;
    pid_t child = fork();
    if (child == 0)
        for (;;) pause();
    sigemptyset(&set);
    sigaddset(&set, SIGTTOU);
    sigprocmask(SIG_BLOCK, &set, NULL);
    if (setpgid(child, child) != 0 || tcsetpgrp(0, child) != 0) die("tcsetpgrp");
    if (read(0, &c, 1) < 0) die("read");
}

/* Waits until it is continued, and says whether it has the terminal then. */
static void job(int status) {
    sigset_t set;
    int sig;
    sigemptyset(&set);
    sigaddset(&set, SIGCONT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    puts("ready");
    fflush(stdout);
    sigwait(&set, &sig);
    printf("continued, in the foreground %d\n", tcgetpgrp(0) == getpgrp());
    exit(status);
}

/* What a shell does with a job: it leads a session on the terminal, and the job has a process group of its own, in the foreground.
   When the job stops, this takes the terminal, says so, and brings the job to the foreground again. */
static void shell(char **argv) {
    int status;
    setsid();
    if (ioctl(0, TIOCSCTTY, 0) != 0) die("TIOCSCTTY");
    signal(SIGTTOU, SIG_IGN);
    pid_t child = fork();
    if (child == 0) {
        if (setpgid(0, 0) != 0 || tcsetpgrp(0, getpid()) != 0) die("tcsetpgrp");
        signal(SIGTTOU, SIG_DFL);
        execv(argv[0], argv);
        die(argv[0]);
    }
    for (;;) {
        if (waitpid(child, &status, WUNTRACED) != child) die("waitpid");
        if (!WIFSTOPPED(status)) exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
        tcsetpgrp(0, getpgrp());
        printf("the job stopped by %d\n", WSTOPSIG(status));
        fflush(stdout);
        tcsetpgrp(0, child);
        kill(-child, SIGCONT);
    }
}

static int count_zombies(void) {
    int count = 0;
    struct dirent *entry;
    DIR *proc = opendir("/proc");
    if (!proc) die("/proc");
    while ((entry = readdir(proc))) {
        char path[300], state = 0;
        snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        FILE *file = atoi(entry->d_name) > 0 ? fopen(path, "r") : NULL;
        if (!file) continue;
        if (fscanf(file, "%*d (%*[^)]) %c", &state) == 1 && state == 'Z') count++;
        fclose(file);
    }
    closedir(proc);
    return count;
}

int main(int argc, char **argv) {
    const char *command = argc > 1 ? argv[1] : "";
    int n = argc > 2 ? atoi(argv[2]) : 0;
    int m = argc > 3 ? atoi(argv[3]) : 0;
    if (is(command, "exit"))
        return n;
    else if (is(command, "die"))
        die_of(n);
    else if (is(command, "record"))
        record(n);
    else if (is(command, "siginfo"))
        siginfo();
    else if (is(command, "sender"))
        sender();
    else if (is(command, "traceme"))
        traceme(argv + 2);
    else if (is(command, "world"))
        world();
    else if (is(command, "orphans"))
        orphans(n, m);
    else if (is(command, "leave"))
        leave(argv[2], m);
    else if (is(command, "tree"))
        tree(n, argc > 3);
    else if (is(command, "away"))
        away(n, argc - 3, argv + 3);
    else if (is(command, "zombies-at-once"))
        zombies_at_once(n, m, 9);
    else if (is(command, "potatoes"))
        potatoes(n, m);
    else if (is(command, "storms"))
        storms(n, m, argc > 4 ? atoi(argv[4]) : 0);
    else if (is(command, "job"))
        job(n);
    else if (is(command, "shell"))
        shell(argv + 2);
    else if (is(command, "who"))
        who();
    else if (is(command, "echo")) {
        char line[100];
        while (fgets(line, sizeof line, stdin)) {
            printf("read %s", line);
            fflush(stdout);
        }
    } else if (is(command, "behind"))
        behind();
    else if (is(command, "eat"))
        eat(argv[2]);
    else if (is(command, "deny"))
        deny(n, argv + 3);
    else if (is(command, "with"))
        with(argv + 2);
    else if (is(command, "bare")) {
        /* Without any argument, not even a name. */
        char *none[] = {NULL};
        char *environment[] = {"PATH=/bin", NULL};
        execve(argv[2], none, environment);
        die(argv[2]);
    } else if (is(command, "pause")) {
        puts("ready");
        fflush(stdout);
        pause();
    } else if (is(command, "queue")) {
        /* Signal M to process N, with a value. */
        siginfo_t info;
        memset(&info, 0, sizeof info);
        info.si_signo = m;
        info.si_code = SI_QUEUE;
        info.si_pid = getpid();
        info.si_uid = getuid();
        info.si_value.sival_int = m + 1000;
        if (syscall(SYS_rt_sigqueueinfo, n, m, &info) != 0) die("sigqueue");
    } else if (is(command, "storm")) {
        /* M real-time signals to process N, numbered. */
        for (int i = 0; i < m; i++) {
            union sigval value = {.sival_int = i};
            while (sigqueue(n, SIGRTMIN + 3, value) != 0) usleep(100);
        }
    } else if (is(command, "zombies")) {
        /* Orphans that end, and how many of them are still to be seen after a while. */
        for (int i = 0; i < n; i++) {
            pid_t child = fork();
            if (child == 0) {
                if (fork() == 0) _exit(0);
                _exit(0);
            }
            waitpid(child, NULL, 0);
        }
        int zombies = n;
        for (int i = 0; i < 200 && zombies > 0; i++) {
            usleep(5000);
            zombies = count_zombies();
        }
        printf("zombies %d\n", zombies);
    } else if (is(command, "dumps")) {
        /* Whether the kernel says that a core was dumped. */
        int status = 0;
        pid_t child = fork();
        if (child == 0) {
            execvp(argv[2], argv + 2);
            die(argv[2]);
        }
        if (waitpid(child, &status, 0) < 0) die("waitpid");
        printf("dumped %d\n", WCOREDUMP(status) != 0);
    } else if (is(command, "ids")) {
        char name[32] = "";
        FILE *file = fopen("/proc/1/comm", "r");
        if (!file || !fgets(name, sizeof name, file)) die("/proc/1/comm");
        printf("pid %d init %s", getpid(), name);
    } else if (is(command, "foreground")) {
        printf("in the foreground %d\n", tcgetpgrp(0) == getpgrp());
    } else if (is(command, "root")) {
        /* Set-user-ID made it half of one. */
        if (setuid(0) != 0) die("setuid");
        puts("ready");
        fflush(stdout);
        pause();
    } else if (is(command, "capable")) {
        /* Gives a file capability M, as `setcap` does. */
        struct vfs_cap_data data = {.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE};
        data.data[m / 32].permitted = 1u << m % 32;
        if (setxattr(argv[2], "security.capability", &data, sizeof data, 0) != 0) die("setxattr");
    } else if (is(command, "close")) {
        puts("closing");
        fflush(stdout);
        close(1);
        pause();
    } else
        die(command);
    return 0;
}
