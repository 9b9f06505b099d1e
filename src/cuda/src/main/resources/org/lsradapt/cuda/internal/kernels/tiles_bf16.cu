// Attention with tensor cores; the factors of products are rounded to BF16.

#include "tiles.cuh"

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

struct Brain {
    typedef bf16 Number;
    typedef unsigned Pair;
    typedef uint2 Four;
    static constexpr bool EXACT = false;

    // The first number is in the lower half.
    static __device__ __forceinline__ unsigned pair(float2 x) {
        unsigned pair;
        asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(x.y), "f"(x.x));
        return pair;
    }

    static __device__ __forceinline__ uint2 rounded(float4 x) {
        return make_uint2(pair(make_float2(x.x, x.y)), pair(make_float2(x.z, x.w)));
    }

    // Adding to the exponent's last bit carries if one of two is not finite.
    static __device__ __forceinline__ unsigned infinite(unsigned pair) {
        return ((pair & 0x7F807F80u) + 0x00800080u) & 0x80008000u;
    }

    static __device__ __forceinline__ bool infinite(uint2 x) { return infinite(x.x) | infinite(x.y); }

    // sum += a * b, for a of 16 x 16 and b of 16 x 8 numbers.
    static __device__ __forceinline__ void multiply(float (&sum)[4], const unsigned* a, unsigned upper, unsigned lower) {
        asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
                     "{%0, %1, %2, %3};"
                     : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
                     : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(upper), "r"(lower));
    }

    template <int D>
    static __device__ __forceinline__ void compare(float (&sum)[2][4], const unsigned (&rows)[D / 4], const bf16* tile) {
        unsigned lane = threadIdx.x % 32;
        const bf16* right = tile + ((lane & 16) / 2 + lane % 8) * PITCH<Brain, D> + (lane & 8);
        clear(sum);
        __syncwarp();
#pragma unroll
        for (int i = 0; i < D / 16; i++) {
            unsigned b[4];
            matrices(b, right + 16 * i);
            multiply(sum[0], rows + 4 * i, b[0], b[1]);
            multiply(sum[1], rows + 4 * i, b[2], b[3]);
        }
    }

    template <int D, int M>
    static __device__ __forceinline__ void collect(float (&sum)[M / 8][4], const float (&weights)[2][4], const bf16* tile) {
        unsigned a[4];
#pragma unroll
        for (int i = 0; i < 4; i++) {
            a[i] = pair(make_float2(weights[i / 2][i % 2 * 2], weights[i / 2][i % 2 * 2 + 1]));
        }
        unsigned lane = threadIdx.x % 32;
        const bf16* right = tile + lane % 16 * PITCH<Brain, D> + lane / 16 * 8;
        __syncwarp();
#pragma unroll
        for (int i = 0; i < M / 16; i++) {
            unsigned b[4];
            transposed(b, right + 16 * i);
            multiply(sum[2 * i], a, b[0], b[1]);
            multiply(sum[2 * i + 1], a, b[2], b[3]);
        }
    }
};

KERNELS(Brain, bf16, 32)
KERNELS(Brain, bf16, 64)
KERNELS(Brain, bf16, 128)
