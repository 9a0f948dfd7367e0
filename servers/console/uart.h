/*
 * uart.h - the 16550 at COM1, by interrupts in both directions [16550].
 *
 * The kernel prints on the same UART and has set speed and frame; those stay.
 * It prints a byte only when the transmitter is empty, and does not read while
 * the line has a handler.
 */
#pragma once

#include <pn/console.h>

#include "ring.h"

#define UART_LINE 4

/* Bytes received, for the clients to take; then uart_taken(). */
extern struct ring uart_input;
extern struct pn_console_info uart_info;

/* 1, or 0 if there is no UART. */
int uart_open(void);

/* Answer the interrupt: take and send what there is. */
void uart_interrupt(void);

/* Send a byte, some time. There must be room. */
void uart_send(char c);
unsigned uart_send_room(void);

/* Has all that was to be sent left the driver? */
int uart_is_idle(void);

/* Bytes have left uart_input: go on receiving. */
void uart_taken(void);
