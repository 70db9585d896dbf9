// The program of all C++ tests; each primitive's cases are in the file of its name.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
