// Rotary positions, and attention with its gradients, for sequences that lie one after another without padding. The keys
// that a query sees follow each other, and so do the queries that see a key; the host says which. Heads of a row lie side
// by side. Numbers are FLOAT or BF16, all that is between reading and writing is FLOAT.
//
// Plain: each number of K and V is read again for each query. Scores are never written; the backward pass computes them
// again from the logarithm of each query's sum.

#include "numbers.cuh"

// Numbers of a head, at most.
#define SIZE 256

// Below every score.
#define NONE -1e30f

// Where heads lie: those of query row i begin at q + i * queryStride, those of a key at k + i * keyStride, and those of what
// comes out at out + i * heads * size. A key head is read by `group` query heads.
struct Heads {
    int heads;
    int group;
    int size;
    int queryStride;
    int keyStride;
};

// What makes a score of a product: scale, what the distance adds for each head (or null), and a cap (or 0).
struct Scores {
    float scale;
    float cap;
    const float* bias;
    int centre;
};

__device__ __forceinline__ float score(const Scores& scores, float product, int head, int query, int key) {
    float score = product * scores.scale;
    if (scores.bias) {
        score += scores.bias[head * (2 * scores.centre + 1) + scores.centre + query - key];
    }
    return scores.cap > 0 ? scores.cap * tanhf(score / scores.cap) : score;
}

// The derivative of a score by the scaled product.
__device__ __forceinline__ float slope(const Scores& scores, float score) {
    float part = scores.cap > 0 ? score / scores.cap : 0;
    return 1 - part * part;
}

template <typename T>
__device__ __forceinline__ float dot(const float* a, const T* b, long long at, int size) {
    float sum = 0;
    for (int d = 0; d < size; d++) {
        sum += a[d] * load(b, at + d);
    }
    return sum;
}

// One head's numbers of a row into shared memory.
template <typename T>
__device__ __forceinline__ void copy(const T* x, long long at, float* to, int size) {
    for (int d = threadIdx.x; d < size; d += THREADS) {
        to[d] = load(x, at + d);
    }
}

// Numbers i and i + half of each head turn by an angle; its cosine and sine are in row positions[row] of two tables. sign is
// -1 for the gradient. One thread per pair, grid (rows * heads * half / THREADS, 1).
template <typename T>
__device__ __forceinline__ void rotate(
        T* x, const int* positions, const float* cosines, const float* sines, int stride, int heads, int size, int half,
        float sign, int n) {
    int index = blockIdx.x * THREADS + threadIdx.x;
    if (index >= n) {
        return;
    }
    int i = index % half;
    int head = index / half % heads;
    int row = index / half / heads;
    long long at = (long long)row * stride + head * size + i;
    long long angle = (long long)positions[row] * half + i;
    float cosine = cosines[angle];
    float sine = sign * sines[angle];
    float first = load(x, at);
    float second = load(x, at + half);
    store(x, at, first * cosine - second * sine);
    store(x, at + half, second * cosine + first * sine);
}

// out = softmax(scores) * v. Query row i sees the key rows from seen[2 * i] to before seen[2 * i + 1], at least one. logs is
// log(sum(exp(scores))) of each row and head. One block per row and head, grid (rows, heads).
template <typename T>
__device__ __forceinline__ void attention(
        const T* q, const T* k, const T* v, const int* seen, T* out, float* logs, const Heads& h, const Scores& scores) {
    __shared__ float query[SIZE];
    __shared__ float weights[THREADS];
    __shared__ float partial[WARPS];
    int row = blockIdx.x;
    int head = blockIdx.y;
    int column = head / h.group * h.size;
    copy(q, (long long)row * h.queryStride + head * h.size, query, h.size);
    __syncthreads();
    float most = NONE;
    float sum = 0;
    float first = 0;
    float second = 0;
    int end = seen[2 * row + 1];
    for (int begin = seen[2 * row]; begin < end; begin += THREADS) {
        int key = begin + threadIdx.x;
        float s = NONE;
        if (key < end) {
            s = score(scores, dot(query, k, (long long)key * h.keyStride + column, h.size), head, row, key);
        }
        float larger = fmaxf(most, blockMax(s, partial));
        float weight = key < end ? expf(s - larger) : 0;
        float kept = expf(most - larger);
        weights[threadIdx.x] = weight;
        sum = sum * kept + blockSum(weight, partial);
        first *= kept;
        second *= kept;
        int count = min(THREADS, end - begin);
        for (int i = 0; i < count; i++) {
            long long at = (long long)(begin + i) * h.keyStride + column;
            if (threadIdx.x < h.size) {
                first += weights[i] * load(v, at + threadIdx.x);
            }
            if (threadIdx.x + THREADS < h.size) {
                second += weights[i] * load(v, at + threadIdx.x + THREADS);
            }
        }
        most = larger;
    }
    long long at = ((long long)row * h.heads + head) * h.size;
    if (threadIdx.x < h.size) {
        store(out, at + threadIdx.x, first / sum);
    }
    if (threadIdx.x + THREADS < h.size) {
        store(out, at + threadIdx.x + THREADS, second / sum);
    }
    if (threadIdx.x == 0) {
        logs[row * h.heads + head] = most + logf(sum);
    }
}

// dq, and sums[row, head] = dOut * out, which the gradients of keys read. One block per row and head, grid (rows, heads).
template <typename T>
__device__ __forceinline__ void queryGradient(
        const T* q, const T* k, const T* v, const int* seen, const T* out, const float* logs, const T* dOut, float* sums,
        T* dq, const Heads& h, const Scores& scores) {
    __shared__ float query[SIZE];
    __shared__ float gradient[SIZE];
    __shared__ float weights[THREADS];
    __shared__ float partial[WARPS];
    int row = blockIdx.x;
    int head = blockIdx.y;
    int column = head / h.group * h.size;
    long long begin = (long long)row * h.queryStride + head * h.size;
    long long at = ((long long)row * h.heads + head) * h.size;
    copy(q, begin, query, h.size);
    copy(dOut, at, gradient, h.size);
    float product = 0;
    for (int d = threadIdx.x; d < h.size; d += THREADS) {
        product += gradient[d] * load(out, at + d);
    }
    // No thread passes before all have copied.
    product = blockSum(product, partial);
    float log = logs[row * h.heads + head];
    float first = 0;
    float second = 0;
    int end = seen[2 * row + 1];
    for (int from = seen[2 * row]; from < end; from += THREADS) {
        int key = from + threadIdx.x;
        float weight = 0;
        if (key < end) {
            long long there = (long long)key * h.keyStride + column;
            float s = score(scores, dot(query, k, there, h.size), head, row, key);
            weight = expf(s - log) * (dot(gradient, v, there, h.size) - product) * slope(scores, s) * scores.scale;
        }
        __syncthreads();
        weights[threadIdx.x] = weight;
        __syncthreads();
        int count = min(THREADS, end - from);
        for (int i = 0; i < count; i++) {
            long long there = (long long)(from + i) * h.keyStride + column;
            if (threadIdx.x < h.size) {
                first += weights[i] * load(k, there + threadIdx.x);
            }
            if (threadIdx.x + THREADS < h.size) {
                second += weights[i] * load(k, there + threadIdx.x + THREADS);
            }
        }
    }
    if (threadIdx.x < h.size) {
        store(dq, begin + threadIdx.x, first);
    }
    if (threadIdx.x + THREADS < h.size) {
        store(dq, begin + threadIdx.x + THREADS, second);
    }
    if (threadIdx.x == 0) {
        sums[row * h.heads + head] = product;
    }
}

// dk and dv. Key row j is seen by the query rows from seers[2 * j] to before seers[2 * j + 1]. One block per row and key
// head, grid (rows, heads / group).
template <typename T>
__device__ __forceinline__ void keyGradient(
        const T* q, const T* k, const T* v, const int* seers, const float* logs, const T* dOut, const float* sums, T* dk,
        T* dv, const Heads& h, const Scores& scores) {
    __shared__ float key[SIZE];
    __shared__ float value[SIZE];
    __shared__ float weights[THREADS];
    __shared__ float slopes[THREADS];
    int row = blockIdx.x;
    long long begin = (long long)row * h.keyStride + blockIdx.y * h.size;
    copy(k, begin, key, h.size);
    copy(v, begin, value, h.size);
    float firstKey = 0;
    float secondKey = 0;
    float firstValue = 0;
    float secondValue = 0;
    int end = seers[2 * row + 1];
    for (int head = blockIdx.y * h.group; head < (blockIdx.y + 1) * h.group; head++) {
        for (int from = seers[2 * row]; from < end; from += THREADS) {
            __syncthreads();
            int query = from + threadIdx.x;
            float weight = 0;
            float weightOfKey = 0;
            if (query < end) {
                float product = dot(key, q, (long long)query * h.queryStride + head * h.size, h.size);
                float s = score(scores, product, head, query, row);
                int at = query * h.heads + head;
                weight = expf(s - logs[at]);
                weightOfKey = weight * (dot(value, dOut, (long long)at * h.size, h.size) - sums[at])
                        * slope(scores, s) * scores.scale;
            }
            weights[threadIdx.x] = weight;
            slopes[threadIdx.x] = weightOfKey;
            __syncthreads();
            int count = min(THREADS, end - from);
            for (int i = 0; i < count; i++) {
                long long there = (long long)(from + i) * h.queryStride + head * h.size;
                long long grad = ((long long)(from + i) * h.heads + head) * h.size;
                if (threadIdx.x < h.size) {
                    firstKey += slopes[i] * load(q, there + threadIdx.x);
                    firstValue += weights[i] * load(dOut, grad + threadIdx.x);
                }
                if (threadIdx.x + THREADS < h.size) {
                    secondKey += slopes[i] * load(q, there + threadIdx.x + THREADS);
                    secondValue += weights[i] * load(dOut, grad + threadIdx.x + THREADS);
                }
            }
        }
    }
    if (threadIdx.x < h.size) {
        store(dk, begin + threadIdx.x, firstKey);
        store(dv, begin + threadIdx.x, firstValue);
    }
    if (threadIdx.x + THREADS < h.size) {
        store(dk, begin + threadIdx.x + THREADS, secondKey);
        store(dv, begin + threadIdx.x + THREADS, secondValue);
    }
}

#define KERNELS(T, NAME)                                                                                              \
    extern "C" __global__ void __launch_bounds__(THREADS) rotate_##NAME(                                              \
            T* x, const int* positions, const float* cosines, const float* sines, int stride, int heads, int size,    \
            int half, float sign, int n) {                                                                            \
        rotate(x, positions, cosines, sines, stride, heads, size, half, sign, n);                                     \
    }                                                                                                                 \
    extern "C" __global__ void __launch_bounds__(THREADS) attention_##NAME(                                           \
            const T* q, const T* k, const T* v, const int* seen, T* out, float* logs, int heads, int group, int size, \
            int queryStride, int keyStride, float scale, float cap, const float* bias, int centre) {                  \
        attention(                                                                                                    \
                q, k, v, seen, out, logs, {heads, group, size, queryStride, keyStride}, {scale, cap, bias, centre});  \
    }                                                                                                                 \
    extern "C" __global__ void __launch_bounds__(THREADS) attention_query_gradient_##NAME(                            \
            const T* q, const T* k, const T* v, const int* seen, const T* out, const float* logs, const T* dOut,      \
            float* sums, T* dq, int heads, int group, int size, int queryStride, int keyStride, float scale,          \
            float cap, const float* bias, int centre) {                                                               \
        queryGradient(                                                                                                \
                q, k, v, seen, out, logs, dOut, sums, dq, {heads, group, size, queryStride, keyStride},               \
                {scale, cap, bias, centre});                                                                          \
    }                                                                                                                 \
    extern "C" __global__ void __launch_bounds__(THREADS) attention_key_gradient_##NAME(                              \
            const T* q, const T* k, const T* v, const int* seers, const float* logs, const T* dOut,                   \
            const float* sums, T* dk, T* dv, int heads, int group, int size, int queryStride, int keyStride,          \
            float scale, float cap, const float* bias, int centre) {                                                  \
        keyGradient(                                                                                                  \
                q, k, v, seers, logs, dOut, sums, dk, dv, {heads, group, size, queryStride, keyStride},               \
                {scale, cap, bias, centre});                                                                          \
    }

KERNELS(float, f32)
KERNELS(bf16, bf16)
