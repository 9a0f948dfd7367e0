/*
 * tests/host/planted.c - tests that cannot fail are defects: runs each test
 * that was built with a bug in the code under test (CMakeLists.txt), and
 * passes if that one fails.
 *
 * A planted test that cannot be started or does not end is no proof.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BUGS_MAX       200
#define NAME_MAX_BYTES 100
#define SECONDS        100
#define CANNOT_START   127

static char names[BUGS_MAX][NAME_MAX_BYTES];

static int
read_list(void)
{
    FILE *list = fopen("bugs/list.txt", "r");
    int n = 0;

    if (list == NULL)
        return 0;
    while (n < BUGS_MAX && fscanf(list, "%99s", names[n]) == 1)
        n++;
    fclose(list);
    return n;
}

static void
start(const char *name)
{
    char path[NAME_MAX_BYTES + sizeof "bugs/"];
    int null = open("/dev/null", O_WRONLY);

    snprintf(path, sizeof path, "bugs/%s", name);
    if (null >= 0) {
        dup2(null, 1);
        dup2(null, 2);
    }
    alarm(SECONDS); /* lasts beyond the exec */
    execl(path, path, (char *)NULL);
    _exit(CANNOT_START);
}

/* It ran, and ended as failed: by its own word, or by a sanitizer's. */
static bool
is_caught(const char *name)
{
    pid_t child = fork();
    int status;

    if (child == 0)
        start(name);
    if (child < 0 || waitpid(child, &status, 0) != child)
        return false;
    if (WIFSIGNALED(status))
        return WTERMSIG(status) != SIGALRM;
    return WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != CANNOT_START;
}

int
main(int argc, char **argv)
{
    char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
    int bugs, failed = 0;

    if (slash != NULL) {
        *slash = '\0';
        if (chdir(argv[0]) != 0)
            return EXIT_FAILURE;
    }
    setenv("PINENUT_PLANTED", "1", 1);
    unsetenv("PN_FULL");
    unsetenv("PINENUT_FULL");
    bugs = read_list();
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("1..%d\n", bugs + 1);
    printf("%s 1 - there are planted bugs\n", bugs != 0 ? "ok" : "not ok");
    for (int i = 0; i < bugs; i++) {
        bool caught = is_caught(names[i]);

        failed += !caught;
        printf("%s %d - the tests see the planted bug %s\n",
               caught ? "ok" : "not ok", i + 2, names[i]);
    }
    return failed == 0 && bugs != 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
