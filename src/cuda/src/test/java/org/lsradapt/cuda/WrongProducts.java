package org.lsradapt.cuda;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.Driver;
import org.lsradapt.cuda.internal.Precision;
import org.lsradapt.cuda.internal.Product;
import org.lsradapt.cuda.internal.Products;
import org.lsradapt.cuda.interpreter.InterpretedDriver;

/** Takes TF32 for BF16 and the like: all products of FLOAT are those of TF32. */
final class WrongProducts implements Driver {
    private final InterpretedDriver driver = new InterpretedDriver();

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
        Device device = driver.open(ordinal);
        return (Device) Proxy.newProxyInstance(
                Device.class.getClassLoader(), new Class<?>[] {Device.class}, (proxy, method, args) -> {
                    try {
                        Object result = method.invoke(device, args);
                        return result instanceof Products products ? new Rounding(products) : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private record Rounding(Products products) implements Products {
        @Override
        public void multiply(Product p, long a, long b, long c, long bias) {
            Precision precision = p.precision() == Precision.FLOAT ? Precision.TF32 : p.precision();
            products.multiply(
                    new Product(
                            precision,
                            p.m(),
                            p.n(),
                            p.k(),
                            p.transposeA(),
                            p.transposeB(),
                            p.strideA(),
                            p.strideB(),
                            p.strideC(),
                            p.alpha(),
                            p.beta()),
                    a,
                    b,
                    c,
                    bias);
        }
    }
}
