/*
 * vga.h - the VGA's text mode: a screen (screen.h) where people see it.
 *
 * Its memory has room for eight screens, and two registers say which part of it
 * is shown. The first 4 KB belong to the kernel, whose console prints there all
 * the time and does not know of us. The driver's screen is behind: it begins a
 * row later with each row that scrolls, so that scrolling costs one row of
 * writes. What is near the memory's end is written to its beginning, too, so
 * that the screen can go on there.
 */
#pragma once

#include "part.h"
#include "screen.h"

#define VGA_WANTS "ports=3d4+2 device=b8000+8000"

/* Nothing is changed yet: the kernel's page stays until there is something to
 * show. */
enum part vga_open(void);

/* Take over what is shown now, by whomever, and go on below it. */
void vga_take_over(struct screen *s);

/* Show what has changed, a row at a time: 1 if there is more to show. */
int vga_show(struct screen *s);
