// Numbers in memory, FLOAT or BF16, which are FLOAT between reading and writing; sums over the threads of a warp or block.

#define THREADS 128
#define WARPS (THREADS / 32)

typedef unsigned short bf16;

__device__ __forceinline__ float load(const float* x, long long i) { return x[i]; }

__device__ __forceinline__ float load(const bf16* x, long long i) { return __uint_as_float((unsigned)x[i] << 16); }

__device__ __forceinline__ void store(float* x, long long i, float value) { x[i] = value; }

// To the nearest, ties to even; NaN stays NaN.
__device__ __forceinline__ void store(bf16* x, long long i, float value) {
    unsigned bits = __float_as_uint(value);
    x[i] = value == value ? (bf16)((bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16) : (bf16)0x7FFF;
}

// The sum of one number per lane of a warp, in an order that does not change, known to all.
__device__ __forceinline__ float warpSum(float value) {
#pragma unroll
    for (int distance = 16; distance > 0; distance /= 2) {
        value += __shfl_xor_sync(0xffffffff, value, distance);
    }
    return value;
}

// The sum of one number per thread, in an order that does not change, known to all. No thread passes before all have come.
__device__ __forceinline__ float blockSum(float value, float* partial) {
    value = warpSum(value);
    __syncthreads();
    if (threadIdx.x % 32 == 0) {
        partial[threadIdx.x / 32] = value;
    }
    __syncthreads();
    float sum = 0;
#pragma unroll
    for (int i = 0; i < WARPS; i++) {
        sum += partial[i];
    }
    return sum;
}

// The largest number of all threads, likewise.
__device__ __forceinline__ float blockMax(float value, float* partial) {
#pragma unroll
    for (int distance = 16; distance > 0; distance /= 2) {
        value = fmaxf(value, __shfl_xor_sync(0xffffffff, value, distance));
    }
    __syncthreads();
    if (threadIdx.x % 32 == 0) {
        partial[threadIdx.x / 32] = value;
    }
    __syncthreads();
    float most = partial[0];
#pragma unroll
    for (int i = 1; i < WARPS; i++) {
        most = fmaxf(most, partial[i]);
    }
    return most;
}
