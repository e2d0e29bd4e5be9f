/* The least that an init which forwards can do: as floor.S, and each signal that arrives goes to the program. */
    .globl _start
_start:
    mov (%rsp), %r12        /* argc */
    lea 16(%rsp), %r13      /* argv + 1 */
    lea 16(%rsp,%r12,8), %r14 /* envp */
    push $0                 /* old */
    push $-1                /* all */
    mov $14, %eax           /* rt_sigprocmask(SIG_SETMASK, &all, &old, 8) */
    mov $2, %edi
    mov %rsp, %rsi
    lea 8(%rsp), %rdx
    mov $8, %r10d
    syscall
    mov $58, %eax           /* vfork() */
    syscall
    test %eax, %eax
    jnz parent
    mov $14, %eax           /* rt_sigprocmask(SIG_SETMASK, &old, NULL, 8) */
    mov $2, %edi
    lea 8(%rsp), %rsi
    xor %edx, %edx
    mov $8, %r10d
    syscall
    mov $59, %eax           /* execve(argv[1], argv + 1, envp) */
    mov (%r13), %rdi
    mov %r13, %rsi
    mov %r14, %rdx
    syscall
    mov $127, %edi
    mov $60, %eax           /* exit(127) */
    syscall
parent:
    mov %eax, %ebx
listen:
    mov $128, %eax          /* rt_sigtimedwait(&all, NULL, NULL, 8) */
    mov %rsp, %rdi
    xor %esi, %esi
    xor %edx, %edx
    mov $8, %r10d
    syscall
    cmp $17, %eax           /* SIGCHLD */
    je reap
    mov %eax, %esi
    mov $62, %eax           /* kill(program, signal) */
    mov %ebx, %edi
    syscall
    jmp listen
reap:
    mov $61, %eax           /* wait4(-1, &status, WNOHANG, NULL) */
    mov $-1, %rdi
    lea 8(%rsp), %rsi
    mov $1, %edx
    xor %r10d, %r10d
    syscall
    test %eax, %eax
    jle listen
    cmp %eax, %ebx
    jne reap
    movzbl 9(%rsp), %edi
    mov $231, %eax          /* exit_group(status) */
    syscall
    .section .note.GNU-stack, "", @progbits
