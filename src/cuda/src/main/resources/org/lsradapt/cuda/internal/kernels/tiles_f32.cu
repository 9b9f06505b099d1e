// Attention in FLOAT, without matrix instructions. The four lanes that share rows have a quarter of these rows' numbers each.

#include "floats.cuh"

struct Plain : Floats {
    static constexpr bool EXACT = true;

    static __device__ __forceinline__ float2 pair(float2 x) { return x; }

    static __device__ __forceinline__ float4 rounded(float4 x) { return x; }

    // Adds the number of another lane, `distance` away in the four: a lane with that bit keeps `second`, others `first`.
    static __device__ __forceinline__ float traded(float first, float second, int distance) {
        bool keepsSecond = threadIdx.x & distance;
        float kept = keepsSecond ? second : first;
        return kept + __shfl_xor_sync(0xffffffff, keepsSecond ? first : second, distance);
    }

    // Loops over columns are unrolled to bodies of as many products for each size of heads.
    template <int D>
    static __device__ __forceinline__ void compare(float (&sum)[2][4], const float2 (&rows)[D / 4], const float* tile) {
        clear(sum);
#pragma unroll (128 / D)
        for (int first = 0; first < 4; first++) {
            // The columns that the four lanes keep: every second one from column 0, 1, 8 or 9 on.
            const float* right = tile + (first + first / 2 * 6) * PITCH<Plain, D> + threadIdx.x % 4 * 2;
            float part[2][4] = {};
#pragma unroll
            for (int i = 0; i < D / 8; i++) {
                __syncwarp();
#pragma unroll
                for (int lane = 0; lane < 4; lane++) {
                    float2 b = *(const float2*)(right + 2 * lane * PITCH<Plain, D> + 8 * i);
#pragma unroll
                    for (int row = 0; row < 2; row++) {
                        float2 a = rows[2 * i + row];
                        part[row][lane] += a.x * b.x;
                        part[row][lane] += a.y * b.y;
                    }
                }
            }
#pragma unroll
            for (int row = 0; row < 2; row++) {
                const float* p = part[row];
                float whole = traded(traded(p[0], p[2], 2), traded(p[1], p[3], 2), 1);
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    sum[i / 2][2 * row + i % 2] = i == first ? whole : sum[i / 2][2 * row + i % 2];
                }
            }
        }
    }

    template <int D, int M>
    static __device__ __forceinline__ void collect(float (&sum)[M / 8][4], const float (&weights)[2][4], const float* tile) {
#pragma unroll (128 / M)
        for (int lane = 0; lane < 4; lane++) {
            const float* right = tile + 2 * lane * PITCH<Plain, D> + threadIdx.x % 4 * 2;
            // The columns whose weights the lane has.
#pragma unroll
            for (int column = 0; column < 4; column++) {
                __syncwarp();
                const float* w = weights[column / 2] + column % 2;
                float upper = __shfl_sync(0xffffffff, w[0], lane, 4);
                float lower = __shfl_sync(0xffffffff, w[2], lane, 4);
#pragma unroll
                for (int i = 0; i < M / 8; i++) {
                    float2 b = *(const float2*)(right + (column / 2 * 8 + column % 2) * PITCH<Plain, D> + 8 * i);
                    sum[i][0] += upper * b.x;
                    sum[i][1] += upper * b.y;
                    sum[i][2] += lower * b.x;
                    sum[i][3] += lower * b.y;
                }
            }
        }
    }
};

KERNELS(Plain, f32, 32)
KERNELS(Plain, f32, 64)
KERNELS(Plain, f32, 128)
