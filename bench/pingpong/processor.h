/*
 * processor.h - which processor this is, and whose if it is not a real one.
 */
#pragma once

/* The line "cpu". */
void processor_print(void);

/* "GenuineIntel 5/4/3": vendor, family, model, stepping. */
const char *processor_name(void);
