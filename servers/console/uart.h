/*
 * uart.h - the 16550 at COM1, by interrupts in both directions [16550].
 *
 * The kernel prints on the same UART and has set speed and frame; those stay.
 * It prints a byte only when the transmitter is empty, and does not read while
 * the line has a handler.
 */
#pragma once

#include "part.h"

#define UART_LINE  4
#define UART_WANTS "ports=3f8+8 irq=4"

enum part uart_open(void);

/* Answer the interrupt: what has come goes to `input`, what is to go is
 * sent. */
void uart_interrupt(void);

/* Take what has come, ahead of the interrupt that tells it. */
void uart_receive(void);

/* Send a byte, some time. There must be room. */
void uart_send(char c);
unsigned uart_send_room(void);

/* Has all that was to be sent left the driver? */
int uart_is_idle(void);

/* Bytes have left `input`: go on receiving. */
void uart_taken(void);
