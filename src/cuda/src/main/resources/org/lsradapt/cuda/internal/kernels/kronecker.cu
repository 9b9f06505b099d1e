// Batched Kronecker sums and the gradients of their factors, for up to four factors per term.
//
//   out[m] = sum_k lambda[m,k] F1[m,k] (x) F2[m,k] (x) F3[m,k] (x) F4[m,k]
//
// A sum of fewer factors passes rows and columns of 1 and a null pointer for those it lacks. Factors are
// [n, s, rows_i, cols_i], lambda is [n, s] or null, out is [n, rows, cols]; all contiguous in row order.

#include "numbers.cuh"

#define FACTORS 4

struct Terms {
    const float* factor[FACTORS];
    int rows[FACTORS];
    int cols[FACTORS];
};

// Offset of element (p, q) inside each factor, of the last factor's digit first.
__device__ __forceinline__ void digits(const Terms& t, int p, int q, int at[FACTORS]) {
#pragma unroll
    for (int i = FACTORS - 1; i >= 0; i--) {
        at[i] = p % t.rows[i] * t.cols[i] + q % t.cols[i];
        p /= t.rows[i];
        q /= t.cols[i];
    }
}

// The product of a term's elements, of all factors but one (FACTORS leaves out none).
__device__ __forceinline__ float product(const Terms& t, long long term, const int at[FACTORS], int without) {
    float value = 1;
#pragma unroll
    for (int i = 0; i < FACTORS; i++) {
        if (i != without && t.factor[i]) {
            value *= t.factor[i][term * (t.rows[i] * t.cols[i]) + at[i]];
        }
    }
    return value;
}

// grid (elements of out[m] / THREADS, n)
__device__ __forceinline__ void materialize(const Terms& t, const float* lambda, float* out, int s) {
    int rows = t.rows[0] * t.rows[1] * t.rows[2] * t.rows[3];
    int cols = t.cols[0] * t.cols[1] * t.cols[2] * t.cols[3];
    long long element = (long long)blockIdx.x * THREADS + threadIdx.x;
    if (element >= (long long)rows * cols) {
        return;
    }
    int at[FACTORS];
    digits(t, (int)(element / cols), (int)(element % cols), at);
    float sum = 0;
    for (int k = 0; k < s; k++) {
        long long term = (long long)blockIdx.y * s + k;
        float value = product(t, term, at, FACTORS);
        sum += lambda ? lambda[term] * value : value;
    }
    out[(long long)blockIdx.y * rows * cols + element] = sum;
}

// One warp per number of the gradient of factor `which`; which = FACTORS is the gradient of lambda. A number is the sum
// of as many as the other factors have, which are few hundred in a thin adapter.
// grid (elements of the factor / warps of a block, n * s)
__device__ __forceinline__ void gradient(
        const Terms& t, const float* lambda, const float* gradOut, float* gradient, int s, int which) {
    int rows = t.rows[0] * t.rows[1] * t.rows[2] * t.rows[3];
    int cols = t.cols[0] * t.cols[1] * t.cols[2] * t.cols[3];
    int factorRows = 1;
    int factorCols = 1;
    int rowsBehind = 1;
    int colsBehind = 1;
#pragma unroll
    for (int i = 0; i < FACTORS; i++) {
        if (i == which) {
            factorRows = t.rows[i];
            factorCols = t.cols[i];
        } else if (i > which) {
            rowsBehind *= t.rows[i];
            colsBehind *= t.cols[i];
        }
    }
    int element = blockIdx.x * (THREADS / 32) + threadIdx.x / 32;
    if (element >= factorRows * factorCols) {
        return;
    }
    int a = element / factorCols;
    int b = element % factorCols;
    int otherRows = rows / factorRows;
    int otherCols = cols / factorCols;
    long long term = blockIdx.y;
    const float* grad = gradOut + term / s * rows * cols;
    float sum = 0;
    for (long long i = threadIdx.x % 32; i < (long long)otherRows * otherCols; i += 32) {
        int u = (int)(i / otherCols);
        int v = (int)(i % otherCols);
        int p = (u / rowsBehind * factorRows + a) * rowsBehind + u % rowsBehind;
        int q = (v / colsBehind * factorCols + b) * colsBehind + v % colsBehind;
        int at[FACTORS];
        digits(t, p, q, at);
        sum += grad[(long long)p * cols + q] * product(t, term, at, which);
    }
    sum = warpSum(sum);
    if (threadIdx.x % 32 == 0) {
        gradient[term * (factorRows * factorCols) + element] = lambda && which < FACTORS ? lambda[term] * sum : sum;
    }
}

extern "C" __global__ void __launch_bounds__(THREADS) kronecker_materialize_f32(
        const float* f0, const float* f1, const float* f2, const float* f3, int r0, int r1, int r2, int r3, int c0, int c1,
        int c2, int c3, const float* lambda, float* out, int s) {
    materialize({{f0, f1, f2, f3}, {r0, r1, r2, r3}, {c0, c1, c2, c3}}, lambda, out, s);
}

extern "C" __global__ void __launch_bounds__(THREADS) kronecker_gradient_f32(
        const float* f0, const float* f1, const float* f2, const float* f3, int r0, int r1, int r2, int r3, int c0, int c1,
        int c2, int c3, const float* lambda, const float* gradOut, float* grad, int s, int which) {
    gradient(
            {{f0, f1, f2, f3}, {r0, r1, r2, r3}, {c0, c1, c2, c3}}, lambda, gradOut, grad, s, which);
}
