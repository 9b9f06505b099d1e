// Attention and its gradients with tensor cores. Numbers in memory are FLOAT; the factors of products are rounded to BF16,
// and everything else, sums included, is FLOAT. Operands are those of attention.cu, without relative embeddings.
//
// A block has 64 rows, 16 for each warp, and reads the rows that they see in tiles, which lie in shared memory as BF16 and
// serve all 64: queries read tiles of keys and values; keys, for their gradients, tiles of queries. Scores are never written.
//
// Sizes and strides are multiples of 4 and addresses of 16 bytes. No row may begin or end to see before the row before it
// does. What sees a row with a number that is not finite becomes NaN, and nothing else does: tiles have 0 instead.

#include "numbers.cuh"
#include "scores.cuh"

// Rows of a warp, and rows of a tile that it takes at a time.
#define STEP 16

// Rows of a block.
#define ROWS (STEP * WARPS)

// Distance between the rows of a tile. 16 bytes more than they have, so that 8 rows touch all banks of shared memory.
#define PITCH(D) ((D) + 8)

// Two numbers as BF16, the first in the lower half.
__device__ __forceinline__ unsigned pack(float first, float second) {
    unsigned pair;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(second), "f"(first));
    return pair;
}

// sum += a * b, for a of 16 x 16 and b of 16 x 8 numbers. Lane l has the sums of rows l / 4 (the first two) and l / 4 + 8, in
// columns l % 4 * 2 and the next.
__device__ __forceinline__ void multiply(float (&sum)[4], const unsigned (&a)[4], unsigned upper, unsigned lower) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
                 "{%0, %1, %2, %3};"
                 : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(upper), "r"(lower));
}

// Four matrices of 8 x 8 numbers of a tile; lanes 8 * i to 8 * i + 7 say where the rows of the i-th begin.
__device__ __forceinline__ void matrices(unsigned (&to)[4], const bf16* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"((unsigned)__cvta_generic_to_shared(row))
                 : "memory");
}

// The same, transposed.
__device__ __forceinline__ void transposed(unsigned (&to)[4], const bf16* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"((unsigned)__cvta_generic_to_shared(row))
                 : "memory");
}

// Where a lane's row of four matrices is: those of 16 x 16 numbers as the left factor (or transposed, as the right one).
template <int D>
__device__ __forceinline__ const bf16* asLeft(const bf16* tile) {
    unsigned lane = threadIdx.x % 32;
    return tile + lane % 16 * PITCH(D) + lane / 16 * 8;
}

// The same for the right factor of a product with the transpose.
template <int D>
__device__ __forceinline__ const bf16* asRight(const bf16* tile) {
    unsigned lane = threadIdx.x % 32;
    return tile + ((lane & 16) / 2 + lane % 8) * PITCH(D) + (lane & 8);
}

template <int N>
__device__ __forceinline__ void clear(float (&sum)[N][4]) {
#pragma unroll
    for (int i = 0; i < 4 * N; i++) {
        sum[i / 4][i % 4] = 0;
    }
}

// sum[16, 16] = rows * tileᵀ for 16 rows of each.
template <int D>
__device__ __forceinline__ void compare(float (&sum)[2][4], const unsigned (&rows)[D / 16][4], const bf16* tile) {
    const bf16* right = asRight<D>(tile);
    clear(sum);
    __syncwarp();
#pragma unroll
    for (int i = 0; i < D / 16; i++) {
        unsigned b[4];
        matrices(b, right + 16 * i);
        multiply(sum[0], rows[i], b[0], b[1]);
        multiply(sum[1], rows[i], b[2], b[3]);
    }
}

// The same for rows in shared memory.
template <int D>
__device__ __forceinline__ void compare(float (&sum)[2][4], const bf16* rows, const bf16* tile) {
    const bf16* left = asLeft<D>(rows);
    const bf16* right = asRight<D>(tile);
    clear(sum);
    __syncwarp();
#pragma unroll
    for (int i = 0; i < D / 16; i++) {
        unsigned a[4];
        unsigned b[4];
        matrices(a, left + 16 * i);
        matrices(b, right + 16 * i);
        multiply(sum[0], a, b[0], b[1]);
        multiply(sum[1], a, b[2], b[3]);
    }
}

// sum[16, D] += weights[16, 16] * tile, for 16 rows of it.
template <int D>
__device__ __forceinline__ void collect(float (&sum)[D / 8][4], const float (&weights)[2][4], const bf16* tile) {
    unsigned a[4] = {
        pack(weights[0][0], weights[0][1]), pack(weights[0][2], weights[0][3]), pack(weights[1][0], weights[1][1]),
        pack(weights[1][2], weights[1][3])};
    const bf16* right = asLeft<D>(tile);
    __syncwarp();
#pragma unroll
    for (int i = 0; i < D / 16; i++) {
        unsigned b[4];
        transposed(b, right + 16 * i);
        multiply(sum[2 * i], a, b[0], b[1]);
        multiply(sum[2 * i + 1], a, b[2], b[3]);
    }
}

// Four numbers of a head as BF16, 0 where there is none.
__device__ __forceinline__ uint2 four(const float* x, bool is) {
    float4 four = is ? *(const float4*)x : make_float4(0, 0, 0, 0);
    return make_uint2(pack(four.x, four.y), pack(four.z, four.w));
}

// Not 0 if one of two BF16 is not finite: adding to the exponent's last bit then carries.
__device__ __forceinline__ unsigned infinite(unsigned pair) {
    return ((pair & 0x7F807F80u) + 0x00800080u) & 0x80008000u;
}

// A head's numbers in rows from `first` to before `end` of x and y into two tiles of N rows, 0 elsewhere. If poison is not
// null, it becomes NaN for a row with a number that is not finite in either, and 0 for others; tiles have 0 for such numbers.
template <int D, int N>
__device__ __forceinline__ void fill(
        bf16* tileX, const float* x, int strideX, bf16* tileY, const float* y, int strideY, float* poison, int size,
        int first, int end) {
    const int lanes = D / 4;
    const int rows = THREADS / lanes;
    int row = threadIdx.x / lanes;
    int d = threadIdx.x % lanes * 4;
    x += (long long)(first + row) * strideX + d;
    y += (long long)(first + row) * strideY + d;
#pragma unroll 4
    for (int i = 0; i < N; i += rows) {
        bool is = first + row + i < end && d < size;
        uint2 a = four(x + (long long)i * strideX, is);
        uint2 b = four(y + (long long)i * strideY, is);
        if (poison) {
            bool broken = infinite(a.x) | infinite(a.y) | infinite(b.x) | infinite(b.y);
            a = broken ? make_uint2(0, 0) : a;
            b = broken ? make_uint2(0, 0) : b;
            unsigned ofRow = __ballot_sync(0xffffffff, broken) >> (threadIdx.x % 32 / lanes * lanes);
            if (d == 0) {
                poison[row + i] = ofRow & (0xffffffffu >> (32 - lanes)) ? __uint_as_float(0x7FFFFFFFu) : 0;
            }
        }
        *(uint2*)(tileX + (row + i) * PITCH(D) + d) = a;
        *(uint2*)(tileY + (row + i) * PITCH(D) + d) = b;
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

__device__ __forceinline__ Rows rowsOfWarp(const int* seen, int rows) {
    int first = blockIdx.x * ROWS + threadIdx.x / 32 * STEP;
    Rows r = {first + (int)(threadIdx.x % 32 / 4), rows, {0, 0}, {0, 0}, 0, 0};
#pragma unroll
    for (int i = 0; i < 2; i++) {
        if (r.row + 8 * i < rows) {
            r.from[i] = seen[2 * (r.row + 8 * i)];
            r.to[i] = seen[2 * (r.row + 8 * i) + 1];
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
            float part;
            asm("tanh.approx.f32 %0, %1;" : "=f"(part) : "f"(s[i / 4][i % 4] * inverse));
            s[i / 4][i % 4] = scores.cap * part;
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

// A head's numbers of the warp's rows as left factors, 0 where there is none.
template <int D>
__device__ __forceinline__ void factors(unsigned (&a)[D / 16][4], const float* x, int stride, int size, const Rows& r) {
#pragma unroll
    for (int i = 0; i < D / 4; i++) {
        int row = r.row + i % 2 * 8;
        int d = i / 2 * 8 + threadIdx.x % 4 * 2;
        float2 two = make_float2(0, 0);
        if (row < r.rows && d < size) {
            two = *(const float2*)(x + (long long)row * stride + d);
        }
        a[i / 4][i % 4] = pack(two.x, two.y);
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
template <int D>
__device__ __forceinline__ void attention(
        const float* q, const float* k, const float* v, const int* seen, float* out, float* logs, int rows,
        const Heads& h, const Scores& scores) {
    __shared__ __align__(16) bf16 keys[ROWS * PITCH(D)];
    __shared__ __align__(16) bf16 values[ROWS * PITCH(D)];
    __shared__ __align__(8) float poison[ROWS];
    int head = blockIdx.y;
    int column = head / h.group * h.size;
    Rows r = rowsOfWarp(seen, rows);
    unsigned queries[D / 16][4];
    factors<D>(queries, q + head * h.size, h.queryStride, h.size, r);
    float sum[D / 8][4];
    clear(sum);
    float most[2] = {NONE, NONE};
    float weight[2] = {0, 0};
    int end = seen[2 * min(rows, (int)(blockIdx.x + 1) * ROWS) - 1];
    for (int from = seen[2 * blockIdx.x * ROWS]; from < end; from += ROWS) {
        __syncthreads();
        fill<D, ROWS>(keys, k + column, h.keyStride, values, v + column, h.keyStride, poison, h.size, from, end);
        __syncthreads();
        float s[ROWS / STEP][2][4];
        float larger[2] = {most[0], most[1]};
#pragma unroll
        for (int c = 0; c < ROWS / STEP; c++) {
            int at = from + c * STEP;
            if (reaches(r, at)) {
                compare<D>(s[c], queries, keys + c * STEP * PITCH(D));
                toScores(s[c], scores, poison + c * STEP, head, 1, r, at);
#pragma unroll
                for (int i = 0; i < 8; i++) {
                    float score = sees(r, i, at + columnOf(i)) ? s[c][i / 4][i % 4] : NONE;
                    s[c][i / 4][i % 4] = score;
                    larger[i / 2 % 2] = fmaxf(larger[i / 2 % 2], score);
                }
            }
        }
        float base[2];
#pragma unroll
        for (int i = 0; i < 2; i++) {
            larger[i] = quadMax(larger[i]);
            float kept = __expf(most[i] - larger[i]);
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
        for (int c = 0; c < ROWS / STEP; c++) {
            if (reaches(r, from + c * STEP)) {
#pragma unroll
                for (int i = 0; i < 8; i++) {
                    s[c][i / 4][i % 4] = __expf(s[c][i / 4][i % 4] - base[i / 2 % 2]);
                    weight[i / 2 % 2] += s[c][i / 4][i % 4];
                }
                collect<D>(sum, s[c], values + c * STEP * PITCH(D));
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
template <int D>
__device__ __forceinline__ void queryGradient(
        const float* q, const float* k, const float* v, const int* seen, const float* out, const float* logs,
        const float* dOut, float* sums, float* dq, int rows, const Heads& h, const Scores& scores) {
    __shared__ __align__(16) bf16 keys[ROWS * PITCH(D)];
    __shared__ __align__(16) bf16 values[ROWS * PITCH(D)];
    __shared__ __align__(8) float poison[ROWS];
    int head = blockIdx.y;
    int column = head / h.group * h.size;
    int width = h.heads * h.size;
    float inverse = scores.cap > 0 ? 1 / scores.cap : 0;
    Rows r = rowsOfWarp(seen, rows);
    unsigned queries[D / 16][4];
    unsigned gradients[D / 16][4];
    factors<D>(queries, q + head * h.size, h.queryStride, h.size, r);
    factors<D>(gradients, dOut + head * h.size, width, h.size, r);
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
    int end = seen[2 * min(rows, (int)(blockIdx.x + 1) * ROWS) - 1];
    for (int from = seen[2 * blockIdx.x * ROWS]; from < end; from += ROWS) {
        __syncthreads();
        fill<D, ROWS>(keys, k + column, h.keyStride, values, v + column, h.keyStride, poison, h.size, from, end);
        __syncthreads();
#pragma unroll 1
        for (int at = from; at < from + ROWS; at += STEP) {
            if (reaches(r, at)) {
                const bf16* here = keys + (at - from) * PITCH(D);
                float s[2][4];
                float g[2][4];
                compare<D>(s, queries, here);
                compare<D>(g, gradients, values + (at - from) * PITCH(D));
                toScores(s, scores, poison + at - from, head, 1, r, at);
#pragma unroll
                for (int i = 0; i < 8; i++) {
                    float score = s[i / 4][i % 4];
                    float weight = __expf(score - log[i / 2 % 2]);
                    float slope = productGradient(scores, inverse, score, weight, g[i / 4][i % 4], product[i / 2 % 2]);
                    s[i / 4][i % 4] = sees(r, i, at + columnOf(i)) ? slope : 0;
                }
                collect<D>(sum, s, here);
            }
        }
    }
    put<D>(sum, dq + head * h.size, h.queryStride, h.size, r, 1, 1);
}

// dk and dv. A block for 64 keys and a key head, grid (rows / 64, heads / group), with tiles of N queries.
template <int D, int N>
__device__ __forceinline__ void keyGradient(
        const float* q, const float* k, const float* v, const int* seers, const float* logs, const float* dOut,
        const float* sums, float* dk, float* dv, int rows, const Heads& h, const Scores& scores) {
    __shared__ __align__(16) bf16 keys[ROWS * PITCH(D)];
    __shared__ __align__(16) bf16 values[ROWS * PITCH(D)];
    __shared__ __align__(16) bf16 queries[N * PITCH(D)];
    __shared__ __align__(16) bf16 gradients[N * PITCH(D)];
    __shared__ __align__(8) float poison[N];
    __shared__ float log[N];
    __shared__ float product[N];
    int first = blockIdx.x * ROWS;
    int column = blockIdx.y * h.size;
    const bf16* ownKeys = keys + threadIdx.x / 32 * STEP * PITCH(D);
    const bf16* ownValues = values + threadIdx.x / 32 * STEP * PITCH(D);
    float inverse = scores.cap > 0 ? 1 / scores.cap : 0;
    Rows r = rowsOfWarp(seers, rows);
    fill<D, ROWS>(keys, k + column, h.keyStride, values, v + column, h.keyStride, nullptr, h.size, first, rows);
    float ofKeys[D / 8][4];
    float ofValues[D / 8][4];
    clear(ofKeys);
    clear(ofValues);
    int begin = seers[2 * first];
    int end = seers[2 * min(rows, first + ROWS) - 1];
    for (int head = blockIdx.y * h.group; head < (blockIdx.y + 1) * h.group; head++) {
        for (int from = begin; from < end; from += N) {
            __syncthreads();
            fill<D, N>(
                    queries, q + head * h.size, h.queryStride, gradients, dOut + head * h.size, h.heads * h.size, poison,
                    h.size, from, end);
            if (threadIdx.x < N) {
                int query = from + threadIdx.x;
                log[threadIdx.x] = query < end ? logs[query * h.heads + head] : 0;
                product[threadIdx.x] = query < end ? sums[query * h.heads + head] : 0;
            }
            __syncthreads();
#pragma unroll 1
            for (int at = from; at < from + N; at += STEP) {
                if (reaches(r, at)) {
                    int offset = (at - from) * PITCH(D);
                    float s[2][4];
                    float g[2][4];
                    compare<D>(s, ownKeys, queries + offset);
                    compare<D>(g, ownValues, gradients + offset);
                    toScores(s, scores, poison + at - from, head, -1, r, at);
                    float weights[2][4];
#pragma unroll
                    for (int i = 0; i < 8; i++) {
                        int query = at + columnOf(i);
                        float score = s[i / 4][i % 4];
                        float weight = __expf(score - log[query - from]);
                        float slope =
                                productGradient(scores, inverse, score, weight, g[i / 4][i % 4], product[query - from]);
                        weights[i / 4][i % 4] = sees(r, i, query) ? weight : 0;
                        s[i / 4][i % 4] = sees(r, i, query) ? slope : 0;
                    }
                    collect<D>(ofValues, weights, gradients + offset);
                    collect<D>(ofKeys, s, queries + offset);
                }
            }
        }
    }
    put<D>(ofKeys, dk + column, h.keyStride, h.size, r, 1, 1);
    put<D>(ofValues, dv + column, h.keyStride, h.size, r, 1, 1);
}

// D is the most numbers that a head may have.
#define KERNELS(D, N)                                                                                                 \
    extern "C" __global__ void __launch_bounds__(THREADS) tiled_attention_##D##_bf16(                                 \
            const float* q, const float* k, const float* v, const int* seen, float* out, float* logs, int rows,       \
            int heads, int group, int size, int queryStride, int keyStride, float scale, float cap,                   \
            const float* bias, int centre) {                                                                          \
        attention<D>(                                                                                                 \
                q, k, v, seen, out, logs, rows, {heads, group, size, queryStride, keyStride},                         \
                {scale, cap, bias, centre});                                                                          \
    }                                                                                                                 \
    extern "C" __global__ void __launch_bounds__(THREADS) tiled_query_gradient_##D##_bf16(                            \
            const float* q, const float* k, const float* v, const int* seen, const float* out, const float* logs,     \
            const float* dOut, float* sums, float* dq, int rows, int heads, int group, int size, int queryStride,     \
            int keyStride, float scale, float cap, const float* bias, int centre) {                                   \
        queryGradient<D>(                                                                                             \
                q, k, v, seen, out, logs, dOut, sums, dq, rows, {heads, group, size, queryStride, keyStride},         \
                {scale, cap, bias, centre});                                                                          \
    }                                                                                                                 \
    extern "C" __global__ void __launch_bounds__(THREADS) tiled_key_gradient_##D##_bf16(                              \
            const float* q, const float* k, const float* v, const int* seers, const float* logs, const float* dOut,   \
            const float* sums, float* dk, float* dv, int rows, int heads, int group, int size, int queryStride,       \
            int keyStride, float scale, float cap, const float* bias, int centre) {                                   \
        keyGradient<D, N>(                                                                                            \
                q, k, v, seers, logs, dOut, sums, dk, dv, rows, {heads, group, size, queryStride, keyStride},         \
                {scale, cap, bias, centre});                                                                          \
    }

KERNELS(32, 64)
KERNELS(64, 64)
KERNELS(128, 16)
