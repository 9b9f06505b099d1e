// Cross entropy of rows of logits, as many at a time as memory holds, and its gradient in their place. Logits are FLOAT.

#include "numbers.cuh"

__device__ __forceinline__ float capped(float z, float cap) { return cap > 0 ? cap * tanhf(z / cap) : z; }

// losses[row] = log(sum(exp(z))) - (1 - smoothing) * z[target] - smoothing * mean(z), where z are the row's logits, behind a
// cap if that is not 0. With gradients, logits become scale times the loss's derivative. One block per row, grid (rows, 1).
__device__ __forceinline__ void crossEntropy(
        float* logits, const int* targets, float* losses, int width, float smoothing, float cap, float scale, int gradients) {
    __shared__ float partial[WARPS];
    long long begin = (long long)blockIdx.x * width;
    int target = targets[blockIdx.x];
    float most = -1e30f;
    float total = 0;
    float wanted = 0;
    for (int i = threadIdx.x; i < width; i += THREADS) {
        float z = capped(load(logits, begin + i), cap);
        most = fmaxf(most, z);
        total += z;
        wanted += i == target ? z : 0;
    }
    most = blockMax(most, partial);
    total = blockSum(total, partial);
    wanted = blockSum(wanted, partial);
    float sum = 0;
    for (int i = threadIdx.x; i < width; i += THREADS) {
        sum += expf(capped(load(logits, begin + i), cap) - most);
    }
    sum = blockSum(sum, partial);
    if (threadIdx.x == 0) {
        losses[blockIdx.x] = (most - wanted + logf(sum)) + smoothing * (wanted - total / width);
    }
    if (!gradients) {
        return;
    }
    for (int i = threadIdx.x; i < width; i += THREADS) {
        float z = capped(load(logits, begin + i), cap);
        float part = cap > 0 ? z / cap : 0;
        float gradient = expf(z - most) / sum - (i == target ? 1 - smoothing : 0) - smoothing / width;
        store(logits, begin + i, scale * gradient * (1 - part * part));
    }
}

extern "C" __global__ void __launch_bounds__(THREADS) cross_entropy_f32(
        float* logits, const int* targets, float* losses, int width, float smoothing, float cap, float scale,
        int gradients) {
    crossEntropy(logits, targets, losses, width, smoothing, cap, scale, gradients);
}
