// What is computed row by row: gathering and scattering, and the sum of two arrays with its norm, forward and backward.
// Numbers are FLOAT. Norms' weights are FLOAT.

#include "numbers.cuh"

// out[row] = table[ids[row]]. grid (rows, width / THREADS), for y ends at 65,535 blocks
__device__ __forceinline__ void gather(const float* table, const int* ids, float* out, int width) {
    int column = blockIdx.y * THREADS + threadIdx.x;
    if (column < width) {
        out[(long long)blockIdx.x * width + column] = table[(long long)ids[blockIdx.x] * width + column];
    }
}

// out[ids[row]] = in[row], for distinct ids. grid (rows, width / THREADS)
__device__ __forceinline__ void scatter(const float* in, const int* ids, float* out, int width) {
    int column = blockIdx.y * THREADS + threadIdx.x;
    if (column < width) {
        out[(long long)ids[blockIdx.x] * width + column] = in[(long long)blockIdx.x * width + column];
    }
}

// Where rows that are normed lie: `parts` of them side by side, then the next ones `stride` numbers on.
struct Rows {
    int width;
    int parts;
    int stride;
};

__device__ __forceinline__ long long begin(const Rows& rows) {
    return (long long)(blockIdx.x / rows.parts) * rows.stride + blockIdx.x % rows.parts * rows.width;
}

// sum = x + residual; out = (sum - mean) * scale * gamma + beta, scale = 1 / sqrt(variance + epsilon). With rms, mean is 0.
// residual may be null, and then sum is not written; beta may be null; so may rounded, which gets out without gaps between rows.
// One block per row, grid (rows, 1).
__device__ __forceinline__ void addNorm(
        const float* x, const float* residual, const float* gamma, const float* beta, float* sum, float* out, bf16* rounded,
        float* means, float* scales, const Rows& rows, float epsilon, int rms, float* partial) {
    long long at = begin(rows);
    float total = 0;
    for (int i = threadIdx.x; i < rows.width; i += THREADS) {
        float value = load(x, at + i);
        if (residual) {
            value += load(residual, at + i);
            store(sum, at + i, value);
            value = load(sum, at + i);
        }
        total += value;
    }
    const float* normed = residual ? sum : x;
    float mean = rms ? 0 : blockSum(total, partial) / rows.width;
    float squares = 0;
    for (int i = threadIdx.x; i < rows.width; i += THREADS) {
        float value = load(normed, at + i) - mean;
        squares += value * value;
    }
    float scale = 1 / sqrtf(blockSum(squares, partial) / rows.width + epsilon);
    for (int i = threadIdx.x; i < rows.width; i += THREADS) {
        float value = (load(normed, at + i) - mean) * scale * gamma[i];
        value = beta ? value + beta[i] : value;
        store(out, at + i, value);
        if (rounded) {
            store(rounded, (long long)blockIdx.x * rows.width + i, value);
        }
    }
    if (threadIdx.x == 0) {
        means[blockIdx.x] = mean;
        scales[blockIdx.x] = scale;
    }
}

// dx = scale * (g - mean(g) - n * mean(g * n)) + add, with g = dy * gamma and n = (x - mean) * scale; with rms, mean(g) is
// left out. add may be null, dx may be dy or add; rounded is as above. One block per row, grid (rows, 1).
__device__ __forceinline__ void normGradient(
        const float* dy, const float* x, const float* gamma, const float* means, const float* scales, const float* add, float* dx,
        bf16* rounded, const Rows& rows, int rms, float* partial) {
    long long at = begin(rows);
    float mean = means[blockIdx.x];
    float scale = scales[blockIdx.x];
    float plain = 0;
    float weighted = 0;
    for (int i = threadIdx.x; i < rows.width; i += THREADS) {
        float g = load(dy, at + i) * gamma[i];
        plain += g;
        weighted += g * (load(x, at + i) - mean) * scale;
    }
    plain = rms ? 0 : blockSum(plain, partial) / rows.width;
    weighted = blockSum(weighted, partial) / rows.width;
    for (int i = threadIdx.x; i < rows.width; i += THREADS) {
        float g = load(dy, at + i) * gamma[i];
        float n = (load(x, at + i) - mean) * scale;
        float value = scale * (g - plain - n * weighted);
        value = add ? value + load(add, at + i) : value;
        store(dx, at + i, value);
        if (rounded) {
            store(rounded, (long long)blockIdx.x * rows.width + i, value);
        }
    }
}

extern "C" __global__ void __launch_bounds__(THREADS)
        gather_f32(const float* table, const int* ids, float* out, int width) {
    gather(table, ids, out, width);
}

extern "C" __global__ void __launch_bounds__(THREADS)
        scatter_f32(const float* in, const int* ids, float* out, int width) {
    scatter(in, ids, out, width);
}

extern "C" __global__ void __launch_bounds__(THREADS) add_norm_f32(
        const float* x, const float* residual, const float* gamma, const float* beta, float* sum, float* out,
        bf16* rounded, float* means, float* scales, int width, int parts, int stride, float epsilon, int rms) {
    __shared__ float partial[WARPS];
    addNorm(
            x, residual, gamma, beta, sum, out, rounded, means, scales, {width, parts, stride}, epsilon, rms, partial);
}

extern "C" __global__ void __launch_bounds__(THREADS) norm_gradient_f32(
        const float* dy, const float* x, const float* gamma, const float* means, const float* scales, const float* add,
        float* dx, bf16* rounded, int width, int parts, int stride, int rms) {
    __shared__ float partial[WARPS];
    normGradient(dy, x, gamma, means, scales, add, dx, rounded, {width, parts, stride}, rms, partial);
}
