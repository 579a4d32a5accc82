// What the shared library shows: the public interface, and nothing of what it is made with.
#pragma once

#if defined(__GNUC__)
#define VOW_EXPORT __attribute__((visibility("default")))
#else
#define VOW_EXPORT
#endif
