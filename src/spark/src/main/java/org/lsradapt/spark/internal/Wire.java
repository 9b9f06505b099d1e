package org.lsradapt.spark.internal;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.Serializable;
import java.io.UncheckedIOException;

/** Messages between driver and executors as bytes, independent of the configured Spark serializer. */
public final class Wire {

    private Wire() {}

    public static byte[] bytes(Serializable value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(value);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot be sent: " + value.getClass(), e);
        }
        return bytes.toByteArray();
    }

    public static <T extends Serializable> T value(byte[] bytes, Class<T> type) {
        try (ObjectInputStream in = new OurClasses(bytes)) {
            return type.cast(in.readObject());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot be received: " + type, e);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("driver and executor have different versions of the library", e);
        }
    }

    /** Resolves classes with the library's class loader, which on an executor is not Spark's. */
    private static final class OurClasses extends ObjectInputStream {
        OurClasses(byte[] bytes) throws IOException {
            super(new ByteArrayInputStream(bytes));
        }

        @Override
        protected Class<?> resolveClass(ObjectStreamClass description) throws IOException, ClassNotFoundException {
            try {
                return Class.forName(description.getName(), false, Wire.class.getClassLoader());
            } catch (ClassNotFoundException e) {
                return super.resolveClass(description);
            }
        }
    }
}
