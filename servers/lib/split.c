/*
 * split.c - an argument line into words (pn/program.h).
 */
#include <pn/program.h>

static int blank(char c)
{
    return c == ' ' || c == '\t';
}

int pn_split(char *line, char **argv, int max)
{
    int argc = 0;

    while (argc < max - 1) {
        while (blank(*line))
            line++;
        if (!*line)
            break;
        argv[argc++] = line;
        while (*line && !blank(*line))
            line++;
        if (*line)
            *line++ = '\0';
    }
    argv[argc] = 0;
    return argc;
}
