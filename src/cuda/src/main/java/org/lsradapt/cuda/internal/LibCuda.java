package org.lsradapt.cuda.internal;

import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;

/** Functions of the driver's library, bound directly. One library per process. */
final class LibCuda {
    static final int SUCCESS = 0;
    static final int OUT_OF_MEMORY = 2;

    private static final Binding BINDING = new Binding(LibCuda.class, "NVIDIA's driver");

    private LibCuda() {}

    static void bind(String file) {
        BINDING.to(file, "is too old; version 525 or newer is needed");
    }

    static void require(String call, int code) {
        if (code != SUCCESS) {
            throw new CudaFailure(call + ": " + error(code));
        }
    }

    /** Whether every call of the process fails after this error, as after a kernel's invalid memory access. */
    static boolean isSticky(int code) {
        return switch (code) {
            case 214, 220, 226, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 721 -> true;
            default -> false;
        };
    }

    static String error(int code) {
        long[] text = new long[1];
        String name = cuGetErrorName(code, text) == SUCCESS && text[0] != 0
                ? new Pointer(text[0]).getString(0, StandardCharsets.US_ASCII.name())
                : "error " + code;
        return cuGetErrorString(code, text) == SUCCESS && text[0] != 0
                ? name + " (" + new Pointer(text[0]).getString(0, StandardCharsets.US_ASCII.name()) + ")"
                : name;
    }

    static native int cuInit(int flags);

    static native int cuDriverGetVersion(int[] version);

    static native int cuGetErrorName(int code, long[] text);

    static native int cuGetErrorString(int code, long[] text);

    static native int cuDeviceGetCount(int[] count);

    static native int cuDeviceGet(int[] device, int ordinal);

    static native int cuDeviceGetName(byte[] name, int length, int device);

    static native int cuDeviceGetAttribute(int[] value, int attribute, int device);

    static native int cuDeviceTotalMem_v2(long[] bytes, int device);

    static native int cuDevicePrimaryCtxRetain(long[] context, int device);

    static native int cuDevicePrimaryCtxRelease_v2(int device);

    static native int cuCtxSetCurrent(long context);

    static native int cuMemGetInfo_v2(long[] free, long[] total);

    static native int cuMemAlloc_v2(long[] address, long bytes);

    static native int cuMemFree_v2(long address);

    static native int cuMemHostAlloc(long[] address, long bytes, int flags);

    static native int cuMemFreeHost(Pointer address);

    static native int cuMemcpyHtoDAsync_v2(long device, long host, long bytes, long stream);

    static native int cuMemcpyDtoHAsync_v2(long host, long device, long bytes, long stream);

    static native int cuMemcpyDtoDAsync_v2(long to, long from, long bytes, long stream);

    static native int cuMemsetD8Async(long device, byte value, long count, long stream);

    static native int cuStreamCreate(long[] stream, int flags);

    static native int cuStreamSynchronize(long stream);

    static native int cuStreamDestroy_v2(long stream);

    static native int cuModuleLoadDataEx(long[] module, Pointer image, int options, int[] names, Pointer values);

    static native int cuModuleUnload(long module);

    static native int cuModuleGetFunction(long[] function, long module, String name);

    static native int cuLaunchKernel(
            long function,
            int gridX,
            int gridY,
            int gridZ,
            int blockX,
            int blockY,
            int blockZ,
            int sharedBytes,
            long stream,
            Pointer parameters,
            Pointer extra);

    static native int cuEventCreate(long[] event, int flags);

    static native int cuEventRecord(long event, long stream);

    static native int cuEventSynchronize(long event);

    static native int cuEventElapsedTime(float[] milliseconds, long from, long to);

    static native int cuEventDestroy_v2(long event);
}
