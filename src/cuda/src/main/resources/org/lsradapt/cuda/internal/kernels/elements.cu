// What is computed number by number: conversions, sums, dropout, and activations with their gradients. Numbers are FLOAT.
// One thread per number, grid (numbers / THREADS, 1).

#include "numbers.cuh"

__device__ __forceinline__ int element() { return blockIdx.x * THREADS + threadIdx.x; }

// Rows of x are `stride` numbers apart, those of y follow each other.
extern "C" __global__ void __launch_bounds__(THREADS) cast_to_bf16(const float* x, bf16* y, int width, int stride, int n) {
    int i = element();
    if (i < n) {
        store(y, i, x[(long long)(i / width) * stride + i % width]);
    }
}

// sum = a + b; sum may be a or b.
__device__ __forceinline__ void add(const float* a, const float* b, float* sum, int n) {
    int i = element();
    if (i < n) {
        store(sum, i, load(a, i) + load(b, i));
    }
}

// Each row of n numbers in all becomes bias; rows are `stride` numbers apart.
__device__ __forceinline__ void fillRows(const float* bias, float* out, int width, int stride, int n) {
    int i = element();
    if (i < n) {
        store(out, (long long)(i / width) * stride + i % width, bias[i % width]);
    }
}

// y = x * a factor per column; y may be x.
__device__ __forceinline__ void scaleColumns(const float* x, const float* factors, float* y, int width, int n) {
    int i = element();
    if (i < n) {
        store(y, i, load(x, i) * factors[i % width]);
    }
}

// An output of the generator SplitMix64, which the CPU's dropout uses.
__device__ __forceinline__ unsigned long long hash(unsigned long long key, int index) {
    unsigned long long z = key + 0x9E3779B97F4A7C15ull * ((long long)index + 1);
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return z ^ z >> 31;
}

// y = x * scale for what is kept, 0 for what is dropped, with y before where it adds. A row has a sequence's place and its own in
// that. Number (row, column) is dropped where the hash of the layer's key, both places and the column, of 53 bits, is below a
// limit. y may be x if it does not add.
template <typename T>
__device__ __forceinline__ void drop(
        const float* x, const int* places, T* y, unsigned long long key, int width, unsigned long long limit, float scale,
        int adds, int n) {
    int i = element();
    if (i < n) {
        int2 place = *(const int2*)(places + i / width * 2);
        unsigned long long random = hash(hash(hash(key, place.x), place.y), i % width);
        float kept = random >> 11 < limit ? 0 : scale * load(x, i);
        store(y, i, adds ? load(y, i) + kept : kept);
    }
}

enum Activation { GELU, GELU_TANH, QUICK_GELU, SILU, RELU, TANH };

// f(x) and its derivative.
struct Activated {
    float value;
    float slope;
};

__device__ __forceinline__ Activated sigmoidal(float x, float factor) {
    float sigmoid = 1 / (1 + expf(-factor * x));
    return {x * sigmoid, sigmoid * (1 + factor * x * (1 - sigmoid))};
}

__device__ __forceinline__ Activated activated(int kind, float x) {
    switch (kind) {
        case GELU: {
            float distribution = 0.5f * (1 + erff(0.70710678f * x));
            return {x * distribution, distribution + x * 0.39894228f * expf(-0.5f * x * x)};
        }
        case GELU_TANH: {
            float t = tanhf(0.79788456f * (x + 0.044715f * x * x * x));
            float inner = 0.79788456f * (1 + 0.134145f * x * x);
            return {0.5f * x * (1 + t), 0.5f * (1 + t) + 0.5f * x * (1 - t * t) * inner};
        }
        case QUICK_GELU:
            return sigmoidal(x, 1.702f);
        case SILU:
            return sigmoidal(x, 1);
        case RELU:
            return {fmaxf(x, 0), x > 0 ? 1.0f : 0.0f};
        default: {
            float t = tanhf(x);
            return {t, 1 - t * t};
        }
    }
}

// y = f(x)
template <typename T>
__device__ __forceinline__ void activate(int kind, const float* x, T* y, int n) {
    int i = element();
    if (i < n) {
        store(y, i, activated(kind, load(x, i)).value);
    }
}

// dx = dy * f'(x); dx may be dy.
template <typename T>
__device__ __forceinline__ void activationGradient(int kind, const float* x, const float* dy, T* dx, int n) {
    int i = element();
    if (i < n) {
        store(dx, i, load(dy, i) * activated(kind, load(x, i)).slope);
    }
}

// y = f(gate) * up; a row of x is gate, then up.
template <typename T>
__device__ __forceinline__ void gated(int kind, const float* x, T* y, int width, int n) {
    int i = element();
    if (i < n) {
        long long at = (long long)(i / width) * 2 * width + i % width;
        store(y, i, activated(kind, load(x, at)).value * load(x, at + width));
    }
}

// The gradients of both, in rows like those of x; dx may be x.
template <typename T>
__device__ __forceinline__ void gatedGradient(int kind, const float* x, const float* dy, T* dx, int width, int n) {
    int i = element();
    if (i < n) {
        long long at = (long long)(i / width) * 2 * width + i % width;
        Activated gate = activated(kind, load(x, at));
        float up = load(x, at + width);
        float d = load(dy, i);
        store(dx, at, d * up * gate.slope);
        store(dx, at + width, d * gate.value);
    }
}

extern "C" __global__ void __launch_bounds__(THREADS) add_f32(const float* a, const float* b, float* sum, int n) {
    add(a, b, sum, n);
}

extern "C" __global__ void __launch_bounds__(THREADS)
        fill_rows_f32(const float* bias, float* out, int width, int stride, int n) {
    fillRows(bias, out, width, stride, n);
}

extern "C" __global__ void __launch_bounds__(THREADS)
        scale_columns_f32(const float* x, const float* factors, float* y, int width, int n) {
    scaleColumns(x, factors, y, width, n);
}

// What only products read is rounded here.
#define KERNELS(T, NAME)                                                                                \
    extern "C" __global__ void __launch_bounds__(THREADS) drop_##NAME(                                  \
            const float* x, const int* places, T* y, unsigned long long key, int width,                 \
            unsigned long long limit, float scale, int adds, int n) {                                   \
        drop(x, places, y, key, width, limit, scale, adds, n);                                          \
    }                                                                                                   \
    extern "C" __global__ void __launch_bounds__(THREADS)                                               \
            activate_##NAME(int kind, const float* x, T* y, int n) {                                    \
        activate(kind, x, y, n);                                                                        \
    }                                                                                                   \
    extern "C" __global__ void __launch_bounds__(THREADS)                                               \
            activation_gradient_##NAME(int kind, const float* x, const float* dy, T* dx, int n) {       \
        activationGradient(kind, x, dy, dx, n);                                                         \
    }                                                                                                   \
    extern "C" __global__ void __launch_bounds__(THREADS)                                               \
            gated_##NAME(int kind, const float* x, T* y, int width, int n) {                            \
        gated(kind, x, y, width, n);                                                                    \
    }                                                                                                   \
    extern "C" __global__ void __launch_bounds__(THREADS)                                               \
            gated_gradient_##NAME(int kind, const float* x, const float* dy, T* dx, int width, int n) { \
        gatedGradient(kind, x, dy, dx, width, n);                                                       \
    }

KERNELS(float, f32)
KERNELS(bf16, bf16)
