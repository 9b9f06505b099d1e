package org.lsradapt.cuda.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.cuda.internal.kernels.ElementKernels;
import org.lsradapt.cuda.internal.kernels.KernelSources;
import org.lsradapt.cuda.internal.models.ModelCheck;
import org.lsradapt.cuda.internal.models.SmallModel;
import org.lsradapt.cuda.internal.pass.Engine;

/** Every family's training steps, predictions and generation within the limits of a real device, without results. */
class LimitedDeviceTest {

    static List<SmallModel> models() {
        return SmallModel.all();
    }

    @ParameterizedTest
    @MethodSource("models")
    void step_ofEachFamily_staysWithinTheDevicesLimits(SmallModel small) {
        for (Precision precision : Precision.values()) {
            LimitedDevice device = new LimitedDevice();
            try (Engine engine = new Engine(device, precision)) {
                Finding finding = new ModelCheck(engine).step(small, small.name(), 1);
                assertTrue(finding.arrays() > 0, finding.toString());
            }
            assertEquals(0, device.allocations(), "allocations that were not freed in " + precision);
        }
    }

    @Test
    void launch_beyondTheGrid_isInvalidAndTheDeviceStays() {
        LimitedDevice device = new LimitedDevice();
        long address = device.allocate(256);
        DeviceKernel gather = KernelSources.load(device, "rows").kernel("gather_f32");
        Arguments arguments =
                new Arguments().addresses(address, address, address).int32(1);
        CudaFailure e = assertThrows(CudaFailure.class, () -> device.launch(gather, 1, 65_536, 128, arguments));
        assertEquals("CUDA_ERROR_INVALID_VALUE: gather_f32, grid [1, 65536] of 128 threads", e.getMessage());
        device.launch(gather, 1, 65_535, 128, arguments);
        device.synchronize();
    }

    @Test
    void launch_moreNumbersThan32BitsCount_isRefusedInWords() {
        LimitedDevice device = new LimitedDevice();
        long address = device.allocate(256);
        ElementKernels kernels = new ElementKernels(device, KernelSources.load(device, "elements"));
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class, () -> kernels.add(address, address, address, 65_536, 32_768));
        assertEquals(
                "a kernel on arrays of [65536, 32768] numbers, expected fewer than 2^31 in all; use smaller batches",
                e.getMessage());
        kernels.add(address, address, address, 65_536, 32_767);
    }

    @Test
    void launch_misalignedAddress_losesTheDeviceAtTheNextWait() {
        LimitedDevice device = new LimitedDevice();
        long address = device.allocate(256);
        DeviceKernel gather = KernelSources.load(device, "rows").kernel("gather_f32");
        device.launch(
                gather,
                1,
                1,
                128,
                new Arguments().addresses(address + 2, address, address).int32(1));
        String message = "CUDA_ERROR_MISALIGNED_ADDRESS: gather_f32, argument 0";
        assertEquals(
                message, assertThrows(CudaFailure.class, device::synchronize).getMessage());
        assertEquals(message, assertThrows(CudaFailure.class, device::freeBytes).getMessage());
    }
}
