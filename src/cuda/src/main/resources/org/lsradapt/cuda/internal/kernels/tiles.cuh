// Attention and its gradients by tiles. Numbers in memory are FLOAT; the factors of products are what a type of tiles makes of
// them, and everything else, sums included, is FLOAT. Operands are those of attention.cu, without relative embeddings.
//
// A block has 64 rows, 16 for each warp, and reads the rows that they see in tiles, which lie in shared memory and serve all
// 64: queries read tiles of keys and values; keys, for their gradients, tiles of queries. Scores are never written.
//
// Sizes and strides are multiples of 4 and addresses of 16 bytes. No row may begin or end to see before the row before it
// does. What sees a row with a number that is not finite becomes NaN, and nothing else does: tiles have 0 instead.
//
// A type of tiles is a struct with
//   Number     what tiles consist of
//   Pair       two neighbouring numbers of a lane's own rows
//   Four       four neighbouring numbers of a tile
//   EXACT      whether exponentials and tangents are those of FLOAT
//   compare    sum[16, 16] = rows * tile^T for 16 rows of each
//   collect    sum[16, M] += weights[16, 16] * tile, for M columns of 16 rows of a tile of heads of D numbers
// Lanes hold products as matrix instructions leave them: lane l has the sums of rows l / 4 (the first two) and l / 4 + 8, in
// columns l % 4 * 2 and the next, and again 8 columns on.

#include "numbers.cuh"
#include "scores.cuh"

// Rows of a warp, and rows of a tile that it takes at a time.
#define STEP 16

// Rows of a block.
#define ROWS (STEP * WARPS)

// Distance between the rows of a tile. 16 bytes more than they have, so that rows begin in different banks of shared memory.
template <typename T, int D>
constexpr int PITCH = D + 16 / sizeof(typename T::Number);

// Parts of the columns of keys' gradients, each for another block, for what does not fit into a thread's registers.
template <typename T, int D>
constexpr int PARTS = D * sizeof(typename T::Number) > 256 ? 2 : 1;

// Rows of a tile. Two tiles fit into the 48 KiB that every launch may use.
template <typename T, int D>
constexpr int TILE = ROWS / PARTS<T, D>;

template <int N>
__device__ __forceinline__ void clear(float (&sum)[N][4]) {
#pragma unroll
    for (int i = 0; i < 4 * N; i++) {
        sum[i / 4][i % 4] = 0;
    }
}

template <typename T>
__device__ __forceinline__ float exponential(float x) {
    return T::EXACT ? expf(x) : __expf(x);
}

template <typename T>
__device__ __forceinline__ float tangent(float x) {
    if (T::EXACT) {
        return tanhf(x);
    }
    float y;
    asm("tanh.approx.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

// Four numbers of a head, 0 where there is none.
__device__ __forceinline__ float4 four(const float* x, bool is) {
    return is ? *(const float4*)x : make_float4(0, 0, 0, 0);
}

// A head's numbers in rows from `first` to before `end` of x and y into two tiles, 0 elsewhere. poison becomes NaN for a row
// with a number that is not finite in either, and 0 for others; tiles have 0 for such numbers.
template <typename T, int D>
__device__ __forceinline__ void fill(
        typename T::Number* tileX, const float* x, int strideX, typename T::Number* tileY, const float* y, int strideY,
        float* poison, int size, int first, int end) {
    typedef typename T::Four Four;
    const int lanes = D / 4;
    const int rows = THREADS / lanes;
    int row = threadIdx.x / lanes;
    int d = threadIdx.x % lanes * 4;
    x += (long long)(first + row) * strideX + d;
    y += (long long)(first + row) * strideY + d;
#pragma unroll 4
    for (int i = 0; i < TILE<T, D>; i += rows) {
        bool is = first + row + i < end && d < size;
        Four a = T::rounded(four(x + (long long)i * strideX, is));
        Four b = T::rounded(four(y + (long long)i * strideY, is));
        bool broken = T::infinite(a) | T::infinite(b);
        a = broken ? Four() : a;
        b = broken ? Four() : b;
        unsigned ofRow = __ballot_sync(0xffffffff, broken) >> (threadIdx.x % 32 / lanes * lanes);
        if (d == 0) {
            poison[row + i] = ofRow & (0xffffffffu >> (32 - lanes)) ? __uint_as_float(0x7FFFFFFFu) : 0;
        }
        *(Four*)(tileX + (row + i) * PITCH<T, D> + d) = a;
        *(Four*)(tileY + (row + i) * PITCH<T, D> + d) = b;
    }
}

// The rows of a warp: this lane's two, `row` and `row + 8`, and what each sees; `rows` is the end of all rows. Together they
// see from `begin` to before `end`.
struct Rows {
    int row;
    int rows;
    int from[2];
    int to[2];
    int begin;
    int end;
};

// Of a block whose rows begin at `begin`.
__device__ __forceinline__ Rows rowsOfWarp(const int* seen, int rows, int begin) {
    int first = begin + threadIdx.x / 32 * STEP;
    Rows r = {first + (int)(threadIdx.x % 32 / 4), rows, {0, 0}, {0, 0}, 0, 0};
#pragma unroll
    for (int i = 0; i < 2; i++) {
        if (r.row + 8 * i < rows) {
            int2 range = *(const int2*)(seen + 2 * (r.row + 8 * i));
            r.from[i] = range.x;
            r.to[i] = range.y;
        }
    }
    if (first < rows) {
        r.begin = seen[2 * first];
        r.end = seen[2 * min(rows, first + STEP) - 1];
    }
    return r;
}

// Whether a row of the warp sees one of the STEP rows from `at` on.
__device__ __forceinline__ bool reaches(const Rows& r, int at) { return at < r.end && at + STEP > r.begin; }

// The column of a lane's number i of 8 in a product of 16 columns.
__device__ __forceinline__ int columnOf(int i) { return i / 4 * 8 + threadIdx.x % 4 * 2 + i % 2; }

// Whether the row of number i sees a row.
__device__ __forceinline__ bool sees(const Rows& r, int i, int other) {
    return other >= r.from[i / 2 % 2] && other < r.to[i / 2 % 2];
}

// Products become scores, those of pairs that see each other. Rows of the warp are queries, or keys where `sign` is -1.
// poison is of the 16 rows from `at` on.
template <typename T>
__device__ __forceinline__ void toScores(
        float (&s)[2][4], const Scores& scores, const float* poison, int head, int sign, const Rows& r, int at) {
#pragma unroll
    for (int i = 0; i < 8; i++) {
        s[i / 4][i % 4] = s[i / 4][i % 4] * scores.scale + poison[columnOf(i)];
    }
    if (scores.bias) {
        const float* bias = scores.bias + head * (2 * scores.centre + 1) + scores.centre;
#pragma unroll
        for (int i = 0; i < 8; i++) {
            int other = at + columnOf(i);
            if (sees(r, i, other)) {
                s[i / 4][i % 4] += bias[sign * (r.row + i / 2 % 2 * 8 - other)];
            }
        }
    }
    if (scores.cap > 0) {
        float inverse = 1 / scores.cap;
#pragma unroll
        for (int i = 0; i < 8; i++) {
            s[i / 4][i % 4] = scores.cap * tangent<T>(s[i / 4][i % 4] * inverse);
        }
    }
}

// The largest number of the four lanes that share rows.
__device__ __forceinline__ float quadMax(float x) {
    x = fmaxf(x, __shfl_xor_sync(0xffffffff, x, 1));
    return fmaxf(x, __shfl_xor_sync(0xffffffff, x, 2));
}

// Their sum.
__device__ __forceinline__ float quadSum(float x) {
    x += __shfl_xor_sync(0xffffffff, x, 1);
    return x + __shfl_xor_sync(0xffffffff, x, 2);
}

// A head's numbers of the warp's rows as left factors, 0 where there is none: those of row l / 4 and of row l / 4 + 8 by turns.
template <typename T, int D>
__device__ __forceinline__ void factors(
        typename T::Pair (&a)[D / 4], const float* x, int stride, int size, const Rows& r) {
#pragma unroll
    for (int i = 0; i < D / 4; i++) {
        int row = r.row + i % 2 * 8;
        int d = i / 2 * 8 + threadIdx.x % 4 * 2;
        float2 two = make_float2(0, 0);
        if (row < r.rows && d < size) {
            two = *(const float2*)(x + (long long)row * stride + d);
        }
        a[i] = T::pair(two);
    }
}

// Sums of the warp's rows to memory, times a factor for each row.
template <int D>
__device__ __forceinline__ void put(
        const float (&sum)[D / 8][4], float* x, int stride, int size, const Rows& r, float first, float second) {
#pragma unroll
    for (int i = 0; i < D / 4; i++) {
        int row = r.row + i % 2 * 8;
        int d = i / 2 * 8 + threadIdx.x % 4 * 2;
        float factor = i % 2 ? second : first;
        if (row < r.rows && d < size) {
            *(float2*)(x + (long long)row * stride + d) =
                    make_float2(sum[i / 2][i % 2 * 2] * factor, sum[i / 2][i % 2 * 2 + 1] * factor);
        }
    }
}

// out = softmax(scores) * v, and logs = log(sum(exp(scores))). A block for 64 queries and a head, grid (rows / 64, heads).
template <typename T, int D>
__device__ __forceinline__ void attention(
        const float* q, const float* k, const float* v, const int* seen, float* out, float* logs, int rows,
        const Heads& h, const Scores& scores) {
    // Rows of a tile whose scores a thread has at once.
    const int scored = T::EXACT ? STEP : TILE<T, D>;
    __shared__ __align__(16) typename T::Number keys[TILE<T, D> * PITCH<T, D>];
    __shared__ __align__(16) typename T::Number values[TILE<T, D> * PITCH<T, D>];
    __shared__ __align__(8) float poison[TILE<T, D>];
    int head = blockIdx.y;
    int column = head / h.group * h.size;
    int first = blockIdx.x * ROWS;
    Rows r = rowsOfWarp(seen, rows, first);
    typename T::Pair queries[D / 4];
    factors<T, D>(queries, q + head * h.size, h.queryStride, h.size, r);
    float sum[D / 8][4];
    clear(sum);
    float most[2] = {NONE, NONE};
    float weight[2] = {0, 0};
    int end = seen[2 * min(rows, first + ROWS) - 1];
    for (int from = seen[2 * first]; from < end; from += TILE<T, D>) {
        __syncthreads();
        fill<T, D>(keys, k + column, h.keyStride, values, v + column, h.keyStride, poison, h.size, from, end);
        __syncthreads();
#pragma unroll 1
        for (int tile = 0; tile < TILE<T, D>; tile += scored) {
            if (from + tile >= r.end || from + tile + scored <= r.begin) {
                continue;
            }
            float s[scored / STEP][2][4];
            float larger[2] = {most[0], most[1]};
#pragma unroll
            for (int c = 0; c < scored; c += STEP) {
                int at = from + tile + c;
                if (reaches(r, at)) {
                    T::template compare<D>(s[c / STEP], queries, keys + (tile + c) * PITCH<T, D>);
                    toScores<T>(s[c / STEP], scores, poison + tile + c, head, 1, r, at);
#pragma unroll
                    for (int i = 0; i < 8; i++) {
                        float score = sees(r, i, at + columnOf(i)) ? s[c / STEP][i / 4][i % 4] : NONE;
                        s[c / STEP][i / 4][i % 4] = score;
                        larger[i / 2 % 2] = fmaxf(larger[i / 2 % 2], score);
                    }
                }
            }
            float base[2];
#pragma unroll
            for (int i = 0; i < 2; i++) {
                larger[i] = quadMax(larger[i]);
                float kept = exponential<T>(most[i] - larger[i]);
                most[i] = larger[i];
                // A row that has seen nothing yet has weights of 0.
                base[i] = larger[i] == NONE ? 0 : larger[i];
                weight[i] *= kept;
#pragma unroll
                for (int j = 0; j < D / 8; j++) {
                    sum[j][2 * i] *= kept;
                    sum[j][2 * i + 1] *= kept;
                }
            }
#pragma unroll
            for (int c = 0; c < scored; c += STEP) {
                if (reaches(r, from + tile + c)) {
#pragma unroll
                    for (int i = 0; i < 8; i++) {
                        float score = s[c / STEP][i / 4][i % 4];
                        s[c / STEP][i / 4][i % 4] = exponential<T>(score - base[i / 2 % 2]);
                        weight[i / 2 % 2] += s[c / STEP][i / 4][i % 4];
                    }
                    T::template collect<D, D>(sum, s[c / STEP], values + (tile + c) * PITCH<T, D>);
                }
            }
        }
    }
#pragma unroll
    for (int i = 0; i < 2; i++) {
        weight[i] = quadSum(weight[i]);
        if (threadIdx.x % 4 == 0 && r.row + 8 * i < rows) {
            logs[(r.row + 8 * i) * h.heads + head] = most[i] + logf(weight[i]);
        }
    }
    put<D>(sum, out + head * h.size, h.heads * h.size, h.size, r, 1 / weight[0], 1 / weight[1]);
}

// The gradient of the product of a query and a key, from that of the weight of their score.
__device__ __forceinline__ float productGradient(
        const Scores& scores, float inverse, float score, float weight, float gradient, float sum) {
    float part = score * inverse;
    return weight * (gradient - sum) * (1 - part * part) * scores.scale;
}

// dq, and sums[row, head] = dOut * out. A block for 64 queries and a head, grid (rows / 64, heads).
template <typename T, int D>
__device__ __forceinline__ void queryGradient(
        const float* q, const float* k, const float* v, const int* seen, const float* out, const float* logs,
        const float* dOut, float* sums, float* dq, int rows, const Heads& h, const Scores& scores) {
    __shared__ __align__(16) typename T::Number keys[TILE<T, D> * PITCH<T, D>];
    __shared__ __align__(16) typename T::Number values[TILE<T, D> * PITCH<T, D>];
    __shared__ __align__(8) float poison[TILE<T, D>];
    int head = blockIdx.y;
    int column = head / h.group * h.size;
    int width = h.heads * h.size;
    int first = blockIdx.x * ROWS;
    float inverse = scores.cap > 0 ? 1 / scores.cap : 0;
    Rows r = rowsOfWarp(seen, rows, first);
    typename T::Pair queries[D / 4];
    typename T::Pair gradients[D / 4];
    factors<T, D>(queries, q + head * h.size, h.queryStride, h.size, r);
    factors<T, D>(gradients, dOut + head * h.size, width, h.size, r);
    float log[2] = {0, 0};
    float product[2];
#pragma unroll
    for (int i = 0; i < 2; i++) {
        int row = r.row + 8 * i;
        float part = 0;
        if (row < rows) {
            log[i] = logs[row * h.heads + head];
#pragma unroll 1
            for (int d = threadIdx.x % 4 * 4; d < h.size; d += 16) {
                long long at = (long long)row * width + head * h.size + d;
                float4 a = *(const float4*)(dOut + at);
                float4 b = *(const float4*)(out + at);
                part += a.x * b.x + a.y * b.y + a.z * b.z + a.w * b.w;
            }
        }
        product[i] = quadSum(part);
        if (threadIdx.x % 4 == 0 && row < rows) {
            sums[row * h.heads + head] = product[i];
        }
    }
    float sum[D / 8][4];
    clear(sum);
    int end = seen[2 * min(rows, first + ROWS) - 1];
    for (int from = seen[2 * first]; from < end; from += TILE<T, D>) {
        __syncthreads();
        fill<T, D>(keys, k + column, h.keyStride, values, v + column, h.keyStride, poison, h.size, from, end);
        __syncthreads();
#pragma unroll 1
        for (int at = from; at < from + TILE<T, D>; at += STEP) {
            if (reaches(r, at)) {
                int offset = (at - from) * PITCH<T, D>;
                float s[2][4];
                float g[2][4];
                T::template compare<D>(s, queries, keys + offset);
                T::template compare<D>(g, gradients, values + offset);
                toScores<T>(s, scores, poison + at - from, head, 1, r, at);
#pragma unroll
                for (int i = 0; i < 8; i++) {
                    float score = s[i / 4][i % 4];
                    float weight = exponential<T>(score - log[i / 2 % 2]);
                    float slope = productGradient(scores, inverse, score, weight, g[i / 4][i % 4], product[i / 2 % 2]);
                    s[i / 4][i % 4] = sees(r, i, at + columnOf(i)) ? slope : 0;
                }
                T::template collect<D, D>(sum, s, keys + offset);
            }
        }
    }
    put<D>(sum, dq + head * h.size, h.queryStride, h.size, r, 1, 1);
}

// dk and dv. A block for 64 keys, a key head and a part of its columns, grid (rows / 64 * PARTS, heads / group).
template <typename T, int D>
__device__ __forceinline__ void keyGradient(
        const float* q, const float* k, const float* v, const int* seers, const float* logs, const float* dOut,
        const float* sums, float* dk, float* dv, int rows, const Heads& h, const Scores& scores) {
    const int columns = D / PARTS<T, D>;
    __shared__ __align__(16) typename T::Number queries[TILE<T, D> * PITCH<T, D>];
    __shared__ __align__(16) typename T::Number gradients[TILE<T, D> * PITCH<T, D>];
    __shared__ __align__(8) float poison[TILE<T, D>];
    __shared__ float log[TILE<T, D>];
    __shared__ float product[TILE<T, D>];
    int first = blockIdx.x / PARTS<T, D> * ROWS;
    int part = blockIdx.x % PARTS<T, D> * columns;
    int column = blockIdx.y * h.size;
    float inverse = scores.cap > 0 ? 1 / scores.cap : 0;
    Rows r = rowsOfWarp(seers, rows, first);
    typename T::Pair keys[D / 4];
    typename T::Pair values[D / 4];
    factors<T, D>(keys, k + column, h.keyStride, h.size, r);
    factors<T, D>(values, v + column, h.keyStride, h.size, r);
    float ofKeys[columns / 8][4];
    float ofValues[columns / 8][4];
    clear(ofKeys);
    clear(ofValues);
    int begin = seers[2 * first];
    int end = seers[2 * min(rows, first + ROWS) - 1];
    for (int head = blockIdx.y * h.group; head < (blockIdx.y + 1) * h.group; head++) {
        for (int from = begin; from < end; from += TILE<T, D>) {
            __syncthreads();
            fill<T, D>(
                    queries, q + head * h.size, h.queryStride, gradients, dOut + head * h.size, h.heads * h.size, poison,
                    h.size, from, end);
            if (threadIdx.x < TILE<T, D>) {
                int query = from + threadIdx.x;
                log[threadIdx.x] = query < end ? logs[query * h.heads + head] : 0;
                product[threadIdx.x] = query < end ? sums[query * h.heads + head] : 0;
            }
            __syncthreads();
#pragma unroll 1
            for (int at = from; at < from + TILE<T, D>; at += STEP) {
                if (reaches(r, at)) {
                    int offset = (at - from) * PITCH<T, D>;
                    float s[2][4];
                    float g[2][4];
                    T::template compare<D>(s, keys, queries + offset);
                    T::template compare<D>(g, values, gradients + offset);
                    toScores<T>(s, scores, poison + at - from, head, -1, r, at);
                    float weights[2][4];
#pragma unroll
                    for (int i = 0; i < 8; i++) {
                        int query = at + columnOf(i);
                        float score = s[i / 4][i % 4];
                        float weight = exponential<T>(score - log[query - from]);
                        float slope =
                                productGradient(scores, inverse, score, weight, g[i / 4][i % 4], product[query - from]);
                        weights[i / 4][i % 4] = sees(r, i, query) ? weight : 0;
                        s[i / 4][i % 4] = sees(r, i, query) ? slope : 0;
                    }
                    T::template collect<D, columns>(ofValues, weights, gradients + offset + part);
                    T::template collect<D, columns>(ofKeys, s, queries + offset + part);
                }
            }
        }
    }
    put<columns>(ofKeys, dk + column + part, h.keyStride, h.size - part, r, 1, 1);
    put<columns>(ofValues, dv + column + part, h.keyStride, h.size - part, r, 1, 1);
}

// T is a type of tiles, D the most numbers that a head may have.
#define KERNELS(T, NAME, D)                                                                                           \
    extern "C" __global__ void __launch_bounds__(THREADS) tiled_attention_##D##_##NAME(                               \
            const float* q, const float* k, const float* v, const int* seen, float* out, float* logs, int rows,       \
            int heads, int group, int size, int queryStride, int keyStride, float scale, float cap,                   \
            const float* bias, int centre) {                                                                          \
        attention<T, D>(                                                                                              \
                q, k, v, seen, out, logs, rows, {heads, group, size, queryStride, keyStride},                         \
                {scale, cap, bias, centre});                                                                          \
    }                                                                                                                 \
    extern "C" __global__ void __launch_bounds__(THREADS) tiled_query_gradient_##D##_##NAME(                          \
            const float* q, const float* k, const float* v, const int* seen, const float* out, const float* logs,     \
            const float* dOut, float* sums, float* dq, int rows, int heads, int group, int size, int queryStride,     \
            int keyStride, float scale, float cap, const float* bias, int centre) {                                   \
        queryGradient<T, D>(                                                                                          \
                q, k, v, seen, out, logs, dOut, sums, dq, rows, {heads, group, size, queryStride, keyStride},         \
                {scale, cap, bias, centre});                                                                          \
    }                                                                                                                 \
    extern "C" __global__ void __launch_bounds__(THREADS) tiled_key_gradient_##D##_##NAME(                            \
            const float* q, const float* k, const float* v, const int* seers, const float* logs, const float* dOut,   \
            const float* sums, float* dk, float* dv, int rows, int heads, int group, int size, int queryStride,       \
            int keyStride, float scale, float cap, const float* bias, int centre) {                                   \
        keyGradient<T, D>(                                                                                            \
                q, k, v, seers, logs, dOut, sums, dk, dv, rows, {heads, group, size, queryStride, keyStride},         \
                {scale, cap, bias, centre});                                                                          \
    }
