package org.lsradapt.cuda.internal.pass;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.lsr.internal.Views;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Arrays that a device gets in one upload, and which do not change before it. Addresses are known after {@link #send}. */
final class Shipment {
    private final Device device;
    private final List<Device.Part> parts = new ArrayList<>();
    /** Copies of numbers, alive until they are sent. */
    private final List<Object> copies = new ArrayList<>();

    private long bytes;
    private long address;

    Shipment(Device device) {
        this.device = device;
    }

    LongSupplier add(INDArray array) {
        INDArray read = Views.isContiguous(array) ? array : array.dup('c');
        copies.add(read);
        return add(Transfers.address(read), Transfers.bytes(read));
    }

    LongSupplier add(int[] numbers) {
        Memory host = new Memory(Math.max(1, (long) Integer.BYTES * numbers.length));
        host.write(0, numbers, 0, numbers.length);
        copies.add(host);
        return add(Pointer.nativeValue(host), host.size());
    }

    private LongSupplier add(long host, long length) {
        long offset = bytes;
        parts.add(new Device.Part(host, offset, length));
        bytes += Arena.rounded(length);
        return () -> address + offset;
    }

    /** Uploads all arrays into an arena's memory. */
    void send(Arena arena) {
        address = arena.take(bytes);
        device.upload(parts, address);
        copies.clear();
    }
}
