// What is computed number by number: conversions, and activations with their gradients. Numbers are FLOAT or BF16, all that
// is between reading and writing is FLOAT. One thread per number, grid (numbers / THREADS, 1).

#define THREADS 128

typedef unsigned short bf16;

__device__ __forceinline__ float load(const float* x, int i) { return x[i]; }

__device__ __forceinline__ float load(const bf16* x, int i) { return __uint_as_float((unsigned)x[i] << 16); }

__device__ __forceinline__ void store(float* x, int i, float value) { x[i] = value; }

// To the nearest, ties to even; NaN stays NaN.
__device__ __forceinline__ void store(bf16* x, int i, float value) {
    unsigned bits = __float_as_uint(value);
    x[i] = value == value ? (bf16)((bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16) : (bf16)0x7FFF;
}

__device__ __forceinline__ int element() { return blockIdx.x * THREADS + threadIdx.x; }

extern "C" __global__ void __launch_bounds__(THREADS) cast_to_bf16(const float* x, bf16* y, int n) {
    int i = element();
    if (i < n) {
        store(y, i, x[i]);
    }
}

extern "C" __global__ void __launch_bounds__(THREADS) cast_to_f32(const bf16* x, float* y, int n) {
    int i = element();
    if (i < n) {
        y[i] = load(x, i);
    }
}

// y = x * P(x), where P is the distribution of a standard normal number.
template <typename T>
__device__ __forceinline__ void gelu(const T* x, T* y, int n) {
    int i = element();
    if (i < n) {
        float v = load(x, i);
        store(y, i, 0.5f * v * (1 + erff(0.70710678f * v)));
    }
}

// dx = dy * (P(x) + x * p(x)), where p is its density. dx may be dy.
template <typename T>
__device__ __forceinline__ void geluGradient(const T* x, const T* dy, T* dx, int n) {
    int i = element();
    if (i < n) {
        float v = load(x, i);
        float distribution = 0.5f * (1 + erff(0.70710678f * v));
        float density = 0.39894228f * expf(-0.5f * v * v);
        store(dx, i, load(dy, i) * (distribution + v * density));
    }
}

// y = gate * sigmoid(gate) * up
template <typename T>
__device__ __forceinline__ void swiglu(const T* gate, const T* up, T* y, int n) {
    int i = element();
    if (i < n) {
        float g = load(gate, i);
        store(y, i, g / (1 + expf(-g)) * load(up, i));
    }
}

// The gradients of both. dGate may be gate, dUp may be up.
template <typename T>
__device__ __forceinline__ void swigluGradient(const T* gate, const T* up, const T* dy, T* dGate, T* dUp, int n) {
    int i = element();
    if (i < n) {
        float g = load(gate, i);
        float u = load(up, i);
        float d = load(dy, i);
        float sigmoid = 1 / (1 + expf(-g));
        store(dGate, i, d * u * sigmoid * (1 + g * (1 - sigmoid)));
        store(dUp, i, d * g * sigmoid);
    }
}

#define KERNELS(T, NAME)                                                                                       \
    extern "C" __global__ void __launch_bounds__(THREADS) gelu_##NAME(const T* x, T* y, int n) {               \
        gelu(x, y, n);                                                                                         \
    }                                                                                                          \
    extern "C" __global__ void __launch_bounds__(THREADS)                                                      \
            gelu_gradient_##NAME(const T* x, const T* dy, T* dx, int n) {                                      \
        geluGradient(x, dy, dx, n);                                                                            \
    }                                                                                                          \
    extern "C" __global__ void __launch_bounds__(THREADS)                                                      \
            swiglu_##NAME(const T* gate, const T* up, T* y, int n) {                                           \
        swiglu(gate, up, y, n);                                                                                \
    }                                                                                                          \
    extern "C" __global__ void __launch_bounds__(THREADS)                                                      \
            swiglu_gradient_##NAME(const T* gate, const T* up, const T* dy, T* dGate, T* dUp, int n) {         \
        swigluGradient(gate, up, dy, dGate, dUp, n);                                                           \
    }

KERNELS(float, f32)
KERNELS(bf16, bf16)
