/*
 * top.h - the command `top`: who works, and how much.
 */
#pragma once

void top(int argc, char **argv);
