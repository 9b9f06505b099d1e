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

    template <int D>
    static __device__ __forceinline__ void compare(float (&sum)[2][4], const float2 (&rows)[D / 4], const float* tile) {
        float part[2][STEP] = {};
        const float* right = tile + threadIdx.x % 4 * 2;
#pragma unroll
        for (int i = 0; i < D / 8; i++) {
            __syncwarp();
#pragma unroll
            for (int column = 0; column < STEP; column++) {
                float2 b = *(const float2*)(right + column * PITCH<Plain, D> + 8 * i);
#pragma unroll
                for (int row = 0; row < 2; row++) {
                    float2 a = rows[2 * i + row];
                    part[row][column] += a.x * b.x;
                    part[row][column] += a.y * b.y;
                }
            }
        }
#pragma unroll
        for (int i = 0; i < 8; i++) {
            const float* p = part[i / 2 % 2] + i / 4 * 8 + i % 2;
            sum[i / 4][i % 4] = traded(traded(p[0], p[4], 2), traded(p[2], p[6], 2), 1);
        }
    }

    template <int D, int M>
    static __device__ __forceinline__ void collect(float (&sum)[M / 8][4], const float (&weights)[2][4], const float* tile) {
        const float* right = tile + threadIdx.x % 4 * 2;
#pragma unroll
        for (int column = 0; column < STEP; column++) {
            __syncwarp();
            const float* w = weights[column / 8] + column % 2;
            float upper = __shfl_sync(0xffffffff, w[0], column / 2 % 4, 4);
            float lower = __shfl_sync(0xffffffff, w[2], column / 2 % 4, 4);
#pragma unroll
            for (int i = 0; i < M / 8; i++) {
                float2 b = *(const float2*)(right + column * PITCH<Plain, D> + 8 * i);
                sum[i][0] += upper * b.x;
                sum[i][1] += upper * b.y;
                sum[i][2] += lower * b.x;
                sum[i][3] += lower * b.y;
            }
        }
    }
};

KERNELS(Plain, f32, 32)
KERNELS(Plain, f32, 64)
KERNELS(Plain, f32, 128)
