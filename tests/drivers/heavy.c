/*
 * tests/drivers/heavy.c - a server that ends when it is pinged (label 0, one
 * word), and has much memory to be zeroed when it is started again: that keeps
 * the supervisor busy for 300 characters of a line of 115,200 bit/s where a word
 * takes 0.1 us, as in Bochs.
 */
#include <pn/libc.h>
#include <pn/program.h>
#include <pn/server.h>

int main(void);

static volatile unsigned char weight[1 << 20];

static int pinged(struct pn_call *c)
{
    (void)c;
    pn_exit(weight[0]);
}

static const struct pn_operation operations[] = {{0, 1, pinged}, {0, 0, NULL}};

int main(void)
{
    weight[0] = 1;
    printf("heavy: here\n");
    pn_serve(&(struct pn_server){.operations = operations});
}
