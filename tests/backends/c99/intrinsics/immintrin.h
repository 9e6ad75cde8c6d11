/* What kernels/vectors uses of immintrin.h, by GCC's own headers: all of it takes .2 s of each compilation, most of that
   for AVX-512, which is here where it is compiled for. */
#if defined(__GNUC__) && !defined(__clang__) && !defined(__AVX512F__) && !defined(__AVXVNNI__)
#define _IMMINTRIN_H_INCLUDED
#include <mmintrin.h>
#include <xmmintrin.h>
#include <emmintrin.h>
#include <pmmintrin.h>
#include <tmmintrin.h>
#include <smmintrin.h>
#include <avxintrin.h>
#include <avx2intrin.h>
#include <fmaintrin.h>
#include <f16cintrin.h>
#else
#include_next <immintrin.h>
#endif
