package org.lsradapt.cuda.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class LibrariesTest {
    private static final int CUDA_12_4 = 12_040;
    private static final int CUDA_13_1 = 13_010;

    @TempDir
    Path root;

    private final Map<String, String> properties = new HashMap<>();
    private final Map<String, String> environment = new HashMap<>();
    /** The names that the system's loader knows. */
    private final Set<String> known = new HashSet<>();

    private final Set<String> broken = new HashSet<>();

    private Libraries libraries() {
        return new Libraries(
                properties::get,
                environment::get,
                root,
                name -> known.contains(name) || (name.startsWith("/") && !broken.contains(name))
                        ? Optional.empty()
                        : Optional.of(name + " cannot be loaded (no such file or wrong format)"));
    }

    private String file(String path) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.createFile(file).toString();
    }

    /** From the last place to the first: each takes over from those behind it. */
    @Test
    void cublasLt_inSeveralPlaces_isTheOneOfTheFirst() throws IOException {
        environment.put("HOME", root.resolve("home").toString());
        String home = file("home/.local/lib/python3.12/site-packages/nvidia/cublas/lib/libcublasLt.so.12");
        assertEquals(home, libraries().cublasLt(CUDA_12_4));
        environment.put("PATH", "/none:" + root.resolve("opt/conda/bin"));
        file("opt/conda/bin/python3");
        String path = file("opt/conda/lib/python3.11/site-packages/nvidia/cublas/lib/libcublasLt.so.12");
        assertEquals(path, libraries().cublasLt(CUDA_12_4));
        environment.put("VIRTUAL_ENV", root.resolve("venv").toString());
        String venv = file("venv/lib/python3.11/site-packages/nvidia/cublas/lib/libcublasLt.so.12");
        assertEquals(venv, libraries().cublasLt(CUDA_12_4));
        String toolkit = file("usr/local/cuda/lib64/libcublasLt.so.12");
        assertEquals(toolkit, libraries().cublasLt(CUDA_12_4));
        known.add("libcublasLt.so.12");
        assertEquals("libcublasLt.so.12", libraries().cublasLt(CUDA_12_4));
        String asked = file("elsewhere/mine.so");
        properties.put(Libraries.CUBLASLT_PROPERTY, asked);
        assertEquals(asked, libraries().cublasLt(CUDA_12_4));
    }

    @Test
    void cublasLt_bothVersions_isTheNewestThatTheDriverTakes() throws IOException {
        String older = file("usr/local/cuda/lib64/libcublasLt.so.12");
        environment.put("VIRTUAL_ENV", root.resolve("venv").toString());
        String newer = file("venv/lib/python3.11/site-packages/nvidia/cu13/lib/libcublasLt.so.13");
        assertEquals(newer, libraries().cublasLt(CUDA_13_1));
        assertEquals(older, libraries().cublasLt(CUDA_12_4));
    }

    @Test
    void cublasLt_onlyForANewerDriver_saysWhichDriverItNeeds() throws IOException {
        String newer = file("usr/local/cuda/lib64/libcublasLt.so.13");
        CudaFailure failure = assertThrows(CudaFailure.class, () -> libraries().cublasLt(CUDA_12_4));
        assertTrue(
                failure.getMessage()
                        .contains("; " + newer
                                + " needs a driver for CUDA 13.0 (580 or newer), this one is for CUDA 12.4;"),
                failure.getMessage());
    }

    @Test
    void cublasLt_driverForCuda11_saysWhichDriverItNeeds() {
        CudaFailure failure = assertThrows(CudaFailure.class, () -> libraries().cublasLt(11_080));
        assertEquals(
                "NVIDIA's driver is for CUDA 11.8, but cuBLASLt 12 needs a driver for CUDA 12.0 (525 or newer); install a"
                        + " newer driver",
                failure.getMessage());
    }

    /** The compatibility package of an image fails where its driver is older than the machine's kernel module. */
    @Test
    void driver_compatPackageBesideTheSystems_isTheSystems() throws IOException {
        String compat = file("usr/local/cuda/compat/libcuda.so.1");
        assertEquals(compat, libraries().driver());
        String container = file("usr/local/nvidia/lib64/libcuda.so.1");
        assertEquals(container, libraries().driver());
        known.add("libcuda.so.1");
        assertEquals("libcuda.so.1", libraries().driver());
    }

    @Test
    void driver_brokenFile_isNamedAndTheNextOneTried() throws IOException {
        String container = file("usr/local/nvidia/lib64/libcuda.so.1");
        broken.add(container);
        CudaFailure failure = assertThrows(CudaFailure.class, () -> libraries().driver());
        assertTrue(
                failure.getMessage().contains("; " + container + " cannot be loaded (no such file or wrong format);"),
                failure.getMessage());
        String compat = file("usr/local/cuda/compat/libcuda.so.1");
        assertEquals(compat, libraries().driver());
    }

    @Test
    void driver_nowhere_isOneLineThatSaysWhereAndWhatToDo() {
        CudaFailure failure = assertThrows(CudaFailure.class, () -> libraries().driver());
        assertEquals(
                "NVIDIA's driver not found: libcuda.so.1 cannot be loaded (no such file or wrong format); no other"
                        + " libcuda.so.1 in /usr/local/nvidia/lib64, /usr/lib/wsl/lib, /usr/local/cuda/compat; name its"
                        + " file by -Dlsradapt.cuda.driver; install NVIDIA's driver (525 or newer)",
                failure.getMessage());
    }

    @Test
    void driver_namedFileMissing_isNotLookedForElsewhere() throws IOException {
        file("usr/local/nvidia/lib64/libcuda.so.1");
        String absent = root.resolve("absent.so").toString();
        properties.put(Libraries.DRIVER_PROPERTY, absent);
        CudaFailure failure = assertThrows(CudaFailure.class, () -> libraries().driver());
        assertEquals(
                "NVIDIA's driver not found: -Dlsradapt.cuda.driver=" + absent + " is not a file", failure.getMessage());
    }

    /** The file that a link leads to has the version in its name. */
    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "links need a privilege")
    void driver_linkToABrokenFile_isNamedWithItsVersion() throws IOException {
        Path file = Path.of(file("libcuda.so.535.104.05"));
        Path link = Files.createSymbolicLink(root.resolve("libcuda.so.1"), file);
        String why = Libraries.load(link.toString()).orElseThrow();
        assertTrue(why.startsWith(link + " -> libcuda.so.535.104.05 cannot be loaded ("), why);
    }

    @Test
    void driver_noLibrary_isOneLine() throws IOException {
        String text = file("libcuda.so.1");
        Libraries machine = new Libraries(
                name -> name.equals(Libraries.DRIVER_PROPERTY) ? text : null, environment::get, root, Libraries::load);
        CudaFailure failure = assertThrows(CudaFailure.class, machine::driver);
        assertTrue(
                failure.getMessage()
                        .startsWith(
                                "NVIDIA's driver not found: -Dlsradapt.cuda.driver=" + text + " cannot be loaded ("),
                failure.getMessage());
        assertEquals(1, failure.getMessage().lines().count());
    }
}
