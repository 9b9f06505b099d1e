// The numbers of tiles of FLOAT.

#include "tiles.cuh"

// Not 0 if a number is not finite: adding to the exponent's last bit then carries.
__device__ __forceinline__ unsigned infinite(float x) {
    return ((__float_as_uint(x) & 0x7F800000u) + 0x00800000u) & 0x80000000u;
}

struct Floats {
    typedef float Number;
    typedef float2 Pair;
    typedef float4 Four;

    static __device__ __forceinline__ bool infinite(float4 x) {
        return ::infinite(x.x) | ::infinite(x.y) | ::infinite(x.z) | ::infinite(x.w);
    }
};
