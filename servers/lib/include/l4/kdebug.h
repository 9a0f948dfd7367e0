/*
 * l4/kdebug.h - the console through the kernel debugger: the only one a program
 * has that owns no ports. Free to every thread.
 */
#pragma once

#include <l4/ia32/kdebug.h>
