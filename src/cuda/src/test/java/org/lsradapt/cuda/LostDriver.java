package org.lsradapt.cuda;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Set;
import org.lsradapt.cuda.internal.CudaFailure;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.DeviceKernel;
import org.lsradapt.cuda.internal.Driver;
import org.lsradapt.cuda.interpreter.InterpretedDriver;

/** A driver whose device is lost at a launch, as after an invalid access: every later call fails but those that free. */
final class LostDriver implements Driver {
    private static final Set<String> FREE = Set.of("free", "close");

    private final InterpretedDriver driver = new InterpretedDriver();
    private int launches;
    private String lost = "";

    /** Loses the device after a number of launches. */
    LostDriver(int launches) {
        this.launches = launches;
    }

    @Override
    public int version() {
        return driver.version();
    }

    @Override
    public String file() {
        return driver.file();
    }

    @Override
    public String products() {
        return driver.products();
    }

    @Override
    public int deviceCount() {
        return driver.deviceCount();
    }

    @Override
    public Device open(int ordinal) {
        requireDevice();
        Device device = driver.open(ordinal);
        return (Device) Proxy.newProxyInstance(
                Device.class.getClassLoader(), new Class<?>[] {Device.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("launch") && --launches < 0) {
                        lost = ((DeviceKernel) arguments[0]).name();
                    }
                    if (!FREE.contains(method.getName())) {
                        requireDevice();
                    }
                    try {
                        return method.invoke(device, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private void requireDevice() {
        if (!lost.isEmpty()) {
            throw new CudaFailure("the device was lost; started last: " + lost);
        }
    }
}
