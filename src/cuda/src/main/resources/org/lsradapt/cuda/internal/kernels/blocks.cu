// Weights that are stored in blocks of 32 numbers with one scale (ggml's Q8_0 and Q4_0), widened to FLOAT or BF16. A block is
// its scale in 16 bits, then its levels. One thread per number, grid (numbers / THREADS, 1).

#include "numbers.cuh"

#define LENGTH 32

// Of a finite number: moving the exponent is exact, also where 16 bits have leading zeros in place of one.
__device__ __forceinline__ float half(unsigned short bits) {
    float magnitude = __uint_as_float((bits & 0x7FFFu) << 13) * 5.192296858534828e33f;
    return bits & 0x8000 ? -magnitude : magnitude;
}

// Levels are signed bytes.
template <typename T>
__device__ __forceinline__ void widenBytes(const unsigned short* blocks, T* out, long long n) {
    long long i = (long long)blockIdx.x * THREADS + threadIdx.x;
    if (i < n) {
        const unsigned short* block = blocks + i / LENGTH * 17;
        int at = (int)(i % LENGTH);
        int level = (signed char)(block[1 + at / 2] >> (at % 2 * 8));
        store(out, i, half(block[0]) * level);
    }
}

// Levels are 4 bits less 8: number i is in the lower half of byte i, number i + 16 in its upper half.
template <typename T>
__device__ __forceinline__ void widenHalfBytes(const unsigned short* blocks, T* out, long long n) {
    long long i = (long long)blockIdx.x * THREADS + threadIdx.x;
    if (i < n) {
        const unsigned short* block = blocks + i / LENGTH * 9;
        int at = (int)(i % LENGTH);
        int byte = at % 16;
        int level = (block[1 + byte / 2] >> (byte % 2 * 8 + at / 16 * 4) & 15) - 8;
        store(out, i, half(block[0]) * level);
    }
}

#define KERNELS(T, NAME)                                                                       \
    extern "C" __global__ void __launch_bounds__(THREADS)                                      \
            widen_q8_0_##NAME(const unsigned short* blocks, T* out, long long n) {             \
        widenBytes(blocks, out, n);                                                            \
    }                                                                                          \
    extern "C" __global__ void __launch_bounds__(THREADS)                                      \
            widen_q4_0_##NAME(const unsigned short* blocks, T* out, long long n) {             \
        widenHalfBytes(blocks, out, n);                                                        \
    }

KERNELS(float, f32)
KERNELS(bf16, bf16)
