package org.lsradapt.cuda.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.cuda.internal.kernels.KernelSources;

/** The binding, against a driver in C that checks what it is given. Needs gcc. */
class NativeDriverTest {
    private static Path library;
    private static NativeDriver driver;

    @BeforeAll
    static void compile(@TempDir Path folder) throws IOException, InterruptedException {
        library = FakeLibrary.compiled(folder, "fakecuda");
        Path products = FakeLibrary.compiled(folder, "fakecublaslt");
        driver = NativeDriver.load(new Libraries(
                name -> name.equals(Libraries.DRIVER_PROPERTY) ? library.toString() : products.toString(),
                name -> null,
                folder,
                Libraries::load));
    }

    @Test
    void open_firstDevice_saysWhatItIs() {
        assertEquals(12040, driver.version());
        assertEquals(library.toString(), driver.file());
        assertTrue(driver.products().startsWith("cuBLASLt 12.9.4: /"), driver.products());
        assertEquals(2, driver.deviceCount());
        try (Device device = driver.open(0)) {
            DeviceDescription.Limits limits = new DeviceDescription.Limits(2e9, 3e9 * 2 * 512 / 8);
            assertEquals(new DeviceDescription("Fake 9000", 9, 0, 5L << 30, 3, limits), device.description());
            assertEquals(2e9 * 3 * 2048 * 2, device.description().operationsPerSecond(Precision.BF16));
            // 64 MiB and a hundredth are not counted on.
            assertEquals((5L << 30) - (64L << 20) - (5L << 30) / 100, device.freeBytes());
            String copies = SpeedCheck.run(device, 8, 1024).get(0);
            assertTrue(copies.matches("copies of 1,024 bytes: .* GB/s read and written, \\d+ % of 384[.]0"), copies);
        }
    }

    @Test
    void open_unsupportedOrMissing_isRefusedInOneLine() {
        CudaFailure old = assertThrows(CudaFailure.class, () -> driver.open(1));
        assertEquals("device 1 is a Fake 700 of compute capability 7.5; 8.0 or newer is needed", old.getMessage());
        CudaFailure missing = assertThrows(CudaFailure.class, () -> driver.open(2));
        assertEquals("device 2: the driver has 2 devices, numbered from 0", missing.getMessage());
    }

    @Test
    void launch_everyKindOfArgument_reachesTheKernel() {
        try (Device device = driver.open(0);
                Memory host = new Memory(4L * 7)) {
            DeviceModule module = device.load("probe", ".version 7.0");
            assertEquals("ptxas info: 7 registers", module.log());
            DeviceKernel kernel = module.kernel("probe");
            long address = device.allocate(4L * 7);
            long copy = device.allocate(4L * 7);
            device.fill(address, (byte) 0xFF, 4L * 7);
            Arguments arguments =
                    new Arguments().addresses(address).int32(5).float32(0.5f).int64(1L << 22);
            // From another thread, too: a context belongs to a thread.
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            double milliseconds = device.milliseconds(() -> {
                Thread thread = new Thread(() -> device.launch(kernel, 3, 1, 2, arguments));
                thread.setUncaughtExceptionHandler((failed, e) -> thrown.set(e));
                thread.start();
                join(thread);
            });
            assertEquals(null, thrown.get());
            assertEquals(1.5, milliseconds);
            device.copy(address, copy, 4L * 7);
            device.download(copy, Pointer.nativeValue(host), 4L * 7);
            float[] numbers = host.getFloatArray(0, 7);
            float wide = 1 << 22;
            assertArrayEquals(
                    new float[] {wide, wide + 0.5f, wide + 1, wide + 1.5f, wide + 2, Float.NaN, Float.NaN}, numbers);
            device.upload(Pointer.nativeValue(host), address, 8);
            device.free(address);
            device.free(copy);
        }
        long[] open = new long[3];
        NativeLibrary.getInstance(library.toString()).getFunction("fakeOpen").invoke(void.class, new Object[] {open});
        assertArrayEquals(new long[3], open, "contexts, modules and bytes that were not given back");
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void upload_severalParts_isOneCopyIfTheyFitTheStage() {
        Function uploads = NativeLibrary.getInstance(library.toString()).getFunction("fakeUploads");
        long large = 20L << 20;
        try (Device device = driver.open(0);
                Memory host = new Memory(2 * large)) {
            host.write(0, new float[] {3.5f, 4.5f, 5.5f}, 0, 3);
            long from = Pointer.nativeValue(host);
            long to = device.allocate(2 * large);
            int before = uploads.invokeInt(new Object[0]);
            device.upload(List.of(new Device.Part(from, 0, 8), new Device.Part(from + 8, 256, 4)), to);
            assertEquals(before + 1, uploads.invokeInt(new Object[0]));
            device.download(to, Pointer.nativeValue(host), 260);
            assertEquals(4.5f, host.getFloat(4));
            assertEquals(5.5f, host.getFloat(256));
            device.upload(List.of(new Device.Part(from, 0, large), new Device.Part(from, large, large)), to);
            assertEquals(before + 3, uploads.invokeInt(new Object[0]), "parts of 40 MiB");
            device.free(to);
        }
    }

    @Test
    void load_brokenModule_throwsWithTheCompilersLogInOneLine() {
        try (Device device = driver.open(0)) {
            CudaFailure broken = assertThrows(CudaFailure.class, () -> device.load("broken", "nothing"));
            assertEquals(
                    "module broken: cuModuleLoadDataEx: CUDA_ERROR_INVALID_PTX (a fake's error): ptxas fatal: no version;"
                            + " ptxas fatal: stopped",
                    broken.getMessage());
            DeviceModule module = device.load("probe", ".version 7.0");
            CudaFailure absent = assertThrows(CudaFailure.class, () -> module.kernel("other"));
            assertTrue(absent.getMessage().startsWith("module probe has no kernel other: CUDA_ERROR_NOT_FOUND"));
        }
    }

    @Test
    void allocate_tooMuch_saysHowMuchIsFree() {
        try (Device device = driver.open(0)) {
            TooLittleMemory failure = assertThrows(TooLittleMemory.class, () -> device.allocate(2L << 30));
            assertEquals(
                    "the GPU has no 2.00 GiB in one piece, found 4.89 of 5.00 GiB free: CUDA_ERROR_OUT_OF_MEMORY (out of"
                            + " memory)",
                    failure.getMessage());
        }
    }

    /** A kernel's error is reported by a later call, and every call after that fails. */
    @Test
    void launch_ofAKernelThatFails_isNamedOnceAndClosingDoesNotHideIt() {
        try {
            CudaFailure failure = assertThrows(CudaFailure.class, () -> {
                try (Device device = driver.open(0)) {
                    long held = device.allocate(256);
                    DeviceKernel kernel = device.load("probe", ".version 7.0").kernel("probe");
                    device.launch(
                            kernel,
                            3,
                            1,
                            2,
                            new Arguments().addresses(0).int32(5).float32(1).int64(0x1F));
                    try {
                        device.synchronize();
                    } finally {
                        device.free(held);
                    }
                }
            });
            assertEquals(
                    "cuStreamSynchronize: CUDA_ERROR_ILLEGAL_ADDRESS (a fake's error); started last: probe, grid [3, 1] of"
                            + " 2 threads, arguments in hexadecimal [0, 5, 3f800000, 1f]",
                    failure.getMessage());
            assertEquals(0, failure.getSuppressed().length);
        } finally {
            fake("fakeRestart");
        }
    }

    /** An error of freeing memory does not take the place of an earlier error. */
    @Test
    void free_afterAKernelThatFails_leavesTheErrorToTheNextCall() {
        try {
            Device device = driver.open(0);
            long held = device.allocate(256);
            DeviceKernel kernel = device.load("probe", ".version 7.0").kernel("probe");
            device.launch(
                    kernel,
                    3,
                    1,
                    2,
                    new Arguments().addresses(0).int32(5).float32(1).int64(0x1F));
            device.free(held);
            CudaFailure failure = assertThrows(CudaFailure.class, device::close);
            assertTrue(
                    failure.getMessage().startsWith("cuStreamSynchronize: CUDA_ERROR_ILLEGAL_ADDRESS"),
                    failure.getMessage());
        } finally {
            fake("fakeRestart");
        }
    }

    private static void fake(String function, Object... arguments) {
        NativeLibrary.getInstance(library.toString()).getFunction(function).invoke(arguments);
    }

    /** Not only memory that is asked for can be missing. */
    @ParameterizedTest
    @ValueSource(strings = {"cuLaunchKernel", "cuModuleLoadDataEx"})
    void call_withoutRoom_isTooLittleMemoryBesideWhatIsFree(String call) {
        try (Device device = driver.open(0)) {
            DeviceKernel kernel = device.load("probe", ".version 7.0").kernel("probe");
            fake("fakeRefusal", call, LibCuda.OUT_OF_MEMORY);
            TooLittleMemory failure = assertThrows(TooLittleMemory.class, () -> {
                device.load("other", ".version 7.0");
                device.launch(kernel, 1, 1, 32, new Arguments().addresses(0).int32(0));
            });
            assertTrue(
                    failure.getMessage()
                            .endsWith(" finds no room, found 4.89 of 5.00 GiB free: CUDA_ERROR_OUT_OF_MEMORY (out of"
                                    + " memory)"),
                    failure.getMessage());
        }
    }

    /** The shipped PTX, as a driver with a device's limits takes it. */
    @Test
    void launch_misalignedAddress_losesTheDeviceAtTheNextWait() {
        try {
            Device device = driver.open(0);
            long address = device.allocate(256);
            DeviceKernel gather = KernelSources.load(device, "rows").kernel("gather_f32");
            device.launch(
                    gather,
                    1,
                    1,
                    128,
                    new Arguments().addresses(address + 2, address, address).int32(1));
            CudaFailure failure = assertThrows(CudaFailure.class, device::synchronize);
            assertTrue(
                    failure.getMessage()
                            .startsWith("cuStreamSynchronize: CUDA_ERROR_MISALIGNED_ADDRESS (a fake's error); started"
                                    + " last: gather_f32, grid [1, 1] of 128 threads, arguments in hexadecimal ["),
                    failure.getMessage());
            assertThrows(CudaFailure.class, device::freeBytes);
            device.close();
        } finally {
            fake("fakeRestart");
        }
    }

    @Test
    void load_tooMuchSharedMemory_isRefused() {
        String ptx = KernelSources.ptx("losses").replaceAll("partial\\w*\\[\\d+\\]", "room[49153]");
        assertTrue(ptx.contains("room[49153]"));
        try (Device device = driver.open(0)) {
            CudaFailure failure = assertThrows(CudaFailure.class, () -> device.load("losses", ptx));
            assertTrue(failure.getMessage().endsWith("uses too much shared data"), failure.getMessage());
        }
    }

    @Test
    void launch_ofTooManyBlocks_namesTheKernel() {
        try (Device device = driver.open(0)) {
            DeviceKernel kernel = device.load("probe", ".version 7.0").kernel("probe");
            IllegalArgumentException failure = assertThrows(
                    IllegalArgumentException.class, () -> device.launch(kernel, 1, 65_536, 128, new Arguments()));
            assertEquals(
                    "probe: grid [1, 65536] of 128 threads, expected at least 1, and at most 65535 blocks along y and"
                            + " 1024 threads",
                    failure.getMessage());
        }
    }

    /** Rows and columns, transposes, types and factors as cuBLASLt has them. */
    @Test
    void products_everyForm_equalDefinition() {
        try (Device device = driver.open(0)) {
            Findings findings = new Findings();
            Checks.products(device, findings);
            for (Finding finding : findings.list()) {
                assertTrue(finding.passed(), finding.toString());
            }
        }
    }

    @Test
    void close_thenUse_isRefused() {
        Device device = driver.open(0);
        device.close();
        device.close();
        assertThrows(IllegalStateException.class, () -> device.allocate(8));
    }
}
