// Rotary positions, and attention with its gradients, for sequences that lie one after another without padding. The keys
// that a query sees follow each other, and so do the queries that see a key; the host says which. Heads of a row lie side
// by side. Numbers are FLOAT.
//
// Plain: K and V are read again for each query. A warp multiplies rows of 32 keys, one after another, with neighbouring lanes at
// neighbouring numbers. Scores are never written; the backward pass computes them again from the logarithm of each query's sum.

#include "numbers.cuh"
#include "scores.cuh"

// Numbers of a head, at most.
#define SIZE 256

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

// Relative embeddings of disentangled attention (DeBERTa), or null: what a query is multiplied by for each distance as it is by a
// key, and a key as by a query. Heads lie as in queries; distance 0 has row `centre` of Scores, and rows are `stride` numbers
// apart.
struct Relative {
    const float* keys;
    const float* queries;
    int stride;
};

// Where the numbers of a distance for a head begin.
__device__ __forceinline__ long long ofDistance(
        const Relative& relative, const Scores& scores, const Heads& h, int head, int query, int key) {
    return (long long)(scores.centre + query - key) * relative.stride + head * h.size;
}

// A number for each lane that asks for one: the sum of what all lanes give for it.
template <typename F>
__device__ __forceinline__ float ofLanes(bool asks, F given) {
    float own = 0;
#pragma unroll 1
    for (unsigned asking = __ballot_sync(0xffffffff, asks); asking != 0; asking &= asking - 1) {
        int lane = 31 - __clz(asking & -asking);
        float sum = warpSum(given(lane));
        own = threadIdx.x % 32 == lane ? sum : own;
    }
    return own;
}

// This lane's part of a product of two heads.
__device__ __forceinline__ float dot(const float* a, const float* b, int size) {
    float sum = 0;
#pragma unroll 1
    for (int d = threadIdx.x % 32; d < size; d += 32) {
        sum += a[d] * b[d];
    }
    return sum;
}

// Of a query and a key, with what their distance adds; `far` is where its numbers begin.
__device__ __forceinline__ float dot(const float* q, const float* k, const Relative& relative, long long far, int size) {
    float sum = dot(q, k, size);
    sum += relative.keys ? dot(q, relative.keys + far, size) : 0;
    return relative.queries ? sum + dot(k, relative.queries + far, size) : sum;
}

// One head's numbers of a row into shared memory.
__device__ __forceinline__ void copy(const float* x, long long at, float* to, int size) {
#pragma unroll 1
    for (int d = threadIdx.x; d < size; d += THREADS) {
        to[d] = load(x, at + d);
    }
}

// Numbers i and i + half of each head turn by an angle; its cosine and sine are in row positions[row] of two tables. sign is
// -1 for the gradient. One thread per pair, grid (rows * heads * half / THREADS, 1).
__device__ __forceinline__ void rotate(
        float* x, const int* positions, const float* cosines, const float* sines, int stride, int heads, int size, int half,
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
__device__ __forceinline__ void attention(
        const float* q, const float* k, const float* v, const int* seen, float* out, float* logs, const Heads& h, const Scores& scores,
        const Relative& relative) {
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
        int ofWarp = key - threadIdx.x % 32;
        float product = ofLanes(key < end, [&](int lane) {
            long long far = ofDistance(relative, scores, h, head, row, ofWarp + lane);
            return dot(query, k + (long long)(ofWarp + lane) * h.keyStride + column, relative, far, h.size);
        });
        float s = key < end ? score(scores, product, head, row, key) : NONE;
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
__device__ __forceinline__ void queryGradient(
        const float* q, const float* k, const float* v, const int* seen, const float* out, const float* logs, const float* dOut, float* sums,
        float* dq, const Heads& h, const Scores& scores, const Relative& relative) {
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
#pragma unroll 1
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
        int ofWarp = key - threadIdx.x % 32;
        float both = ofLanes(key < end, [&](int lane) {
            long long far = ofDistance(relative, scores, h, head, row, ofWarp + lane);
            return dot(query, k + (long long)(ofWarp + lane) * h.keyStride + column, relative, far, h.size);
        });
        float given = ofLanes(key < end, [&](int lane) {
            return dot(gradient, v + (long long)(ofWarp + lane) * h.keyStride + column, h.size);
        });
        float weight = 0;
        if (key < end) {
            float s = score(scores, both, head, row, key);
            weight = expf(s - log) * (given - product) * slope(scores, s) * scores.scale;
        }
        __syncthreads();
        weights[threadIdx.x] = weight;
        __syncthreads();
        int count = min(THREADS, end - from);
        for (int i = 0; i < count; i++) {
            long long there = (long long)(from + i) * h.keyStride + column;
            long long far = ofDistance(relative, scores, h, head, row, from + i);
#pragma unroll 1
            for (int d = threadIdx.x; d < h.size; d += THREADS) {
                float sum = load(k, there + d) + (relative.keys ? load(relative.keys, far + d) : 0);
                (d < THREADS ? first : second) += weights[i] * sum;
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
__device__ __forceinline__ void keyGradient(
        const float* q, const float* k, const float* v, const int* seers, const float* logs, const float* dOut, const float* sums, float* dk,
        float* dv, const Heads& h, const Scores& scores, const Relative& relative) {
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
            int ofWarp = query - threadIdx.x % 32;
            float product = ofLanes(query < end, [&](int lane) {
                long long far = ofDistance(relative, scores, h, head, ofWarp + lane, row);
                return dot(q + (long long)(ofWarp + lane) * h.queryStride + head * h.size, key, relative, far, h.size);
            });
            float given = ofLanes(query < end, [&](int lane) {
                return dot(value, dOut + ((long long)(ofWarp + lane) * h.heads + head) * h.size, h.size);
            });
            float weight = 0;
            float weightOfKey = 0;
            if (query < end) {
                float s = score(scores, product, head, query, row);
                int at = query * h.heads + head;
                weight = expf(s - logs[at]);
                weightOfKey = weight * (given - sums[at]) * slope(scores, s) * scores.scale;
            }
            weights[threadIdx.x] = weight;
            slopes[threadIdx.x] = weightOfKey;
            __syncthreads();
            int count = min(THREADS, end - from);
            for (int i = 0; i < count; i++) {
                long long there = (long long)(from + i) * h.queryStride + head * h.size;
                long long grad = ((long long)(from + i) * h.heads + head) * h.size;
                long long far = ofDistance(relative, scores, h, head, from + i, row);
#pragma unroll 1
                for (int d = threadIdx.x; d < h.size; d += THREADS) {
                    float sum = load(q, there + d) + (relative.queries ? load(relative.queries, far + d) : 0);
                    (d < THREADS ? firstKey : secondKey) += slopes[i] * sum;
                    (d < THREADS ? firstValue : secondValue) += weights[i] * load(dOut, grad + d);
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

// The gradients of the relative embeddings, in rows like theirs, or null for one that is not wanted. One block per distance and
// head, grid (2 * centre + 1, heads); each looks for its distance among all query rows.
__device__ __forceinline__ void relativeGradient(
        const float* q, const float* k, const float* v, const int* seen, const float* logs, const float* dOut, const float* sums, float* dKeys,
        float* dQueries, int rows, const Heads& h, const Scores& scores, const Relative& relative) {
    __shared__ float weights[THREADS];
    int head = blockIdx.y;
    int distance = (int)blockIdx.x - scores.centre;
    int column = head / h.group * h.size;
    long long far = (long long)blockIdx.x * relative.stride + head * h.size;
    float firstKey = 0;
    float secondKey = 0;
    float firstQuery = 0;
    float secondQuery = 0;
    for (int from = 0; from < rows; from += THREADS) {
        __syncthreads();
        int query = from + threadIdx.x;
        int key = query - distance;
        int ofWarp = query - threadIdx.x % 32;
        bool is = query < rows && key >= seen[2 * query] && key < seen[2 * query + 1];
        float product = ofLanes(is, [&](int lane) {
            const float* here = q + (long long)(ofWarp + lane) * h.queryStride + head * h.size;
            const float* there = k + (long long)(ofWarp + lane - distance) * h.keyStride + column;
            return dot(here, there, relative, far, h.size);
        });
        float given = ofLanes(is, [&](int lane) {
            const float* there = v + (long long)(ofWarp + lane - distance) * h.keyStride + column;
            return dot(there, dOut + ((long long)(ofWarp + lane) * h.heads + head) * h.size, h.size);
        });
        float weight = 0;
        if (is) {
            int at = query * h.heads + head;
            float s = score(scores, product, head, query, key);
            weight = expf(s - logs[at]) * (given - sums[at]) * slope(scores, s) * scores.scale;
        }
        weights[threadIdx.x] = weight;
        __syncthreads();
        int count = min(THREADS, rows - from);
        for (int i = 0; i < count; i++) {
            // As it is where there is no key at this distance.
            if (weights[i] != 0) {
                long long here = (long long)(from + i) * h.queryStride + head * h.size;
                long long there = (long long)(from + i - distance) * h.keyStride + column;
#pragma unroll 1
                for (int d = threadIdx.x; d < h.size; d += THREADS) {
                    (d < THREADS ? firstKey : secondKey) += weights[i] * load(q, here + d);
                    (d < THREADS ? firstQuery : secondQuery) += weights[i] * load(k, there + d);
                }
            }
        }
    }
#pragma unroll 1
    for (int d = threadIdx.x; d < h.size; d += THREADS) {
        if (dKeys) {
            store(dKeys, far + d, d < THREADS ? firstKey : secondKey);
        }
        if (dQueries) {
            store(dQueries, far + d, d < THREADS ? firstQuery : secondQuery);
        }
    }
}

extern "C" __global__ void __launch_bounds__(THREADS) rotate_f32(
        float* x, const int* positions, const float* cosines, const float* sines, int stride, int heads, int size,
        int half, float sign, int n) {
    rotate(x, positions, cosines, sines, stride, heads, size, half, sign, n);
}

extern "C" __global__ void __launch_bounds__(THREADS) attention_f32(
        const float* q, const float* k, const float* v, const int* seen, float* out, float* logs, int heads, int group, int size,
        int queryStride, int keyStride, float scale, float cap, const float* bias, int centre,
        const float* relativeKeys, const float* relativeQueries, int relativeStride) {
    attention(
            q, k, v, seen, out, logs, {heads, group, size, queryStride, keyStride}, {scale, cap, bias, centre},
            {relativeKeys, relativeQueries, relativeStride});
}

extern "C" __global__ void __launch_bounds__(THREADS) attention_query_gradient_f32(
        const float* q, const float* k, const float* v, const int* seen, const float* out, const float* logs, const float* dOut,
        float* sums, float* dq, int heads, int group, int size, int queryStride, int keyStride, float scale,
        float cap, const float* bias, int centre, const float* relativeKeys, const float* relativeQueries,
        int relativeStride) {
    queryGradient(
            q, k, v, seen, out, logs, dOut, sums, dq, {heads, group, size, queryStride, keyStride},
            {scale, cap, bias, centre}, {relativeKeys, relativeQueries, relativeStride});
}

extern "C" __global__ void __launch_bounds__(THREADS) attention_key_gradient_f32(
        const float* q, const float* k, const float* v, const int* seers, const float* logs, const float* dOut,
        const float* sums, float* dk, float* dv, int heads, int group, int size, int queryStride, int keyStride,
        float scale, float cap, const float* bias, int centre, const float* relativeKeys, const float* relativeQueries,
        int relativeStride) {
    keyGradient(
            q, k, v, seers, logs, dOut, sums, dk, dv, {heads, group, size, queryStride, keyStride},
            {scale, cap, bias, centre}, {relativeKeys, relativeQueries, relativeStride});
}

extern "C" __global__ void __launch_bounds__(THREADS) attention_relative_gradient_f32(
        const float* q, const float* k, const float* v, const int* seen, const float* logs, const float* dOut,
        const float* sums, float* dKeys, float* dQueries, int rows, int heads, int group, int size, int queryStride,
        int keyStride, float scale, float cap, const float* bias, int centre, const float* relativeKeys,
        const float* relativeQueries, int relativeStride) {
    relativeGradient(
            q, k, v, seen, logs, dOut, sums, dKeys, dQueries, rows, {heads, group, size, queryStride, keyStride},
            {scale, cap, bias, centre}, {relativeKeys, relativeQueries, relativeStride});
}
