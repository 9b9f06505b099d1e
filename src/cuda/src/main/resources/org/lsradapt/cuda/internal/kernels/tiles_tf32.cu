// Attention with tensor cores; the factors of products are rounded to TF32.
//
// Which column of the left factor, and row of the right one, is first does not matter to a product. So a lane's pairs of
// neighbouring numbers serve where an instruction has a lane's numbers 4 columns from each other.

#include "floats.cuh"

__device__ __forceinline__ float rounded(float x) {
    unsigned bits;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
    return __uint_as_float(bits);
}

struct Tensor : Floats {
    static constexpr bool EXACT = false;

    static __device__ __forceinline__ float2 pair(float2 x) { return make_float2(::rounded(x.x), ::rounded(x.y)); }

    static __device__ __forceinline__ float4 rounded(float4 x) {
        return make_float4(::rounded(x.x), ::rounded(x.y), ::rounded(x.z), ::rounded(x.w));
    }

    // sum += a * b, for a of 16 x 8 and b of 8 x 8 numbers; `upper` is of row l / 4 of a, `lower` of row l / 4 + 8.
    static __device__ __forceinline__ void multiply(float (&sum)[4], float2 upper, float2 lower, float first, float second) {
        asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
                     "{%0, %1, %2, %3};"
                     : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
                     : "r"(__float_as_uint(upper.x)), "r"(__float_as_uint(lower.x)), "r"(__float_as_uint(upper.y)),
                       "r"(__float_as_uint(lower.y)), "r"(__float_as_uint(first)), "r"(__float_as_uint(second)));
    }

    template <int D>
    static __device__ __forceinline__ void compare(float (&sum)[2][4], const float2 (&rows)[D / 4], const float* tile) {
        unsigned lane = threadIdx.x % 32;
        const float* right = tile + lane / 4 * PITCH<Tensor, D> + lane % 4 * 2;
        clear(sum);
        __syncwarp();
#pragma unroll
        for (int i = 0; i < D / 8; i++) {
#pragma unroll
            for (int j = 0; j < 2; j++) {
                float2 b = *(const float2*)(right + 8 * j * PITCH<Tensor, D> + 8 * i);
                multiply(sum[j], rows[2 * i], rows[2 * i + 1], b.x, b.y);
            }
        }
    }

    template <int D, int M>
    static __device__ __forceinline__ void collect(float (&sum)[M / 8][4], const float (&weights)[2][4], const float* tile) {
        unsigned lane = threadIdx.x % 32;
        const float* right = tile + lane % 4 * 2 * PITCH<Tensor, D> + lane / 4;
        __syncwarp();
#pragma unroll
        for (int j = 0; j < 2; j++) {
            float2 upper = pair(make_float2(weights[j][0], weights[j][1]));
            float2 lower = pair(make_float2(weights[j][2], weights[j][3]));
            const float* b = right + 8 * j * PITCH<Tensor, D>;
#pragma unroll
            for (int i = 0; i < M / 8; i++) {
                multiply(sum[i], upper, lower, b[8 * i], b[PITCH<Tensor, D> + 8 * i]);
            }
        }
    }
};

KERNELS(Tensor, tf32, 32)
KERNELS(Tensor, tf32, 64)
KERNELS(Tensor, tf32, 128)
