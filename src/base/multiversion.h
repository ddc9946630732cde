/** @file
 *  One function compiled for several instruction sets, the best of them chosen when the program is loaded. Bits do not
 *  change: contraction is off, so a wider register is all that a clone gains.
 *  For static functions alone: clang 14 gives the others names that no other file finds. */
#ifndef RWW_BASE_MULTIVERSION_H
#define RWW_BASE_MULTIVERSION_H

#if defined(__x86_64__) && defined(__gnu_linux__)
#define RWW_MULTIVERSION __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define RWW_MULTIVERSION
#endif

#endif
