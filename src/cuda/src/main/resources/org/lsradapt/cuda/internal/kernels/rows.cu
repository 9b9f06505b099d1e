// What is computed row by row: gathering and scattering, and the sum of two arrays with its norm, forward and backward.
// Numbers are FLOAT or BF16, all that is between reading and writing is FLOAT. Norms' weights are FLOAT.

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

// out[row] = table[ids[row]]. grid (width / THREADS, rows)
template <typename T>
__device__ __forceinline__ void gather(const T* table, const int* ids, T* out, int width) {
    int column = blockIdx.x * THREADS + threadIdx.x;
    if (column < width) {
        out[(long long)blockIdx.y * width + column] = table[(long long)ids[blockIdx.y] * width + column];
    }
}

// out[ids[row]] = in[row], for distinct ids. grid (width / THREADS, rows)
template <typename T>
__device__ __forceinline__ void scatter(const T* in, const int* ids, T* out, int width) {
    int column = blockIdx.x * THREADS + threadIdx.x;
    if (column < width) {
        out[(long long)ids[blockIdx.y] * width + column] = in[(long long)blockIdx.y * width + column];
    }
}

// The sum of one number per thread, in an order that does not change, known to all.
__device__ __forceinline__ float blockSum(float value, float* partial) {
#pragma unroll
    for (int distance = 16; distance > 0; distance /= 2) {
        value += __shfl_xor_sync(0xffffffff, value, distance);
    }
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

// sum = x + residual; out = (sum - mean) * scale * gamma + beta, scale = 1 / sqrt(variance + epsilon). With rms, mean is 0.
// residual may be null, and then sum is not written; beta may be null. One block per row, grid (rows, 1).
template <typename T>
__device__ __forceinline__ void addNorm(
        const T* x, const T* residual, const float* gamma, const float* beta, T* sum, T* out, float* means, float* scales,
        int width, float epsilon, int rms, float* partial) {
    long long begin = (long long)blockIdx.x * width;
    float total = 0;
    for (int i = threadIdx.x; i < width; i += THREADS) {
        float value = load(x, begin + i);
        if (residual) {
            value += load(residual, begin + i);
            store(sum, begin + i, value);
            value = load(sum, begin + i);
        }
        total += value;
    }
    const T* normed = residual ? sum : x;
    float mean = rms ? 0 : blockSum(total, partial) / width;
    float squares = 0;
    for (int i = threadIdx.x; i < width; i += THREADS) {
        float value = load(normed, begin + i) - mean;
        squares += value * value;
    }
    float scale = 1 / sqrtf(blockSum(squares, partial) / width + epsilon);
    for (int i = threadIdx.x; i < width; i += THREADS) {
        float value = (load(normed, begin + i) - mean) * scale * gamma[i];
        store(out, begin + i, beta ? value + beta[i] : value);
    }
    if (threadIdx.x == 0) {
        means[blockIdx.x] = mean;
        scales[blockIdx.x] = scale;
    }
}

// dx = scale * (g - mean(g) - n * mean(g * n)) + add, with g = dy * gamma and n = (x - mean) * scale; with rms, mean(g) is
// left out. add may be null, dx may be dy or add. One block per row, grid (rows, 1).
template <typename T>
__device__ __forceinline__ void normGradient(
        const T* dy, const T* x, const float* gamma, const float* means, const float* scales, const T* add, T* dx,
        int width, int rms, float* partial) {
    long long begin = (long long)blockIdx.x * width;
    float mean = means[blockIdx.x];
    float scale = scales[blockIdx.x];
    float plain = 0;
    float weighted = 0;
    for (int i = threadIdx.x; i < width; i += THREADS) {
        float g = load(dy, begin + i) * gamma[i];
        plain += g;
        weighted += g * (load(x, begin + i) - mean) * scale;
    }
    plain = rms ? 0 : blockSum(plain, partial) / width;
    weighted = blockSum(weighted, partial) / width;
    for (int i = threadIdx.x; i < width; i += THREADS) {
        float g = load(dy, begin + i) * gamma[i];
        float n = (load(x, begin + i) - mean) * scale;
        float value = scale * (g - plain - n * weighted);
        store(dx, begin + i, add ? value + load(add, begin + i) : value);
    }
}

#define KERNELS(T, NAME)                                                                                              \
    extern "C" __global__ void __launch_bounds__(THREADS)                                                             \
            gather_##NAME(const T* table, const int* ids, T* out, int width) {                                        \
        gather(table, ids, out, width);                                                                               \
    }                                                                                                                 \
    extern "C" __global__ void __launch_bounds__(THREADS)                                                             \
            scatter_##NAME(const T* in, const int* ids, T* out, int width) {                                          \
        scatter(in, ids, out, width);                                                                                 \
    }                                                                                                                 \
    extern "C" __global__ void __launch_bounds__(THREADS) add_norm_##NAME(                                            \
            const T* x, const T* residual, const float* gamma, const float* beta, T* sum, T* out, float* means,       \
            float* scales, int width, float epsilon, int rms) {                                                       \
        __shared__ float partial[WARPS];                                                                              \
        addNorm(x, residual, gamma, beta, sum, out, means, scales, width, epsilon, rms, partial);                     \
    }                                                                                                                 \
    extern "C" __global__ void __launch_bounds__(THREADS) norm_gradient_##NAME(                                       \
            const T* dy, const T* x, const float* gamma, const float* means, const float* scales, const T* add,       \
            T* dx, int width, int rms) {                                                                              \
        __shared__ float partial[WARPS];                                                                              \
        normGradient(dy, x, gamma, means, scales, add, dx, width, rms, partial);                                      \
    }

KERNELS(float, f32)
KERNELS(bf16, bf16)
