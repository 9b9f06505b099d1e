package org.lsradapt.cuda.internal;

import java.nio.charset.StandardCharsets;

public final class NativeDriver implements Driver {
    private static final int CLOCK = 13;
    private static final int MULTIPROCESSORS = 16;
    private static final int MEMORY_CLOCK = 36;
    private static final int BUS_WIDTH = 37;
    private static final int MAJOR = 75;
    private static final int MINOR = 76;

    private final Libraries libraries;
    private final String file;

    private NativeDriver(Libraries libraries, String file) {
        this.libraries = libraries;
        this.file = file;
    }

    /** Loads the driver, which the first call that needs a device starts; or throws {@link CudaFailure}. */
    public static NativeDriver load(Libraries libraries) {
        String file = libraries.driver();
        LibCuda.bind(file);
        return new NativeDriver(libraries, file);
    }

    @Override
    public int version() {
        int[] version = new int[1];
        LibCuda.require("cuDriverGetVersion", LibCuda.cuDriverGetVersion(version));
        return version[0];
    }

    @Override
    public String file() {
        return Libraries.loadedFile(file);
    }

    @Override
    public String products() {
        String products = bindProducts();
        return LibCublasLt.version() + ": " + Libraries.loadedFile(products);
    }

    /** Loads cuBLASLt on the first call; returns its file. */
    String bindProducts() {
        String products = libraries.cublasLt(version());
        LibCublasLt.bind(products);
        return products;
    }

    @Override
    public int deviceCount() {
        int code = LibCuda.cuInit(0);
        if (code != LibCuda.SUCCESS) {
            throw new CudaFailure("cuInit of " + file() + Libraries.kernelModule() + ": " + LibCuda.error(code));
        }
        int[] count = new int[1];
        LibCuda.require("cuDeviceGetCount", LibCuda.cuDeviceGetCount(count));
        return count[0];
    }

    @Override
    public Device open(int ordinal) {
        int count = deviceCount();
        if (ordinal < 0 || ordinal >= count) {
            throw new CudaFailure("device " + ordinal + ": the driver has " + count
                    + (count == 1 ? " device" : " devices") + ", numbered from 0");
        }
        int[] device = new int[1];
        LibCuda.require("cuDeviceGet", LibCuda.cuDeviceGet(device, ordinal));
        DeviceDescription description = describe(device[0]);
        if (!description.isSupported()) {
            throw new CudaFailure("device " + ordinal + " is a " + description.name() + " of compute capability "
                    + description.major() + "." + description.minor() + "; 8.0 or newer is needed");
        }
        return new NativeDevice(device[0], description, this);
    }

    private static DeviceDescription describe(int device) {
        byte[] name = new byte[256];
        LibCuda.require("cuDeviceGetName", LibCuda.cuDeviceGetName(name, name.length, device));
        int length = 0;
        while (length < name.length && name[length] != 0) {
            length++;
        }
        long[] bytes = new long[1];
        LibCuda.require("cuDeviceTotalMem", LibCuda.cuDeviceTotalMem_v2(bytes, device));
        return new DeviceDescription(
                new String(name, 0, length, StandardCharsets.UTF_8),
                attribute(device, MAJOR),
                attribute(device, MINOR),
                bytes[0],
                attribute(device, MULTIPROCESSORS),
                DeviceDescription.Limits.of(
                        known(device, CLOCK), known(device, MEMORY_CLOCK), known(device, BUS_WIDTH)));
    }

    /** An attribute that nothing depends on; 0 if the driver has none. */
    private static int known(int device, int attribute) {
        int[] value = new int[1];
        return LibCuda.cuDeviceGetAttribute(value, attribute, device) == LibCuda.SUCCESS ? value[0] : 0;
    }

    private static int attribute(int device, int attribute) {
        int[] value = new int[1];
        LibCuda.require("cuDeviceGetAttribute", LibCuda.cuDeviceGetAttribute(value, attribute, device));
        return value[0];
    }
}
